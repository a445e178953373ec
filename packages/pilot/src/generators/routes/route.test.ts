import type { HttpRetry } from "@mesh/istio-config";
import { describe, expect, test } from "vitest";
import { testRule, testService } from "../../testing/index.ts";
import { asJson, decoded, everyRoute, golden, routedScope, routesOf, testMatch, testRoute, to } from "./testing.ts";
import { outboundRoutesOf } from "./outbound.ts";

const cluster = "outbound|80||reviews.shop.svc.cluster.local";
const subset = (name: string): string => `outbound|80|${name}|reviews.shop.svc.cluster.local`;

describe("a rule of a VirtualService", () => {
  test("is all that can be said, for Envoy", () => {
    const scope = routedScope(everyRoute);
    expect(asJson(outboundRoutesOf(scope).get("80"))).toEqual(golden("envoy"));
  });

  test("is what a mosn of today takes", () => {
    const scope = routedScope(everyRoute, { proxy: { dialect: "mosn" } });
    expect(asJson(outboundRoutesOf(scope).get("80"))).toEqual(golden("mosn"));
  });

  test("is a route for each of its matches, in their order", () => {
    const http = [
      testRoute({
        name: "a",
        match: [testMatch({ uri: { kind: "exact", value: "/1" } }), testMatch({ name: "two", uri: { kind: "prefix", value: "/2" } })],
      }),
      testRoute({ match: [testMatch({ uri: { kind: "regex", value: "/3" } })] }),
    ];
    expect(routesOf(routedScope(http))).toMatchObject([
      { name: "a", match: { path: "/1" } },
      { name: "a.two", match: { prefix: "/2" } },
      { match: { safe_regex: { regex: "/3" } } },
    ]);
  });

  test.each([
    ["no match", []],
    ["an empty match", [testMatch()]],
    ["every prefix", [testMatch({ uri: { kind: "prefix", value: "/" } })]],
    ["every regex", [testMatch({ uri: { kind: "regex", value: ".*" } })]],
  ])("leaves nothing for those behind it with %s", (_, match) => {
    expect(routesOf(routedScope([testRoute({ match }), testRoute({ name: "never" })]))).toHaveLength(1);
  });

  test("does not take what its headers or parameters leave", () => {
    const match = [testMatch({ queryParams: { a: { kind: "present" } } }), testMatch({ headers: { a: { kind: "present" } } })];
    expect(routesOf(routedScope([testRoute({ match }), testRoute({ name: "rest" })]))).toHaveLength(3);
  });

  test("is for its port, its source and its gateway only", () => {
    const matches = [
      testMatch({ port: 81 }),
      testMatch({ sourceLabels: { app: "other" } }),
      testMatch({ sourceNamespace: "other" }),
      testMatch({ gateways: ["shop/gateway"] }),
    ];
    const mine = [
      testMatch({ port: 80, sourceLabels: { app: "orders" }, sourceNamespace: "shop" }),
      testMatch({ gateways: ["mesh"], sourceLabels: { app: "x" } }),
    ];
    const http = [
      ...matches.map((match) => testRoute({ name: "theirs", match: [match] })),
      ...mine.map((match) => testRoute({ name: "mine", match: [match] })),
    ];
    const routes = routesOf(routedScope(http, { proxy: { labels: { app: "orders", version: "v1" } } }));
    expect(routes).toMatchObject([{ name: "mine" }]);
  });

  test("counts as absent where none of it is for the proxy", () => {
    const http = [testRoute({ name: "theirs", match: [testMatch({ sourceLabels: { app: "other" } })] })];
    expect(routesOf(routedScope(http))).toMatchObject([{ name: "default", route: { cluster } }]);
  });

  test("weighs its destinations, without those of no weight", () => {
    const route = [
      to("reviews", { subset: "v1", weight: 1 }),
      to("reviews", { subset: "v2", weight: 3 }),
      to("reviews", { subset: "v3", weight: 0 }),
    ];
    expect(routesOf(routedScope([testRoute({ route })]))).toMatchObject([
      {
        route: {
          weighted_clusters: {
            clusters: [
              { name: subset("v1"), weight: 1 },
              { name: subset("v2"), weight: 3 },
            ],
          },
        },
      },
    ]);
  });

  test("has one cluster where one destination is left, with its header operations", () => {
    const headers = { request: { set: { "x-v": "1" }, add: {}, remove: [] } };
    const route = [to("reviews", { subset: "v1", weight: 0 }), to("reviews", { subset: "v2", weight: 7, headers })];
    expect(routesOf(routedScope([testRoute({ route })]))).toMatchObject([
      { route: { cluster: subset("v2") }, request_headers_to_add: [{ header: { key: "x-v", value: "1" } }] },
    ]);
    expect(routesOf(routedScope([testRoute({ route: [to("reviews", { weight: 0 })] })]))).toMatchObject([{ route: { cluster } }]);
  });

  test.each([
    ["reviews", cluster],
    ["reviews.shop.svc.cluster.local", cluster],
    ["unknown", "outbound|80||unknown.shop.svc.cluster.local"],
    ["unknown.example.com", "outbound|80||unknown.example.com"],
    ["single", "outbound|8080||single.shop.svc.cluster.local"],
    ["several", "outbound|80||several.shop.svc.cluster.local"],
    ["legacy", "outbound|9090||legacy"],
  ])("names the destination %s", (host, name) => {
    const services = [
      testService(),
      testService({ hostname: "single.shop.svc.cluster.local", ports: [{ name: "http", number: 8080, protocol: "http" }] }),
      testService({
        hostname: "several.shop.svc.cluster.local",
        ports: [1, 2].map((number) => ({ name: `http-${number}`, number, protocol: "http" })),
      }),
      testService({ hostname: "legacy", ports: [{ name: "http", number: 9090, protocol: "http" }] }),
    ];
    expect(routesOf(routedScope([testRoute({ route: [to(host)] })], { services }))).toMatchObject([{ route: { cluster: name } }]);
  });

  test("names the destination's port and subset", () => {
    const route = [to("reviews", { subset: "v1", port: 9999 })];
    expect(routesOf(routedScope([testRoute({ route })]))).toMatchObject([
      { route: { cluster: "outbound|9999|v1|reviews.shop.svc.cluster.local" } },
    ]);
  });

  test("has no time limit, or its own", () => {
    expect(routesOf(routedScope([testRoute()]))).toMatchObject([{ route: { timeout: "0s" } }]);
    expect(routesOf(routedScope([testRoute({ timeout: 1250 })]))).toMatchObject([{ route: { timeout: "1.250s" } }]);
  });

  test("changes the host by headers, and by a rewrite first", () => {
    const headers = { request: { set: { Host: "a.example.com" }, add: {}, remove: ["x"] } };
    expect(routesOf(routedScope([testRoute({ headers })]))).toMatchObject([
      { route: { host_rewrite_literal: "a.example.com" }, request_headers_to_remove: ["x"] },
    ]);
    const rewrite = { authority: "b.example.com" };
    const [route] = routesOf(routedScope([testRoute({ headers, rewrite })]));
    expect(route).toMatchObject({ route: { host_rewrite_literal: "b.example.com" } });
    expect(route).not.toHaveProperty("request_headers_to_add");
  });

  test.each([
    [{ redirectCode: 301 as const, port: 8080 }, { port_redirect: 8080 }],
    [
      { redirectCode: 302 as const, derivePort: "FROM_REQUEST_PORT" as const, scheme: "https" },
      { port_redirect: 80, scheme_redirect: "https", response_code: "FOUND" },
    ],
    [{ redirectCode: 303 as const, derivePort: "FROM_PROTOCOL_DEFAULT" as const }, { response_code: "SEE_OTHER" }],
    [
      { redirectCode: 307 as const, uri: "/x", authority: "a.com" },
      { path_redirect: "/x", host_redirect: "a.com", response_code: "TEMPORARY_REDIRECT" },
    ],
  ])("redirects: %j", (redirect, expected) => {
    expect(routesOf(routedScope([testRoute({ route: [], redirect })]))).toMatchObject([{ redirect: expected }]);
  });

  test("leaves the default port of a scheme out of a redirect", () => {
    for (const redirect of [
      { redirectCode: 301 as const, derivePort: "FROM_REQUEST_PORT" as const },
      { redirectCode: 301 as const, scheme: "https", port: 443 },
    ]) {
      expect(
        decoded(outboundRoutesOf(routedScope([testRoute({ route: [], redirect })])).get("80")).virtualHosts[0]?.routes[0]?.redirect,
      ).toMatchObject({
        portRedirect: 0,
      });
    }
  });

  test("answers by itself, with text or bytes", () => {
    const answer = (body: { kind: "string" | "bytes"; value: string }) => testRoute({ route: [], directResponse: { status: 503, body } });
    expect(routesOf(routedScope([answer({ kind: "string", value: "no" })]))).toMatchObject([
      { direct_response: { status: 503, body: { inline_string: "no" } } },
    ]);
    expect(routesOf(routedScope([answer({ kind: "bytes", value: "bm8=" })]))).toMatchObject([
      { direct_response: { body: { inline_bytes: "bm8=" } } },
    ]);
  });

  test("mirrors shares, and nothing where the share is none", () => {
    const mirrors = [100, 0.5, 0].map((percentage, index) => ({ destination: { host: "reviews", subset: `m${index}` }, percentage }));
    expect(routesOf(routedScope([testRoute({ mirrors })]))).toMatchObject([
      {
        route: {
          request_mirror_policies: [
            { cluster: subset("m0"), runtime_fraction: { default_value: { numerator: 1_000_000, denominator: "MILLION" } } },
            { cluster: subset("m1"), runtime_fraction: { default_value: { numerator: 5000, denominator: "MILLION" } } },
          ],
        },
      },
    ]);
  });
});

