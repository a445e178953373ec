import { describe, expect, test } from "vitest";
import { testService } from "../../testing/index.ts";
import { DomainClaims } from "./domain-claims.ts";
import { httpDomainsOf, rpcDomainsOf, shortNames } from "./domains.ts";

describe("short names", () => {
  test.each([
    ["a.shop.svc.cluster.local", "shop.svc.cluster.local", ["a", "a.shop.svc", "a.shop"]],
    ["a.other.svc.cluster.local", "shop.svc.cluster.local", ["a.other", "a.other.svc"]],
    ["a.shop.svc.other.domain", "shop.svc.cluster.local", []],
    ["a.example.com", "shop.svc.cluster.local", []],
    ["*.shop.svc.cluster.local", "shop.svc.cluster.local", ["*.shop", "*.shop.svc"]],
    ["*.shop.example.com", "example.com", []],
    ["com.acme.Echo", "shop.svc.cluster.local", []],
    ["foo.local.campus.net", "local.campus.net", ["foo"]],
    ["foo.local.campus.net", "remote.campus.net", ["foo.local", "foo.local.campus"]],
    ["foo.local.campus.net", "example.com", []],
    ["foo.local.campus.net", "", []],
  ])("of %s for a proxy in %s", (hostname, dnsDomain, names) => {
    expect(shortNames(hostname, dnsDomain)).toEqual(names);
  });
});

describe("domains", () => {
  const service = testService({
    addresses: ["10.0.0.1", "10.1.0.0/16", "fd00::1", "0.0.0.0"],
    allottedAddress: "240.240.0.1",
    aliases: ["echo"],
  });

  test("are names and addresses without ports, or with and without", () => {
    expect(httpDomainsOf(service, 0, "").all).toEqual(["reviews.shop.svc.cluster.local", "echo", "10.0.0.1", "[fd00::1]", "240.240.0.1"]);
    expect(httpDomainsOf(service, 81, "").all).toEqual(
      ["reviews.shop.svc.cluster.local", "echo", "10.0.0.1", "[fd00::1]", "240.240.0.1"].flatMap((name) => [name, `${name}:81`]),
    );
  });

  test("are there once, whatever the case", () => {
    const echo = testService({ hostname: "com.acme.Echo", aliases: ["com.acme.echo", "echo", "Echo"] });
    expect(rpcDomainsOf(echo).all).toEqual(["com.acme.Echo", "echo"]);
  });

  test("do not take the version of an interface for an address", () => {
    expect(rpcDomainsOf(testService({ hostname: "a.b", aliases: ["a.b:1.0"] })).all).toEqual(["a.b", "a.b:1.0"]);
    expect(httpDomainsOf(testService({ hostname: "a.b", aliases: ["a.b:1.0"] }), 0, "").all).toEqual(["a.b", "a.b:1.0"]);
  });

  test.each(["com.acme.Evil\0", "a\nb", "a\u007f", "", "a\ud800", "a".repeat(4097)])("are never %j", (name) => {
    expect(rpcDomainsOf(testService({ hostname: "a.b", aliases: [name, "c"] })).all).toEqual(["a.b", "c"]);
    expect(rpcDomainsOf(testService({ hostname: name, aliases: ["c"], addresses: ["10.0.0.1"] })).all).toEqual([]);
    expect(httpDomainsOf(testService({ hostname: name }), 80, "").all).toEqual([]);
  });

  test("of RPC are names and addresses", () => {
    expect(rpcDomainsOf(service).all).toEqual(["reviews.shop.svc.cluster.local", "echo", "10.0.0.1", "[fd00::1]", "240.240.0.1"]);
  });

  test("are the same list for all proxies that say the same short names", () => {
    expect(httpDomainsOf(service, 0, "a.svc.cluster.local")).toBe(httpDomainsOf(service, 0, "b.svc.cluster.local"));
    expect(httpDomainsOf(service, 0, "a.svc.cluster.local")).not.toBe(httpDomainsOf(service, 0, "shop.svc.cluster.local"));
  });
});

describe("claims", () => {
  test("go to the first, whatever the case", () => {
    const [one, other] = [{}, {}];
    const claims = new DomainClaims();
    const refused: string[] = [];
    const domains = ["a", "b"];
    expect(claims.claimAll(domains, one, (domain) => refused.push(domain))).toBe(domains);
    expect(claims.claimAll(["A", "c"], other, (domain) => refused.push(domain))).toEqual(["c"]);
    expect(refused).toEqual(["A"]);
  });
});
