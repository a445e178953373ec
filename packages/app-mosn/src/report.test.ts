import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ConfigError } from "@mesh/proxy-core";
import { UsageError } from "./config.ts";
import { reportFailure } from "./report.ts";

const printed: unknown[] = [];

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation((line: unknown) => void printed.push(line));
});

afterEach(() => {
  vi.restoreAllMocks();
  printed.length = 0;
});

const refused = Object.assign(new Error("listen EACCES: permission denied 0.0.0.0:80"), { code: "EACCES", syscall: "listen" });

test.for([
  ["a problem of the command line", new UsageError("no configuration"), "no configuration"],
  ["a problem of the configuration", new ConfigError([{ path: "admin.address", message: "is required" }]), "admin.address: is required"],
  ["what the system refused", refused, refused.message],
  [
    "what it refused, told by who asked",
    new Error("listener web: permission denied", { cause: refused }),
    "listener web: permission denied",
  ],
] as const)("%s is told in words", ([, error, words]) => {
  reportFailure(error);
  expect(printed).toEqual([words]);
});

test("a fault of the program is told with its stack", () => {
  const fault = new TypeError("x is not a function");
  reportFailure(fault);
  expect(printed).toEqual([fault]);
});
