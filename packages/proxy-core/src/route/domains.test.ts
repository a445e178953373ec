import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Domains, withoutPort } from "./domains.ts";

function domainsOf(names: readonly string[], ignorePort: boolean = false): Domains<string> {
  const domains = new Domains<string>(ignorePort);
  for (const name of names) expect(domains.add(name, name)).toBe(true);
  return domains;
}

/** Envoy's documentation, word by word. */
function expected(names: readonly string[], authority: string): string | undefined {
  const host = authority.toLowerCase();
  const lower = names.map((name) => ({ name, text: name.toLowerCase() }));
  const byLength = lower.toSorted((a, b) => b.text.length - a.text.length);
  const found =
    lower.find(({ text }) => text === host && !isWildcard(text)) ??
    byLength.find(({ text }) => text !== "*" && text.startsWith("*") && host.endsWith(text.slice(1)) && host.length >= text.length) ??
    byLength.find(({ text }) => isPrefix(text) && host.startsWith(text.slice(0, -1)) && host.length >= text.length) ??
    lower.find(({ text }) => text === "*");
  return found?.name;
}

const isPrefix = (text: string): boolean => text !== "*" && !text.startsWith("*") && text.endsWith("*");
const isWildcard = (text: string): boolean => text.startsWith("*") || text.endsWith("*");

const part = fc.stringMatching(/^[abA.:-]{0,4}$/);
const name = fc.oneof(
  part,
  part.map((text) => `*${text}`),
  part.map((text) => `${text}*`),
);
const names = fc.uniqueArray(name, { maxLength: 12, selector: (text) => text.toLowerCase() });

describe("Domains", () => {
  test("finds what a search through all of them in Envoy's order finds", () => {
    fc.assert(
      fc.property(names, fc.stringMatching(/^[abAB.:-]{0,8}$/), (list, authority) => {
        expect(domainsOf(list).find(authority, undefined)).toBe(expected(list, authority));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["www.foo.com", "www.foo.com"],
    ["WWW.Foo.COM", "www.foo.com"],
    ["api.foo.com", "*.foo.com"],
    ["x-bar.foo.com", "*-bar.foo.com"],
    [".foo.com", "*"],
    ["foo.org", "foo.*"],
    ["foo.", "*"],
    ["foo-x", "foo-*"],
    ["www.foo.com:80", "*"],
    ["foo.com:81", "foo.com:81"],
    ["", "*"],
  ])("%j belongs to %j", (authority, domain) => {
    const list = ["*", "www.foo.com", "*.foo.com", "*-bar.foo.com", "foo.*", "foo-*", "foo.com:81"];
    expect(domainsOf(list).find(authority, undefined)).toBe(domain);
  });

  test("prefers an alternate to `*`, and everything else to an alternate", () => {
    const domains = domainsOf(["com.acme.Echo:1.0", "com.acme.Echo", "com.acme.Other", "org.*", "*"]);
    expect(domains.find("com.acme.Echo:1.0", "com.acme.Echo")).toBe("com.acme.Echo:1.0");
    expect(domains.find("com.acme.Echo:2.0", "com.acme.Echo")).toBe("com.acme.Echo");
    expect(domains.find("org.Any:1.0", "com.acme.Other")).toBe("org.*");
    expect(domains.find("net.Any:1.0", "net.Any")).toBe("*");
  });

  test("leaves the port out where that is asked for, but no version", () => {
    const domains = domainsOf(["foo.com", "[::1]", "svc:1", "svc"], true);
    expect(domains.find("foo.com:8080", undefined)).toBe("foo.com");
    expect(domains.find("[::1]:80", undefined)).toBe("[::1]");
    expect(domains.find("[::1]", undefined)).toBe("[::1]");
    expect(domains.find("svc:1", undefined)).toBe("svc");
    expect(domains.find("svc:1", "svc")).toBe("svc:1");
    expect(domainsOf(["foo.com"]).find("foo.com:8080", undefined)).toBeUndefined();
  });

  test("takes each domain once, whatever its case", () => {
    const domains = domainsOf(["a.b", "*.b", "a.*", "*"]);
    for (const again of ["A.b", "*.B", "a.*", "*"]) expect(domains.add(again, "again")).toBe(false);
  });
});

test.each([
  ["a:80", "a"],
  ["a:", "a"],
  ["a", "a"],
  ["[::1]:80", "[::1]"],
  ["[::1]", "[::1]"],
  ["", ""],
])("without its port, %j is %j", (authority, host) => {
  expect(withoutPort(authority)).toBe(host);
});
