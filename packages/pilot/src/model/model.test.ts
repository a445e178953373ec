import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { coversHost, HostMap, overlaps, protocolOfPort, selects } from "./index.ts";

describe("hosts", () => {
  test.each([
    ["a.com", "A.com", true],
    ["a.com", "b.a.com", false],
    ["*.a.com", "b.a.com", true],
    ["*.a.com", "a.com", false],
    ["*.a.com", "*.b.a.com", true],
    ["*.b.a.com", "*.a.com", false],
    ["*", "a.com", true],
    ["*", "*.a.com", true],
    ["a.com", "*", false],
  ])("%s covers %s: %o", (pattern, host, expected) => {
    expect(coversHost(pattern, host)).toBe(expected);
  });

  const label = fc.constantFrom("a", "b", "C");
  const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
  const pattern = fc.oneof(
    host,
    host.map((each) => `*.${each}`),
    fc.constant("*"),
  );

  test("are found in a map by the most specific that covers them", () => {
    fc.assert(
      fc.property(fc.uniqueArray(pattern, { selector: (each) => each.toLowerCase(), maxLength: 8 }), pattern, (patterns, wanted) => {
        const map = new HostMap<string>();
        for (const each of patterns) map.add(each, each);
        const covering = patterns.filter((each) => coversHost(each, wanted));
        const longest = covering.toSorted(
          (one, other) => Number(one.startsWith("*")) - Number(other.startsWith("*")) || other.length - one.length,
        )[0];
        expect(map.find(wanted)).toBe(longest);
        expect(map.size).toBe(patterns.length);
      }),
    );
  });

  test("overlap both ways or not at all", () => {
    fc.assert(fc.property(pattern, pattern, (one, other) => overlaps(one, other) === overlaps(other, one)));
  });

  test("that are there already stay", () => {
    const map = new HostMap<number>();
    expect(map.add("a.com", 1)).toBe(true);
    expect(map.add("A.com", 2)).toBe(false);
    expect(map.get("a.COM")).toBe(1);
  });
});

test("a selector asks for all of its labels, and an empty one for none", () => {
  expect(selects({}, {})).toBe(true);
  expect(selects({ a: "1" }, { a: "1", b: "2" })).toBe(true);
  expect(selects({ a: "1" }, { a: "2" })).toBe(false);
  expect(selects({ toString: "1" }, {})).toBe(false);
});

describe("the protocol of a port", () => {
  test.each([
    [{ number: 80, protocol: "HTTP" }, "http"],
    [{ number: 80, protocol: "GRPC-WEB" }, "grpc-web"],
    [{ number: 80, name: "http2-web" }, "http2"],
    [{ number: 80, name: "grpc-web-x" }, "grpc-web"],
    [{ number: 80, name: "tcp" }, "tcp"],
    [{ number: 80, name: "x-dubbo-echo" }, "dubbo"],
    [{ number: 80, name: "x-bolt-echo" }, "bolt"],
    [{ number: 80, name: "x-thrift-echo" }, "tcp"],
    [{ number: 80, name: "x-auto-rpc" }, "x"],
    [{ number: 80, protocol: "X-BOLT" }, "bolt"],
    [{ number: 80, protocol: "TCP", name: "http-web" }, "tcp"],
    [{ number: 80, name: "web" }, "unknown"],
    [{ number: 80 }, "unknown"],
    [{ number: 3306, name: "db" }, "tcp"],
  ] as const)("%o is %s", (port, expected) => {
    expect(protocolOfPort(port)).toBe(expected);
  });
});
