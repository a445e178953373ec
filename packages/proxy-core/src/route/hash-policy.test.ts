import { fromJson } from "@mesh/xds-proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { hashText64 } from "../runtime/index.ts";
import type { CookieRecipe } from "./contract.ts";
import { compileHashPolicy, cookieValue, queryValue } from "./hash-policy.ts";
import { TestRequest, testScope } from "./testing.ts";

interface Asked {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly remote?: string;
}

/** The hash in hexadecimal, and the cookies that were given. */
function hashed(
  policies: readonly object[],
  { path = "/", headers = {}, remote }: Asked,
): readonly [string | undefined, ...CookieRecipe[]] {
  const messages = policies.map((policy) => fromJson("envoy.config.route.v3.RouteAction.HashPolicy", policy));
  const policy = compileHashPolicy(messages, ConfigPath.of("hash_policy"), testScope());
  const given: CookieRecipe[] = [];
  const request = new TestRequest({ path, headers: Object.entries(headers) });
  const giveCookie = (recipe: CookieRecipe): string => {
    given.push(recipe);
    return "given";
  };
  return [policy?.hash({ request, downstreamRemoteAddress: remote, giveCookie })?.hex, ...given];
}

const of = (text: string): string => hashText64(text).hex;

describe("a hash policy", () => {
  test("hashes a header field, rewritten where that is asked for", () => {
    const header = { header_name: "X-User" };
    expect(hashed([{ header }], { headers: { "x-user": "ann" } })).toEqual([of("ann")]);
    expect(hashed([{ header }], {})).toEqual([undefined]);
    const rewritten = { ...header, regex_rewrite: { pattern: { regex: "^(.).*" }, substitution: "\\1" } };
    expect(hashed([{ header: rewritten }], { headers: { "x-user": "ann" } })).toEqual([of("a")]);
    expect(hashed([{ header: { header_name: ":path" } }], { path: "/a?b" })).toEqual([of("/a?b")]);
  });

  test("hashes a cookie, and gives one where there is none and it has a time to live", () => {
    const cookie = { name: "id" };
    expect(hashed([{ cookie }], { headers: { cookie: 'a=b; id="one"' } })).toEqual([of("one")]);
    expect(hashed([{ cookie }], { headers: { cookie: "a=b" } })).toEqual([undefined]);
    const attributes = [{ name: "SameSite", value: "Lax" }, { name: "Secure" }];
    const lasting = { ...cookie, ttl: "90s", path: "/p", attributes };
    expect(hashed([{ cookie: lasting }], {})).toEqual([
      of("given"),
      { name: "id", suffix: "; Max-Age=90; Path=/p; SameSite=Lax; Secure; HttpOnly" },
    ]);
    expect(hashed([{ cookie: { ...cookie, ttl: "0s" } }], {})).toEqual([of("given"), { name: "id", suffix: "; HttpOnly" }]);
    expect(hashed([{ cookie: lasting }], { headers: { cookie: "id=two" } })).toEqual([of("two")]);
  });

  test("hashes the caller's address without its port", () => {
    const policy = { connection_properties: { source_ip: true } };
    expect(hashed([policy], { remote: "10.0.0.1:99" })).toEqual([of("10.0.0.1")]);
    expect(hashed([policy], { remote: "[::1]:99" })).toEqual([of("::1")]);
    expect(hashed([policy], {})).toEqual([undefined]);
    expect(hashed([{ connection_properties: {} }], { remote: "10.0.0.1:99" })).toEqual([undefined]);
  });

  test("hashes a query parameter as it stands there", () => {
    const policy = { query_parameter: { name: "q" } };
    expect(hashed([policy], { path: "/?p=1&q=%20a&q=b#q=c" })).toEqual([of("%20a")]);
    expect(hashed([policy], { path: "/?q" })).toEqual([of("")]);
    expect(hashed([policy], { path: "/q=1" })).toEqual([undefined]);
  });

  test("joins what several find, up to a terminal one that something was found with", () => {
    const header = (name: string, terminal = false): object => ({ header: { header_name: name }, terminal });
    const headers = { a: "1", b: "2" };
    const joined = hashText64("1").joined(hashText64("2")).hex;
    expect(hashed([header("a"), header("b")], { headers })).toEqual([joined]);
    expect(hashed([header("a"), header("c"), header("b")], { headers })).toEqual([joined]);
    expect(hashed([header("a", true), header("b")], { headers })).toEqual([of("1")]);
    expect(hashed([header("c", true), header("b")], { headers })).toEqual([of("2")]);
    expect(hashed([header("a"), header("c", true), header("b")], { headers })).toEqual([of("1")]);
    expect(hashed([], { headers })).toEqual([undefined]);
  });

  test("says what it needs", () => {
    expect(() => hashed([{}], {})).toThrow("hash_policy[0]: one of header, cookie, connection_properties, query_parameter is required");
    expect(() => hashed([{ header: {} }], {})).toThrow("hash_policy[0].header.header_name: is required");
  });
});

test("any cookie and any parameter is found among others", () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,6}$/u);
  fc.assert(
    fc.property(fc.uniqueArray(word, { minLength: 1, maxLength: 6 }), fc.nat(), (names, at) => {
      const wanted = names[at % names.length]!;
      const pairs = names.map((name, index) => `${name}=v${index}`);
      const expected = `v${names.indexOf(wanted)}`;
      expect(cookieValue(pairs.join("; "), wanted)).toBe(expected);
      expect(queryValue(`/p?${pairs.join("&")}`, wanted)).toBe(expected);
      expect(cookieValue(pairs.join("; "), "absent.")).toBeUndefined();
    }),
  );
});
