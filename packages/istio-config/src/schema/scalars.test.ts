import fc from "fast-check";
import { expect, test } from "vitest";
import { hostVerdict, covers, isHostName } from "./hosts.ts";
import { didYouMean } from "./nearest.ts";
import { parseDuration } from "./scalars.ts";

test.each([
  ["5s", 5000],
  ["1h2m3s4ms", 3_723_004],
  ["1.5s", 1500],
  [".5s", 500],
  ["0.1s", 100],
  ["1500us", { problem: expect.stringContaining("milliseconds") }],
  ["2000000ns", 2],
  ["0s", 0],
  ["0", 0],
  ["5", { problem: expect.stringContaining("duration") }],
  ["-5s", { problem: expect.stringContaining("duration") }],
  ["1s ", { problem: expect.stringContaining("duration") }],
  ["1d", { problem: expect.stringContaining("duration") }],
  ["", { problem: expect.stringContaining("duration") }],
  ["999999999999h", { problem: expect.stringContaining("duration") }],
])("the duration %j is %j", (text, result) => expect(parseDuration(text)).toEqual(result));

test("whole milliseconds survive being written in any unit", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 10 ** 9 }), (ms) => {
      expect(parseDuration(`${ms}ms`)).toBe(ms);
      expect(parseDuration(`${ms / 1000}s`)).toBe(ms);
    }),
  );
});

test("no text makes a duration that is not a whole number of milliseconds", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("0", "1", "9", ".", "s", "m", "h", "u", "n", "-", "e") }), (text) => {
      const result = parseDuration(text);
      if (typeof result === "number") expect(Number.isSafeInteger(result)).toBe(true);
    }),
  );
});

test.each(["*", "a", "*.a.com", "*-canary.a.com", "a.com.", "com.acme.EchoService", "com.acme.Outer$Inner", "*.svc.cluster.local"])(
  "the host %s is good",
  (host) => expect(hostVerdict(host)).toBeUndefined(),
);

test.each(["", "a_b", "a..b", "a.*.b", "-a", "a.com/", "10.0.0.1", "a b", ".", "x".repeat(64), "com.acme.bad_package", "a:80"])(
  "the host %j is refused",
  (host) => expect(hostVerdict(host)).toBeTypeOf("string"),
);

test("a host covers itself, and a wildcard what ends like it", () => {
  expect(covers("a.com", "a.com") && covers("*", "a.com") && covers("*.com", "*.a.com") && covers("*.com", "a.com")).toBe(true);
  expect(covers("a.com", "*.a.com") || covers("*.a.com", "*.com") || covers("*.a.com", "a.com")).toBe(false);
  expect(isHostName("*")).toBe(false);
});

test("near names are suggested, far ones are not", () => {
  expect(didYouMean("timeot", ["timeout", "retries"])).toBe('; did you mean "timeout"?');
  expect(didYouMean("mirror_percentage", ["mirror", "mirrorPercentage"])).toBe('; did you mean "mirrorPercentage"?');
  expect(didYouMean("colour", ["timeout", "retries"])).toBe("");
});
