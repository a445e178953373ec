import type { GatewayServer } from "@mesh/istio-config";
import { describe, expect, test } from "vitest";
import type { ServerScope } from "../../scope/index.ts";
import { testMesh, testScope, testService, testVirtualService, type TestScopeOptions } from "../../testing/index.ts";
import { gatewayRoutesOf } from "./gateway.ts";
import { gatewayRouteName } from "../names.ts";
import { decoded, domainsIn, testMatch, testRoute } from "./testing.ts";

const tls = (overrides: Partial<NonNullable<GatewayServer["tls"]>> = {}): NonNullable<GatewayServer["tls"]> => ({
  httpsRedirect: false,
  mode: "SIMPLE",
  subjectAltNames: [],
  verifyCertificateSpki: [],
  verifyCertificateHash: [],
  cipherSuites: [],
  ...overrides,
});
const server = (hosts: readonly string[], overrides: Partial<GatewayServer> = {}, gateway = "shop/gateway"): ServerScope => ({
  gateway,
  namespace: gateway.split("/")[0] ?? "",
  server: { port: { number: 80, name: "http", protocol: "HTTP" }, hosts, ...overrides },
});
const rule = (name: string, hosts: readonly string[], overrides: Parameters<typeof testVirtualService>[0] = {}) =>
  testVirtualService({ id: `shop/${name}`, name, hosts, gateways: ["shop/gateway"], http: [testRoute({ name })], ...overrides });
const routerScope = (servers: readonly ServerScope[], rules: readonly ReturnType<typeof rule>[], options: TestScopeOptions = {}) =>
  testScope({
    services: [testService()],
    servers,
    gatewayVirtualServices: { "shop/gateway": rules, "other/gateway": [rule("other", ["other.com"])] },
    ...options,
    proxy: { type: "router", ...options.proxy },
  });
const namesIn = (scope: ReturnType<typeof routerScope>, host: string, name = "http.80"): readonly string[] | undefined =>
  decoded(gatewayRoutesOf(scope).get(name))
    .virtualHosts.find(({ domains }) => domains.includes(host))
    ?.routes.map((route) => route.name);

