/**
 * Small pools of words. What configurations ask for and what requests carry is taken from the same ones, so that they meet often, and
 * nearly meet even more often.
 */

export const headerNames: readonly string[] = ["x-a", "x-b", "X-C"];

export const headerValues: readonly string[] = ["a", "", "b", "ab", "aB", "A", "abc", "a,b", "a, b", "7", "-3", "10", "+7", "7x", "1e1"];

/** Text that conditions look for: never empty. */
export const wantedTexts: readonly string[] = ["a", "b", "A", "ab", "aB", "abc", "7", ","];

export const hosts: readonly string[] = [
  "a.test",
  "b.a.test",
  "c.b.a.test",
  "a.org",
  "B.a.test",
  "a.test:80",
  "a.test:8080",
  "b.test",
  "[::1]",
  "[::1]:80",
];

export const domains: readonly string[] = [
  "a.test",
  "*",
  "b.a.test",
  "*.a.test",
  "*a.test",
  "*.b.a.test",
  "a.*",
  "b.a.*",
  "A.test",
  "a.test:80",
  "a.test:8080",
  "*.a.test:80",
  "*:80",
  "a.test:*",
  "[::1]",
  "[::1]:80",
  "[*",
  "b*",
];

export const paths: readonly string[] = [
  "/",
  "/a",
  "/a/",
  "/a/b",
  "/A/b",
  "/ab",
  "/a/b/c",
  "/b",
  "/a%2Fb",
  "/a%20b",
  "/a;v=1",
  "/a//b",
  "/a/../b",
  "/a.b",
  "/7",
  "/77",
];

export const queries: readonly string[] = [
  "",
  "?",
  "?x",
  "?x=",
  "?x=a",
  "?x=b&x=a",
  "?y=a&x=7",
  "?X=a",
  "?x=%61",
  "?x=a+b",
  "??x=a",
  "?xx=a",
  "?x=a&&y=b",
  "?x=a=b",
  "?=a",
  "?x=ab/c",
];

/** Patterns, each with a path or value that it matches as a whole. */
export const patterns: readonly (readonly [pattern: string, example: string])[] = [
  ["/a", "/a"],
  ["/a.*", "/a/b"],
  ["/a/[a-z]+", "/a/b"],
  ["(?i)/a/B", "/A/b"],
  ["/(a|b)(/.*)?", "/b/c"],
  ["/[0-9]{1,2}", "/77"],
  [".*", "/a/b/c"],
  ["/a\\.b", "/a.b"],
  ["^/a/b$", "/a/b"],
  ["a*", "a"],
  ["a|ab", "ab"],
  ["[^/]+", "ab"],
  ["\\d+", "10"],
  ["", ""],
];

/** Patterns that rewrite, with a substitution. */
export const rewrites: readonly (readonly [pattern: string, substitution: string])[] = [
  ["a", "z"],
  ["/a(/.*)?", "/z\\1"],
  ["^/([^/]+)/(.*)$", "/\\2/\\1"],
  ["b*", "-"],
  ["/", "//"],
  ["(a)|(b)", "<\\1\\2>"],
  [".*", "/\\0"],
  ["[^a-z]", ""],
  ["$", "/end"],
  ["/(.+)", "\\1.test"],
];
