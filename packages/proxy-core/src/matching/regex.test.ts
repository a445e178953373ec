import { createMessage } from "@mesh/xds-proto";
import * as fc from "fast-check";
import { RE2JS } from "re2js";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { compileRegexRewrite } from "./regex-rewrite.ts";
import { compileRegex, literalRegex } from "./regex.ts";

const path = ConfigPath.of("match");
const regex = (pattern: string): ((value: string) => boolean) => {
  const compiled = compileRegex(createMessage("envoy.type.matcher.v3.RegexMatcher", { regex: pattern }), path);
  return (value) => compiled.matches(value);
};
const rewrite = (pattern: string, substitution: string): ((value: string) => string) => {
  const message = createMessage("envoy.type.matcher.v3.RegexMatchAndSubstitute", { pattern: { regex: pattern }, substitution });
  const compiled = compileRegexRewrite(message, path);
  return (value) => compiled.rewrite(value);
};

describe("safe_regex", () => {
  test("must match the whole value", () => {
    expect(regex("/a[0-9]+")("/a12")).toBe(true);
    expect(regex("/a[0-9]+")("/a12/b")).toBe(false);
    expect(regex("b|abc")("abc")).toBe(true);
  });

  test("a pattern of plain shape is compiled to string operations that match what RE2 matches", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 6 });
    const literal = fc.string({ unit: fc.constantFrom("a", "b", "\\.", "\\\\", "/"), maxLength: 4 });
    const wild = fc.constantFrom("", ".*");
    const pattern = fc.tuple(fc.constantFrom("", "^"), wild, literal, wild, fc.constantFrom("", "$")).map((parts) => parts.join(""));
    const value = fc.oneof(
      text,
      fc.tuple(text, literal, text).map(([before, middle, after]) => before + middle.replaceAll("\\", "") + after),
    );
    fc.assert(
      fc.property(pattern, value, (expression, candidate) => {
        const plain = literalRegex(expression);
        expect(plain).toBeDefined();
        expect(plain?.matches(candidate)).toBe(RE2JS.compile(expression).matches(candidate));
      }),
      { numRuns: 1000 },
    );
  });

  test.each(["a+", "a|b", "[ab]", "(a)", "a?", "\\d", "a.b", "a{2}", "\\pN", "a.*b", "\\Qa", "a$b", "a^b", "a\nb"])(
    "%s has no plain shape",
    (expression) => {
      expect(literalRegex(expression)).toBeUndefined();
    },
  );

  test.each([
    ["(", "match.regex: is no regular expression of RE2: error parsing regexp: missing closing ): `(`"],
    ["(?=a)", "match.regex: is no regular expression of RE2"],
    ["(a)\\1", "match.regex: is no regular expression of RE2"],
    ["", "match.regex: is required"],
  ])("refuses %j with a reason", (expression, message) => {
    expect(() => regex(expression)).toThrow(message);
  });

  test("takes linear time for a pattern on which backtracking takes for ever", () => {
    expect(regex("(a+)+b")("a".repeat(50_000))).toBe(false);
  });
});

describe("regex rewrite", () => {
  test.each([
    ["^/service/([^/]+)(/.*)$", "\\2/instance/\\1", "/service/foo/v1/api", "/v1/api/instance/foo"],
    ["one", "two", "/xxx/one/yyy/one/zzz", "/xxx/two/yyy/two/zzz"],
    ["^(.*?)one(.*)$", "\\1two\\2", "/xxx/one/yyy/one/zzz", "/xxx/two/yyy/one/zzz"],
    ["(?i)/xxx/", "/yyy/", "/aaa/XxX/bbb", "/aaa/yyy/bbb"],
    ["a(b)?", "[\\0|\\1]", "aab", "[a|][ab|b]"],
    [".*", "x", "abc", "x"],
    ["b*", "-", "abc", "-a-c-"],
    ["z", "x", "abc", "abc"],
    ["c", "\\\\", "abc", "ab\\"],
  ])("%s → %s turns %s into %s", (pattern, substitution, value, expected) => {
    expect(rewrite(pattern, substitution)(value)).toBe(expected);
  });

  test("refuses a substitution that refers to a group the pattern does not have, and a stray backslash", () => {
    expect(() => rewrite("(a)", "\\2")).toThrow("match.substitution: refers to group 2, but the pattern has 1");
    expect(() => rewrite("(a)", "\\x")).toThrow("match.substitution: has a backslash");
    expect(() => rewrite("a", "b\n")).toThrow("match.substitution: must not contain line breaks");
  });
});
