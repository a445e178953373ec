import { createMessage, fromJson } from "@mesh/xds-proto";
import type { MessageInit } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { compileHeaderMatcher } from "./header-matcher.ts";

const path = ConfigPath.of("headers[0]");

/** Outcomes for a header `x` with that value, or for none at all. */
function outcomes(init: MessageInit<"envoy.config.route.v3.HeaderMatcher">, values: readonly (string | undefined)[]): boolean[] {
  const matcher = compileHeaderMatcher(createMessage("envoy.config.route.v3.HeaderMatcher", { name: "X", ...init }), path);
  return values.map((value) => matcher.matches({ header: (name) => (name === "x" ? value : undefined) }));
}

describe("HeaderMatcher", () => {
  test("without a condition, the header must be there", () => {
    expect(outcomes({}, ["", "v", undefined])).toEqual([true, true, false]);
    expect(outcomes({ invertMatch: true }, ["", "v", undefined])).toEqual([false, false, true]);
  });

  test.each([
    [{ presentMatch: true }, [true, false]],
    [{ presentMatch: false }, [false, true]],
    [{ presentMatch: true, invertMatch: true }, [false, true]],
    [{ presentMatch: false, invertMatch: true }, [true, false]],
    [{ presentMatch: true, treatMissingHeaderAsEmpty: true }, [true, true]],
    [{ presentMatch: false, treatMissingHeaderAsEmpty: true }, [false, false]],
  ])("%j: present and missing headers give %j", (init, expected) => {
    expect(outcomes(init, ["v", undefined])).toEqual(expected);
  });

  test.each([
    [{ stringMatch: { exact: "abc" } }, ["abc", "abcd"], [true, false]],
    [{ stringMatch: { prefix: "AB", ignoreCase: true } }, ["abc", "bc"], [true, false]],
    [{ exactMatch: "abc" }, ["abc", "ab"], [true, false]],
    [{ exactMatch: "" }, ["abc", undefined], [true, false]],
    [{ prefixMatch: "ab" }, ["abc", "bc"], [true, false]],
    [{ suffixMatch: "bc" }, ["abc", "ab"], [true, false]],
    [{ containsMatch: "b" }, ["abc", "ac"], [true, false]],
    [{ safeRegexMatch: { regex: "\\d{3}" } }, ["123", "1234"], [true, false]],
    [{ safeRegexMatch: { regex: "\\d{3}" }, invertMatch: true }, ["123", "1234", undefined], [false, true, false]],
    [
      { rangeMatch: { start: -10, end: 0 } },
      ["-10", "-1", " -1 ", "0", "-1.5", "x", "", undefined],
      [true, true, true, false, false, false, false, false],
    ],
    [{ rangeMatch: { start: -10, end: 0 }, invertMatch: true }, ["-1", "x", undefined], [false, true, false]],
    [{ rangeMatch: { start: 0, end: 10 }, invertMatch: true, treatMissingHeaderAsEmpty: true }, [undefined], [true]],
    [{ safeRegexMatch: { regex: "^$" }, treatMissingHeaderAsEmpty: true }, [undefined, "a"], [true, false]],
  ])("%j: %j give %j", (init, values, expected) => {
    expect(outcomes(init, values)).toEqual(expected);
  });

  test("refuses what can never match, with its path", () => {
    expect(() => outcomes({ rangeMatch: { start: 5, end: 5 } }, [])).toThrow("headers[0].range_match: is empty");
    expect(() => outcomes({ prefixMatch: "" }, [])).toThrow("headers[0].prefix_match: is required");
    expect(() => outcomes({ name: "" }, [])).toThrow("headers[0].name: is required");
    expect(() => outcomes({ safeRegexMatch: { regex: "[" } }, [])).toThrow("headers[0].safe_regex_match.regex: is no regular expression");
  });
});

test("of a header that stands in a message twice each value is tested by itself, as in Envoy", () => {
  const twice = { header: () => "1, 2", headerValues: () => ["1", "2"] };
  const matcher = (json: object): boolean =>
    compileHeaderMatcher(fromJson("envoy.config.route.v3.HeaderMatcher", { name: "x-a", ...json }), ConfigPath.root).matches(twice);
  expect(matcher({ string_match: { exact: "1" } })).toBe(true);
  expect(matcher({ string_match: { exact: "2" } })).toBe(true);
  expect(matcher({ string_match: { exact: "1, 2" } })).toBe(false);
  expect(matcher({ string_match: { exact: "1" }, invert_match: true })).toBe(false);
  expect(matcher({ string_match: { exact: "3" }, invert_match: true })).toBe(true);
});
