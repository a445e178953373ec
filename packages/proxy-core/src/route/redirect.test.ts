import { decodeMessage } from "@mesh/xds-proto";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import type { RedirectAction } from "./contract.ts";
import { Redirect } from "./redirect.ts";
import { compileRoutes, compileUnchecked, routeOf, TestRequest, withRoutes, type TestRequestInit } from "./testing.ts";

function redirectOf(action: object, match: object = { prefix: "/" }, request: TestRequest = new TestRequest()): RedirectAction {
  const route = routeOf(compileRoutes(withRoutes({ match, redirect: action })), request);
  if (route.action.kind !== "redirect") throw new Error(`the route's action is ${route.action.kind}`);
  return route.action.redirect;
}

function location(action: object, init: TestRequestInit = {}, match: object = { prefix: "/" }, scheme: string = "http"): string {
  const request = new TestRequest(init);
  return redirectOf(action, match, request).location(request, scheme);
}

describe("Redirect", () => {
  test.each([
    [{}, "http://web.example/a?b=c"],
    [{ https_redirect: true }, "https://web.example/a?b=c"],
    [{ https_redirect: false }, "http://web.example/a?b=c"],
    [{ scheme_redirect: "ftp" }, "ftp://web.example/a?b=c"],
    [{ host_redirect: "other" }, "http://other/a?b=c"],
    [{ port_redirect: 8443 }, "http://web.example:8443/a?b=c"],
    [{ host_redirect: "other", port_redirect: 81, https_redirect: true }, "https://other:81/a?b=c"],
    [{ strip_query: true }, "http://web.example/a"],
    [{ path_redirect: "/new" }, "http://web.example/new?b=c"],
    [{ path_redirect: "new" }, "http://web.example/new?b=c"],
    [{ path_redirect: "/new", strip_query: true }, "http://web.example/new"],
    [{ path_redirect: "/new?foo=1", strip_query: true }, "http://web.example/new?foo=1"],
    [{ path_redirect: "/new?foo=1" }, "http://web.example/new?foo=1"],
    [{ regex_rewrite: { pattern: { regex: "^/(.)" }, substitution: "/x/\\1" } }, "http://web.example/x/a?b=c"],
    [{ regex_rewrite: { pattern: { regex: "^/(.)" }, substitution: "/x/\\1" }, strip_query: true }, "http://web.example/x/a"],
    // Envoy: a path of which nothing would be left stays.
    [{ regex_rewrite: { pattern: { regex: ".*" }, substitution: "" } }, "http://web.example/a?b=c"],
    [{ regex_rewrite: { pattern: { regex: ".*" }, substitution: "" }, strip_query: true }, "http://web.example/a"],
  ])("%j sends /a?b=c of web.example to %s", (action, to) => {
    expect(location(action, { path: "/a?b=c" })).toBe(to);
  });

  test.each([
    [{ prefix: "/old" }, "/old/x?q", "/new/x?q"],
    [{ path: "/old" }, "/old?q", "/new?q"],
    [{ safe_regex: { regex: "/o.*" } }, "/old/x?q", "/new?q"],
  ])("replaces what %j matched of %s", (match, path, to) => {
    expect(location({ prefix_rewrite: "/new" }, { path }, match)).toBe(`http://web.example${to}`);
  });

  test.each<[object, string, string, string]>([
    [{ https_redirect: true }, "http", "web:80", "https://web/"],
    [{ https_redirect: true }, "http", "web:8080", "https://web:8080/"],
    [{ scheme_redirect: "http" }, "https", "web:443", "http://web/"],
    [{ scheme_redirect: "http" }, "http", "web:80", "http://web:80/"],
    [{ https_redirect: true }, "https", "web:443", "https://web:443/"],
    [{ port_redirect: 81 }, "http", "web:8080", "http://web:81/"],
    [{ port_redirect: 81 }, "http", "[::1]:8080", "http://[::1]:81/"],
    [{ port_redirect: 81 }, "http", "[::1]", "http://[::1]:81/"],
    [{ https_redirect: true }, "http", "[::1]:80", "https://[::1]/"],
  ])("%j from %s, host %s: %s", (action, scheme, authority, to) => {
    expect(location(action, { authority }, { prefix: "/" }, scheme)).toBe(to);
  });

  test("asks x-forwarded-proto, where there is one, which scheme is left", () => {
    const headers = [["x-forwarded-proto", "https"]] as const;
    expect(location({ https_redirect: true }, { authority: "web:80", headers })).toBe("https://web:80/");
    expect(location({ scheme_redirect: "http" }, { authority: "web:443", headers })).toBe("http://web/");
  });

  test.each([
    [undefined, 301],
    ["MOVED_PERMANENTLY", 301],
    ["FOUND", 302],
    ["SEE_OTHER", 303],
    ["TEMPORARY_REDIRECT", 307],
    ["PERMANENT_REDIRECT", 308],
  ])("%s is %d", (code, status) => {
    expect(redirectOf(code === undefined ? {} : { response_code: code }).status).toBe(status);
  });

  test("refuses a status that only binary messages can ask for", () => {
    const message = decodeMessage("envoy.config.route.v3.RedirectAction", Buffer.from([3 << 3, 7]));
    expect(() => new Redirect(message, { kind: "whole" }, ConfigPath.of("redirect"))).toThrow("redirect.response_code: there is no code 7");
  });

  test.each([
    [{ port_redirect: 65_536 }, "redirect.port_redirect: must be 65535 or less, is 65536"],
    [{ host_redirect: "a\r\nset-cookie: b" }, "redirect.host_redirect: a header's value cannot have control"],
    [{ path_redirect: "/\n" }, "redirect.path_redirect: a header's value"],
    [{ prefix_rewrite: "/\0" }, "redirect.prefix_rewrite: a header's value"],
    [{ scheme_redirect: "a\n" }, "redirect.scheme_redirect: a header's value"],
    [{ regex_rewrite: { pattern: { regex: "" } } }, "redirect.regex_rewrite.pattern.regex: is required"],
  ])("refuses %j", (action, message) => {
    expect(() => compileUnchecked(withRoutes({ match: { prefix: "/" }, redirect: action }))).toThrow(
      `routes.virtual_hosts[0].routes[0].${message}`,
    );
  });
});