describe("retries", () => {
  const policyOf = (retries: HttpRetry | undefined, rules = {}): unknown => {
    const [route] = routesOf(routedScope([testRoute(retries === undefined ? {} : { retries })], { rules }));
    return route !== null && typeof route === "object" && "route" in route && route.route !== null && typeof route.route === "object"
      ? Object.entries(route.route).find(([name]) => name === "retry_policy")?.[1]
      : undefined;
  };

  test("are Istio's where nothing is said", () => {
    expect(policyOf(undefined)).toMatchObject({
      num_retries: 2,
      retry_on: "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes",
      retriable_status_codes: [503],
      host_selection_retry_max_attempts: "5",
      retry_host_predicate: [{ name: "envoy.retry_host_predicates.previous_hosts" }],
    });
  });

  test("are none with no attempts", () => {
    expect(policyOf({ attempts: 0 })).toBeUndefined();
  });

  test("have status codes among their conditions", () => {
    expect(policyOf({ attempts: 1, retryOn: "reset, 503,429 ,x-no-code" })).toMatchObject({
      retry_on: "reset,x-no-code,retriable-status-codes",
      retriable_status_codes: [503, 429],
    });
  });

  test("have their own timeout, back-off and localities", () => {
    expect(
      policyOf({ attempts: 1, perTryTimeout: 250, backoff: 10, retryRemoteLocalities: true, retryIgnorePreviousHosts: false }),
    ).toMatchObject({
      per_try_timeout: "0.250s",
      retry_back_off: { base_interval: "0.010s" },
      retry_priority: { name: "envoy.retry_priorities.previous_priorities" },
    });
    expect(policyOf({ attempts: 1, retryIgnorePreviousHosts: false })).not.toHaveProperty("retry_host_predicate");
  });

  test("stay with the host that a hash has chosen", () => {
    const rules = {
      "reviews.shop.svc.cluster.local": testRule({
        loadBalancer: { consistentHash: { key: { kind: "sourceIp" }, algorithm: { kind: "maglev" } } },
      }),
    };
    expect(policyOf(undefined, rules)).not.toHaveProperty("retry_host_predicate");
  });
});

