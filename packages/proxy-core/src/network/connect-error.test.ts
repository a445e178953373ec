import { expect, test } from "vitest";
import { connectionErrorText } from "./connect-error.ts";

const failure = (syscall: string, code: string): Error => Object.assign(new Error(`${syscall} ${code} 10.0.0.1:80`), { syscall, code });

test.each([
  ["connect", "ECONNREFUSED", "delayed connect error: Connection refused"],
  ["connect", "EHOSTUNREACH", "delayed connect error: No route to host"],
  ["connect", "ENETUNREACH", "immediate connect error: Network is unreachable"],
  ["connect", "ENOENT", "immediate connect error: No such file or directory"],
  ["connect", "EWHATEVER", "immediate connect error: EWHATEVER"],
  ["read", "ECONNRESET", "read ECONNRESET 10.0.0.1:80"],
])("%s that ends in %s reads: %s", (syscall, code, text) => {
  expect(connectionErrorText(failure(syscall, code))).toBe(text);
});

test("an error that is not the system's speaks for itself", () => {
  expect(connectionErrorText(new Error("because"))).toBe("because");
});