describe("a gateway's routes", () => {
  test.each([
    [server([]), "http.80"],
    [server([], { bind: "10.0.0.1" }), "http.80.10.0.0.1"],
    [server([], { port: { number: 8080, name: "grpc", protocol: "GRPC" } }), "http.8080"],
    [server([], { port: { number: 443, name: "web", protocol: "HTTPS" }, tls: tls() }), "https.443.web.gateway.shop"],
    [server([], { port: { number: 443, name: "web", protocol: "HTTPS" }, tls: tls({ mode: "PASSTHROUGH" }) }), undefined],
    [server([], { port: { number: 443, name: "tls", protocol: "TLS" }, tls: tls() }), undefined],
    [server([], { port: { number: 15, name: "tcp", protocol: "TCP" } }), undefined],
  ])("have Istio's names: %#", (scope, name) => {
    expect(gatewayRouteName(scope)).toBe(name);
  });

  test("are for hosts that a server and a VirtualService share, the narrower of two wildcards", () => {
    const scope = routerScope(
      [server(["*.example.com", "b.com", "other.com"])],
      [rule("a", ["a.example.com", "*.b.example.com", "c.com"]), rule("b", ["*.com"])],
    );
    expect(domainsIn(gatewayRoutesOf(scope).get("http.80"))).toEqual({
      "*.b.example.com:80": ["*.b.example.com", "a.example.com"],
      "*.example.com:80": ["*.example.com", "b.com", "other.com"],
    });
    expect(decoded(gatewayRoutesOf(scope).get("http.80")).ignorePortInHostMatching).toBe(true);
  });

  test.each([
    ["shop/*.com", "shop", true],
    ["other/*.com", "shop", false],
    ["./*.com", "shop", true],
    ["./*.com", "other", false],
    ["*/*.com", "other", true],
    ["*.com", "other", true],
  ])("%s takes a VirtualService of %s: %j", (host, namespace, isTaken) => {
    const scope = routerScope([server([host])], [rule("a", ["a.com"], { namespace })]);
    expect(namesIn(scope, "a.com") !== undefined).toBe(isTaken);
  });

  test("answer 404 where there are none", () => {
    const scope = routerScope([server(["nobody.com"])], [rule("a", ["a.com"])]);
    const { virtualHosts } = decoded(gatewayRoutesOf(scope).get("http.80"));
    expect(virtualHosts).toMatchObject([{ name: "blackhole:80", domains: ["*"], routes: [] }]);
  });

  test("of several servers and gateways at one port are merged", () => {
    const scope = routerScope(
      [server(["a.com"]), server(["b.com"]), server(["other.com"], {}, "other/gateway")],
      [rule("a", ["a.com", "b.com"])],
    );
    expect(domainsIn(gatewayRoutesOf(scope).get("http.80"))).toEqual({ "a.com:80": ["a.com", "b.com"], "other.com:80": ["other.com"] });
  });

  test("of several VirtualServices for one host have what leaves nothing at their end, once", () => {
    const matched = testRoute({ name: "matched", match: [testMatch({ uri: { kind: "prefix", value: "/x" } })] });
    const scope = routerScope(
      [server(["a.com"])],
      [
        rule("first", ["a.com"]),
        rule("second", ["a.com"], { http: [matched, testRoute({ name: "never" })] }),
        rule("third", ["A.com"], { http: [matched] }),
      ],
    );
    expect(namesIn(scope, "a.com")).toEqual(["matched", "matched", "first"]);
  });

  test("are for their own gateway only", () => {
    const http = [
      testRoute({ name: "mesh", match: [testMatch({ gateways: ["mesh"] })] }),
      testRoute({ name: "short", match: [testMatch({ gateways: ["gateway"], uri: { kind: "exact", value: "/a" } })] }),
      testRoute({ name: "qualified", match: [testMatch({ gateways: ["shop/gateway"] })] }),
    ];
    expect(namesIn(routerScope([server(["a.com"])], [rule("a", ["a.com"], { http })]), "a.com")).toEqual(["short", "qualified"]);
  });

  test("send plain HTTP to https, with Envoy", () => {
    const scope = routerScope([server(["a.com", "shop/b.com"], { tls: tls({ httpsRedirect: true }) })], [rule("a", ["a.com"])]);
    expect(decoded(gatewayRoutesOf(scope).get("http.80")).virtualHosts).toMatchObject([
      { name: "a.com:80", domains: ["a.com"], requireTls: 2, routes: [{ name: "a" }] },
      { name: "b.com:80", domains: ["b.com"], requireTls: 2, routes: [] },
    ]);
  });

  test("send plain HTTP to https by a redirect, with mosn", () => {
    const options = { proxy: { dialect: "mosn" } } as const;
    const scope = routerScope([server(["a.com", "b.com"], { tls: tls({ httpsRedirect: true }) })], [rule("a", ["a.com"])], options);
    expect(decoded(gatewayRoutesOf(scope).get("http.80")).virtualHosts).toMatchObject([
      { domains: ["a.com", "b.com"], requireTls: 0, routes: [{ match: { prefix: "/" }, redirect: { httpsRedirect: true } }] },
    ]);
  });

  test("take the scheme of the server for redirects", () => {
    const http = [testRoute({ route: [], redirect: { derivePort: "FROM_REQUEST_PORT", redirectCode: 301 } })];
    const scope = routerScope(
      [server(["a.com"], { port: { number: 443, name: "web", protocol: "HTTPS" }, tls: tls() })],
      [rule("a", ["a.com"], { http })],
    );
    expect(decoded(gatewayRoutesOf(scope).get("https.443.web.gateway.shop")).virtualHosts[0]?.routes[0]?.redirect?.portRedirect).toBe(0);
  });

  test("stay the same resource while nothing changes", () => {
    const servers = [server(["a.com"])];
    const rules = [rule("a", ["a.com"])];
    const options = { services: [testService()], mesh: testMesh() };
    expect(gatewayRoutesOf(routerScope(servers, rules, options)).get("http.80")).toBe(
      gatewayRoutesOf(routerScope(servers, rules, options)).get("http.80"),
    );
    expect(gatewayRoutesOf(routerScope(servers, rules)).get("http.81")).toBeUndefined();
  });
});
