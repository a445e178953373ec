import { describe, expect, test } from "vitest";
import { compileRoutes, compileUnchecked, forwardOf, TestRequest, withRoutes, type TestRequestInit } from "./testing.ts";

/** A request after the rewrites of the route that it takes. */
function rewritten(match: object, action: object, init: TestRequestInit): TestRequest {
  const table = compileRoutes(withRoutes({ match, route: { cluster: "a", ...action } }));
  const request = new TestRequest(init);
  forwardOf(table, request).rewrite?.(request);
  return request;
}

const regexRewrite = (regex: string, substitution: string): object => ({ pattern: { regex }, substitution });

describe("rewrites of the path", () => {
  test.each([
    [{ prefix: "/api/" }, { prefix_rewrite: "/" }, "/api/users?x=/api/", "/users?x=/api/"],
    [{ prefix: "/api" }, { prefix_rewrite: "/v1" }, "/api", "/v1"],
    [{ prefix: "/API", case_sensitive: false }, { prefix_rewrite: "/v1" }, "/api/x", "/v1/x"],
    [{ path: "/old" }, { prefix_rewrite: "/new" }, "/old?x", "/new?x"],
    [{ path_separated_prefix: "/a" }, { prefix_rewrite: "/bb" }, "/a/c", "/bb/c"],
    [{ safe_regex: { regex: "/x.*" } }, { prefix_rewrite: "/new" }, "/xyz?q#f", "/new?q#f"],
    [
      { prefix: "/" },
      { regex_rewrite: regexRewrite("^/service/([^/]+)(/.*)$", "\\2/instance/\\1") },
      "/service/foo/v1/api?a=/b",
      "/v1/api/instance/foo?a=/b",
    ],
    [{ prefix: "/" }, { regex_rewrite: regexRewrite("one", "two") }, "/xxx/one/yyy/one/zzz?one", "/xxx/two/yyy/two/zzz?one"],
    [{ prefix: "/" }, { regex_rewrite: regexRewrite("(?i)/xxx/", "/yyy/") }, "/aaa/XxX/bbb", "/aaa/yyy/bbb"],
  ])("with %j and %j, %s becomes %s", (match, action, before, after) => {
    const request = rewritten(match, action, { path: before });
    expect(request.path).toBe(after);
    expect(request.headers.get("x-envoy-original-path")).toBe(before);
  });

  test.each(["/7", "/7?x", "/"])("do not happen where nothing would be left of the path, as of %s", (path) => {
    const request = rewritten({ prefix: "/" }, { regex_rewrite: regexRewrite("[^a-z]", "") }, { path });
    expect(request.path).toBe(path);
    expect(request.headers.has("x-envoy-original-path")).toBe(false);
  });

  test("leave the original path unsaid where there are none", () => {
    const request = rewritten({ prefix: "/" }, { host_rewrite_literal: "other" }, { path: "/x" });
    expect(request.path).toBe("/x");
    expect(request.headers.has("x-envoy-original-path")).toBe(false);
  });
});

