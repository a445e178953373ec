import { expect, test } from "vitest";
import { formatEndpoint } from "./accepted.ts";
import { acceptedConnection } from "./testing.ts";

test("IPv4 addresses of a socket for both families are written as such", () => {
  const accepted = acceptedConnection({ address: "::ffff:192.0.2.1", port: 5 }, { address: "::ffff:7f00:1", port: 6 });
  expect(accepted.remote).toEqual({ address: "192.0.2.1", port: 5 });
  expect(accepted.local).toEqual({ address: "::ffff:7f00:1", port: 6 });
});

test("a destination that was restored stays so, whoever tells it again", () => {
  const accepted = acceptedConnection({ address: "192.0.2.1", port: 5 }, { address: "127.0.0.1", port: 15_001 });
  accepted.restoreLocal({ address: "127.0.0.1", port: 15_001 });
  expect(accepted.localRestored).toBe(false);
  accepted.restoreLocal({ address: "10.0.0.1", port: 80 });
  accepted.restoreLocal({ address: "10.0.0.1", port: 80 });
  expect(accepted.localRestored).toBe(true);
  expect(accepted.directLocal).toEqual({ address: "127.0.0.1", port: 15_001 });
});

test("ends are written with their ports, and unix sockets with their paths", () => {
  expect(formatEndpoint({ address: "::1", port: 80 })).toBe("[::1]:80");
  expect(formatEndpoint({ address: "192.0.2.1", port: 80 })).toBe("192.0.2.1:80");
  expect(formatEndpoint({ address: "/run/a.sock", port: 0 })).toBe("/run/a.sock");
  expect(formatEndpoint({ address: "@a", port: 0 })).toBe("@a");
});