describe("consistent hashing", () => {
  const balancer = (name: string) =>
    ({ loadBalancer: { consistentHash: { key: { kind: "header", name }, algorithm: { kind: "maglev" } } } }) as const;

  test.each([
    [{ kind: "header", name: "x-user" } as const, { header: { header_name: "x-user" } }],
    [{ kind: "sourceIp" } as const, { connection_properties: { source_ip: true } }],
    [{ kind: "queryParameter", name: "id" } as const, { query_parameter: { name: "id" } }],
    [
      { kind: "cookie", name: "session", path: "/", ttl: 0, attributes: [] } as const,
      { cookie: { name: "session", path: "/", ttl: "0s" } },
    ],
  ])("by %j", (key, expected) => {
    const rules = {
      "reviews.shop.svc.cluster.local": testRule({ loadBalancer: { consistentHash: { key, algorithm: { kind: "maglev" } } } }),
    };
    expect(routesOf(routedScope([testRoute()], { rules }))).toMatchObject([{ route: { hash_policy: [expected] } }]);
    expect(routesOf(routedScope([], { rules }))).toMatchObject([{ name: "default", route: { hash_policy: [expected] } }]);
  });

  test("goes by the subset's port, the subset, the port and the host, in this order", () => {
    const atPort = (name: string) => [{ port: 80, ...balancer(name) }];
    const rule = testRule({ ...balancer("host"), portLevelSettings: atPort("port") }, [
      { name: "v1", trafficPolicy: { ...balancer("subset"), portLevelSettings: atPort("subset-port") } },
      { name: "v2", trafficPolicy: balancer("subset") },
      { name: "v3" },
    ]);
    const route = ["v1", "v2", "v3"].map((name) => to("reviews", { subset: name, weight: 1 }));
    const http = [testRoute({ route: [...route, to("reviews", { weight: 1, port: 81 })] })];
    expect(routesOf(routedScope(http, { rules: { "reviews.shop.svc.cluster.local": rule } }))).toMatchObject([
      { route: { hash_policy: ["subset-port", "subset", "port", "host"].map((name) => ({ header: { header_name: name } })) } },
    ]);
  });
});
