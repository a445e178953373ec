import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeNodeName, encodeNodeName, formatProviderUrl, parseAddress, parseProviderUrl, type ProviderUrl } from "./provider-url.ts";

const word = fc.stringMatching(/^[A-Za-z0-9._-]{1,12}$/);
const host = fc.oneof(word, fc.ipV4(), fc.ipV6());

const url: fc.Arbitrary<ProviderUrl> = fc.record({
  scheme: fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/),
  username: fc.oneof(fc.constant(""), word),
  host,
  port: fc.integer({ min: 1, max: 65535 }),
  path: fc.oneof(fc.constant(""), word),
  parameters: fc.array(fc.tuple(word, fc.stringMatching(/^[^&]{0,20}$/)), { maxLength: 8 }).map((pairs) => new Map(pairs)),
});

test("an URL that was written is read as it was", () => {
  fc.assert(
    fc.property(url, (value) => {
      expect(parseProviderUrl(formatProviderUrl(value))).toEqual(value);
    }),
  );
});

test("an URL that was encoded as a node's name is read as it was, and the name has no slash", () => {
  fc.assert(
    fc.property(url, (value) => {
      const name = encodeNodeName(formatProviderUrl(value));
      expect(name).not.toContain("/");
      expect(parseProviderUrl(decodeNodeName(name) ?? "")).toEqual(value);
    }),
  );
});

test("any text survives as a node's name, in the characters of java.net.URLEncoder", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const name = encodeNodeName(text);
      expect(name).toMatch(/^[A-Za-z0-9.*_+%-]*$/);
      expect(decodeNodeName(name)).toBe(text);
    }),
  );
});

test("nothing that is read throws", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      parseProviderUrl(decodeNodeName(text) ?? text);
    }),
  );
});

test("names are what Java writes", () => {
  expect(encodeNodeName("bolt://10.0.0.1:12200?a=(b c)~!'*")).toBe("bolt%3A%2F%2F10.0.0.1%3A12200%3Fa%3D%28b+c%29%7E%21%27*");
});

test("a broken escape is no name", () => {
  expect(decodeNodeName("bolt%3")).toBeUndefined();
  expect(decodeNodeName("%ff")).toBeUndefined();
});

test.each([
  ["", undefined],
  ["bolt", undefined],
  ["://a:1", undefined],
  ["bolt://", undefined],
  ["bolt://a:x", undefined],
  ["bolt://a:65536", undefined],
  ["bolt://[::1:1", undefined],
])("%j is no URL", (text, expected) => {
  expect(parseProviderUrl(text)).toBe(expected);
});

test("what peers write is read", () => {
  expect(parseProviderUrl("Dubbo://admin:secret@10.0.0.1:20880/com.acme.Echo?group=&methods=a,b&flag&=x&t=a=b")).toEqual({
    scheme: "dubbo",
    username: "admin",
    host: "10.0.0.1",
    port: 20880,
    path: "com.acme.Echo",
    parameters: new Map([
      ["group", ""],
      ["methods", "a,b"],
      ["flag", ""],
      ["t", "a=b"],
    ]),
  });
});

test("addresses of both families are read, with and without brackets and ports", () => {
  expect(parseAddress("10.0.0.1")).toEqual({ host: "10.0.0.1", port: 0 });
  expect(parseAddress("[fe80::1]:20880")).toEqual({ host: "fe80::1", port: 20880 });
  expect(parseAddress("[fe80::1]")).toEqual({ host: "fe80::1", port: 0 });
  expect(parseAddress("fe80::1:20880")).toEqual({ host: "fe80::1", port: 20880 });
});
