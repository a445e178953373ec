import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeSlashes, normalizePath, portOf, unescapeSlashes, withoutPort } from "./path-normalization.ts";

describe("normalizing a path", () => {
  test.each([
    ["/", "/"],
    ["/a/b", "/a/b"],
    ["/a/./b", "/a/b"],
    ["/a/../b", "/b"],
    ["/../../a", "/a"],
    ["/a/..", "/"],
    ["/a/b/.", "/a/b/"],
    ["/a/%2e%2E/b", "/b"],
    ["/%61%7e%2f", "/a~%2f"],
    ["/a\\b", "/a/b"],
    ["/a\\..\\b", "/b"],
    ["/a//b", "/a//b"],
    ["/a%zz", "/a%zz"],
    ["/a%", "/a%"],
    ["/a<b>", "/a%3Cb%3E"],
    ["/caf\u00e9", "/caf%E9"],
    ["/a/../b?c=/../d", "/b?c=/../d"],
  ])("makes of %s %s", (path, expected) => {
    expect(normalizePath(path)).toBe(expected);
  });

  test.each(["/a%00b", "*", ""])("cannot do it for %j", (path) => {
    expect(normalizePath(path)).toBeUndefined();
  });

  test("a normalized path stays as it is", () => {
    const segment = fc.stringMatching(/^[A-Za-z0-9._~%\\-]{0,6}$/u);
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
        const once = normalizePath(`/${segments.join("/")}`);
        fc.pre(once !== undefined && !once.includes("%"));
        expect(normalizePath(once ?? "")).toBe(once);
      }),
    );
  });
});

test.each([
  ["/a//b///c", "/a/b/c"],
  ["//", "/"],
  ["/a?b=//c", "/a?b=//c"],
  ["//a?b=//c", "/a?b=//c"],
])("merging slashes makes of %s %s", (path, expected) => {
  expect(mergeSlashes(path)).toBe(expected);
});

test.each([
  ["/a%2fb%5Cc", "/a/b\\c"],
  ["/a%2Fb?c=%2F", "/a/b?c=%2F"],
  ["/a%20b", "/a%20b"],
])("decoding slashes makes of %s %s", (path, expected) => {
  expect(unescapeSlashes(path)).toBe(expected);
});

test.each([
  ["example.com:80", "example.com", 80],
  ["example.com", "example.com", -1],
  ["[::1]:8080", "[::1]", 8080],
  ["[::1]", "[::1]", -1],
  ["example.com:", "example.com", -1],
])("the host of %s is %s and its port %i", (authority, host, port) => {
  expect(withoutPort(authority)).toBe(host);
  expect(portOf(authority)).toBe(port);
});
