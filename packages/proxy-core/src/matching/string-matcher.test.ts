import { createMessage } from "@mesh/xds-proto";
import type { MessageInit } from "@mesh/xds-proto";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { compileStringMatcher } from "./string-matcher.ts";

const path = ConfigPath.of("string_match");
const matcher = (init: MessageInit<"envoy.type.matcher.v3.StringMatcher">): ((value: string) => boolean) => {
  const compiled = compileStringMatcher(createMessage("envoy.type.matcher.v3.StringMatcher", init), path);
  return (value) => compiled.matches(value);
};
const text = fc.string({ unit: fc.constantFrom("a", "A", "b", "B", "É", "é"), minLength: 1, maxLength: 3 });
const asciiLower = (value: string): string => value.replaceAll("A", "a").replaceAll("B", "b");

describe("StringMatcher", () => {
  test("does what its name says, with and without regard to ASCII case", () => {
    fc.assert(
      fc.property(
        text,
        fc.oneof(
          text,
          fc.tuple(text, text, text).map((parts) => parts.join("")),
        ),
        fc.boolean(),
        (pattern, value, ignoreCase) => {
          const [wanted, given] = ignoreCase ? [asciiLower(pattern), asciiLower(value)] : [pattern, value];
          expect(matcher({ exact: pattern, ignoreCase })(value)).toBe(given === wanted);
          expect(matcher({ prefix: pattern, ignoreCase })(value)).toBe(given.startsWith(wanted));
          expect(matcher({ suffix: pattern, ignoreCase })(value)).toBe(given.endsWith(wanted));
          expect(matcher({ contains: pattern, ignoreCase })(value)).toBe(given.includes(wanted));
        },
      ),
    );
  });

  test("takes regular expressions, and an empty exact text", () => {
    expect(matcher({ safeRegex: { regex: "a+" } })("aaa")).toBe(true);
    expect(matcher({ exact: "" })("")).toBe(true);
    expect(matcher({ exact: "" })("a")).toBe(false);
  });

  test("refuses ignore_case beside a regular expression, where it would do nothing", () => {
    expect(() => matcher({ safeRegex: { regex: "a" }, ignoreCase: true })).toThrow("string_match.ignore_case: has no effect on safe_regex");
    expect(matcher({ safeRegex: { regex: "(?i)a" } })("A")).toBe(true);
  });

  test("refuses empty patterns and none at all", () => {
    expect(() => matcher({ prefix: "" })).toThrow("string_match.prefix: is required");
    expect(() => matcher({ suffix: "" })).toThrow("string_match.suffix: is required");
    expect(() => matcher({ contains: "" })).toThrow("string_match.contains: is required");
    expect(() => matcher({})).toThrow("string_match: one of exact, prefix, suffix, contains, safe_regex is required");
    expect(() => matcher({ custom: { name: "x" } })).toThrow("string_match.custom: is not supported");
  });
});