describe("rewrites of the host", () => {
  test.each<[object, TestRequestInit, string]>([
    [{ host_rewrite_literal: "other.example" }, {}, "other.example"],
    [{ host_rewrite_literal: "" }, {}, "web.example"],
    [{ host_rewrite_header: "X-Host" }, { headers: [["x-host", "from.header"]] }, "from.header"],
    [
      { host_rewrite_header: "X-Host" },
      {
        headers: [
          ["x-host", "first"],
          ["x-host", "second"],
        ],
      },
      "first",
    ],
    [{ host_rewrite_header: "X-Host" }, { headers: [["x-host", "first, second"]] }, "first, second"],
    [{ host_rewrite_header: "X-Host" }, { headers: [["x-host", ""]] }, "web.example"],
    [{ host_rewrite_header: "X-Host" }, {}, "web.example"],
    [{ host_rewrite_path_regex: regexRewrite("^/(.+)/.+$", "\\1") }, { path: "/envoyproxy.io/some?x/y" }, "envoyproxy.io"],
    [{ host_rewrite_path_regex: regexRewrite("[^a-z]", "") }, { path: "/7" }, "web.example"],
  ])("%j on %j gives %s", (action, init, host) => {
    const request = rewritten({ prefix: "/" }, action, init);
    expect(request.authority).toBe(host);
    expect(request.headers.has("x-forwarded-host")).toBe(false);
  });

  test("use the path as it was before it is rewritten itself", () => {
    const action = { host_rewrite_path_regex: regexRewrite("^/(.+)/.+$", "\\1"), prefix_rewrite: "/" };
    const request = rewritten({ prefix: "/a.example/" }, action, { path: "/a.example/b" });
    expect([request.authority, request.path]).toEqual(["a.example", "/b"]);
  });

  test.each([
    [undefined, "web.example"],
    ["", "web.example"],
    ["first", "first,web.example"],
    ["first,web.example", "first,web.example"],
    ["first, web.example", "first, web.example,web.example"],
    ["web.example,last", "web.example,last,web.example"],
  ])("append the host to an x-forwarded-host of %j: %j", (before, after) => {
    const headers: [string, string][] = before === undefined ? [] : [["x-forwarded-host", before]];
    const request = rewritten({ prefix: "/" }, { host_rewrite_literal: "other", append_x_forwarded_host: true }, { headers });
    expect(request.headers.get("x-forwarded-host")).toBe(after);
    expect(request.authority).toBe("other");
    expect(request.headers.get("x-envoy-original-host")).toBe("web.example");
  });

  test("append the host to what several x-forwarded-host say, unless the last one says it", () => {
    const action = { host_rewrite_literal: "other", append_x_forwarded_host: true };
    const given = (...hosts: string[]): TestRequestInit => ({ headers: hosts.map((host) => ["x-forwarded-host", host]) });
    const forwarded = (init: TestRequestInit): string | undefined =>
      rewritten({ prefix: "/" }, action, init).headers.get("x-forwarded-host")?.replaceAll(", ", ",");
    expect(forwarded(given("first", "second"))).toBe("first,second,web.example");
    expect(forwarded(given("first", "web.example"))).toBe("first,web.example");
    expect(forwarded(given("", "first"))).toBe("first,web.example");
  });

  test("leave x-forwarded-host alone where the host stays", () => {
    const request = rewritten({ prefix: "/" }, { host_rewrite_header: "x-host", append_x_forwarded_host: true }, {});
    expect(request.headers.has("x-forwarded-host")).toBe(false);
  });
});

test("a route without rewrites has nothing to call", () => {
  expect(forwardOf(compileRoutes(withRoutes({ match: { prefix: "/" }, route: { cluster: "a" } }))).rewrite).toBeUndefined();
});

test.each([
  [
    { prefix_rewrite: "/a", regex_rewrite: regexRewrite("a", "b") },
    "routes.virtual_hosts[0].routes[0].route: has both prefix_rewrite and regex_rewrite",
  ],
  [{ prefix_rewrite: "/a\nb" }, "route.prefix_rewrite: cannot have white space"],
  [{ prefix_rewrite: "/a b" }, "route.prefix_rewrite: cannot have white space"],
  [{ prefix_rewrite: "/a#b" }, "route.prefix_rewrite: cannot have white space or #"],
  [{ prefix_rewrite: "/a\x7f" }, "route.prefix_rewrite: a header's value cannot have control"],
  [{ host_rewrite_literal: "a\r" }, "route.host_rewrite_literal: cannot have white space"],
  [{ host_rewrite_literal: "a b" }, "route.host_rewrite_literal: cannot have white space"],
  [{ regex_rewrite: regexRewrite("(", "") }, "route.regex_rewrite.pattern.regex: is no regular expression"],
  [{ regex_rewrite: regexRewrite("a", "\\1") }, "route.regex_rewrite.substitution: refers to group 1"],
  [{ host_rewrite_path_regex: regexRewrite("a", "\\x") }, "route.host_rewrite_path_regex.substitution: has a backslash"],
  [{ auto_host_rewrite: true }, "route.auto_host_rewrite: is not supported"],
])("refuses %j", (action, message) => {
  expect(() => compileUnchecked(withRoutes({ match: { prefix: "/" }, route: { cluster: "a", ...action } }))).toThrow(message);
});
