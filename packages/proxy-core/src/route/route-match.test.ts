import { fromJson } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { emptySnapshot, type RuntimeFlags } from "../runtime/index.ts";
import { snapshotOf } from "../runtime/testing.ts";
import { pathEnd } from "./path-matcher.ts";
import { RouteMatch } from "./route-match.ts";
import { TestRequest, type TestRequestInit } from "./testing.ts";

const compile = (json: object, flags: RuntimeFlags = { current: emptySnapshot }): RouteMatch =>
  new RouteMatch(fromJson("envoy.config.route.v3.RouteMatch", json), ConfigPath.of("match"), flags);

function matches(json: object, init: TestRequestInit, random: number = 0): boolean {
  const request = new TestRequest(init);
  return compile(json).matches(request, request.path, pathEnd(request.path), random);
}

describe("RouteMatch", () => {
  test.each([
    [{ prefix: "/api" }, ["/api", "/api/x", "/apix", "/api?x", "/api#x"], ["/ap", "/API", "/?/api", "/x/api"]],
    [{ prefix: "/api", case_sensitive: false }, ["/API/x", "/api"], ["/AP"]],
    [{ prefix: "/a?b" }, [], ["/a?b"]],
    [{ prefix: "" }, ["/", "*"], []],
    [{ prefix: "/" }, ["/"], ["*"]],
    [{ path: "/api" }, ["/api", "/api?x=/", "/api#x?", "/api?"], ["/api/", "/apix", "/API"]],
    [{ path: "/Api", case_sensitive: false }, ["/API", "/api?X"], ["/API/"]],
    [{ path_separated_prefix: "/api" }, ["/api", "/api/", "/api/x", "/api?x"], ["/apix", "/ap", "/API"]],
    [{ path_separated_prefix: "/Api", case_sensitive: false }, ["/aPI/x"], ["/apix"]],
    [{ safe_regex: { regex: "/v[0-9]+/.*" } }, ["/v1/", "/v12/x?y=z"], ["/v/", "/x/v1/", "/v1"]],
    [{ safe_regex: { regex: "/a" } }, ["/a?b"], ["/ab"]],
  ])("%j takes %j and not %j", (json, taken, others) => {
    for (const path of taken) expect([path, matches(json, { path })]).toEqual([path, true]);
    for (const path of others) expect([path, matches(json, { path })]).toEqual([path, false]);
  });

  test("connect_matcher takes CONNECT, and nothing else does so where there is no path", () => {
    const connect = { method: "CONNECT", authority: "a:443" };
    expect(matches({ connect_matcher: {} }, connect)).toBe(true);
    expect(matches({ connect_matcher: {} }, { path: "/" })).toBe(false);
    expect(matches({ connect_matcher: {}, headers: [{ name: "x" }] }, connect)).toBe(false);
    expect(matches({ prefix: "" }, connect)).toBe(false);
    expect(matches({ safe_regex: { regex: ".*" } }, connect)).toBe(false);
  });

  test("asks for all headers and all query parameters", () => {
    const json = {
      prefix: "/",
      headers: [{ name: "X-A", string_match: { exact: "1" } }, { name: ":method" }],
      query_parameters: [{ name: "q" }],
    };
    expect(matches(json, { path: "/?q", headers: [["x-a", "1"]] })).toBe(true);
    expect(matches(json, { path: "/?q", headers: [["x-a", "2"]] })).toBe(false);
    expect(matches(json, { path: "/", headers: [["x-a", "1"]] })).toBe(false);
    expect(matches(json, { path: "/?q" })).toBe(false);
  });

  test("takes its share of the random numbers", () => {
    const share = (numerator: number): object => ({
      prefix: "/",
      runtime_fraction: { default_value: { numerator, denominator: "HUNDRED" } },
    });
    expect(matches(share(25), {}, 0.2499)).toBe(true);
    expect(matches(share(25), {}, 0.25)).toBe(false);
    expect(matches(share(0), {}, 0)).toBe(false);
    expect(matches(share(100), {}, 0.999999)).toBe(true);
  });

  test("takes the share that the runtime says", () => {
    const flags: RuntimeFlags = { current: snapshotOf({ share: 0.75 }) };
    const json = { prefix: "/", runtime_fraction: { default_value: { numerator: 25 }, runtime_key: "share" } };
    const match = compile(json, flags);
    const request = new TestRequest();
    expect([0.74, 0.75].map((random) => match.matches(request, "/", 1, random))).toEqual([true, false]);
    flags.current = emptySnapshot;
    expect([0.24, 0.25].map((random) => match.matches(request, "/", 1, random))).toEqual([true, false]);
  });

  test.each([
    [{ prefix: "/" }, true],
    [
      {
        prefix: "/",
        headers: [{ name: ":Method", string_match: { exact: "GET" } }, { name: ":authority" }, { name: ":path" }, { name: ":scheme" }],
      },
      true,
    ],
    [{ prefix: "/", headers: [{ name: "x" }] }, false],
    [{ prefix: "/", query_parameters: [{ name: "x" }] }, false],
    [{ prefix: "/", runtime_fraction: { default_value: { numerator: 1 } } }, false],
  ])("%j: that it is pure is %j", (json, isPure) => {
    expect(compile(json).isPure).toBe(isPure);
  });

  test.each([
    [{}, "match: one of prefix, path, safe_regex, connect_matcher, path_separated_prefix is required"],
    [{ path: "" }, "match.path: is required"],
    [{ safe_regex: { regex: "(" } }, "match.safe_regex.regex: is no regular expression"],
    [{ safe_regex: {} }, "match.safe_regex.regex: is required"],
    [{ path_separated_prefix: "/a/" }, "match.path_separated_prefix: must have two or more characters"],
    [{ path_separated_prefix: "/a?b" }, "match.path_separated_prefix: must have"],
    [{ prefix: "/", headers: [{ name: "" }] }, "match.headers[0].name: is required"],
    [{ prefix: "/", query_parameters: [{ name: "q" }, {}] }, "match.query_parameters[1].name: is required"],
    [{ prefix: "/", query_parameters: [{ name: "q", string_match: {} }] }, "match.query_parameters[0].string_match: one of"],
    [{ prefix: "/", runtime_fraction: {} }, "match.runtime_fraction.default_value: is required"],
    [{ path_match_policy: { name: "x" } }, "match.path_match_policy: is not supported"],
  ])("refuses %j", (json, message) => {
    expect(() => compile(json)).toThrow(message);
  });
});
