import { describe, expect, test } from "vitest";
import { anyVariant, type MeshService, type ServicePort } from "../../model/index.ts";
import { testRule, testScope, testService, testVirtualService } from "../../testing/index.ts";
import { outboundRoutesOf } from "./outbound.ts";
import { decoded, domainsIn, everyRoute, golden, routesOf, testMatch, testRoute, to } from "./testing.ts";

const rpc = (protocol: ServicePort["protocol"], number: number): ServicePort => ({ name: `${protocol}-${number}`, number, protocol });
const variant = (version: string) => ({ authority: version === "" ? "com.acme.Echo" : `com.acme.Echo:${version}`, name: `@${version}` });
const echo = (overrides: Partial<MeshService> = {}): MeshService =>
  testService({
    hostname: "com.acme.Echo",
    namespace: "rpc",
    ports: [rpc("bolt", 12200)],
    allottedAddress: "240.240.0.1",
    aliases: ["com.acme.Echo:1.0"],
    ...overrides,
  });
const stock = testService({ hostname: "com.acme.Stock", namespace: "rpc", ports: [rpc("dubbo", 20880)] });
const two = echo({ aliases: [], variants: [variant("1.0:a"), variant("1.0:b")] });
const mosn = { proxy: { dialect: "mosn" } } as const;

describe("routes of RPC", () => {
  test("are for mosn only", () => {
    expect([...outboundRoutesOf(testScope({ services: [echo(), stock], ...mosn })).names]).toEqual(["12200", "20880"]);
    expect([...outboundRoutesOf(testScope({ services: [echo(), stock] })).names]).toEqual([]);
  });

  test("know a service by its interface, its aliases and its addresses", () => {
    const routes = outboundRoutesOf(testScope({ services: [echo()], ...mosn }));
    expect(routes.kindOf("12200")).toBe("rpc");
    expect(domainsIn(routes.get("12200"))).toEqual({
      "com.acme.Echo:*:12200": ["com.acme.Echo:*"],
      "com.acme.Echo:12200": ["com.acme.Echo", "com.acme.Echo:1.0", "240.240.0.1"],
      allow_any: ["*"],
    });
    expect(decoded(routes.get("12200")).ignorePortInHostMatching).toBe(false);
  });

  test("pass nothing on where connections are not redirected", () => {
    const scope = testScope({ services: [echo()], proxy: { dialect: "mosn", interception: "none" } });
    expect(Object.keys(domainsIn(outboundRoutesOf(scope).get("12200")))).toEqual(["com.acme.Echo:*:12200", "com.acme.Echo:12200"]);
    const strict = testScope({ services: [echo()], outboundPolicy: "registry-only", ...mosn });
    expect(Object.keys(domainsIn(outboundRoutesOf(strict).get("12200")))).toEqual(["com.acme.Echo:*:12200", "com.acme.Echo:12200"]);
  });

  test("lead each variant to its own cluster, and the plain interface to all", () => {
    const scope = testScope({ services: [two], ...mosn });
    expect(domainsIn(outboundRoutesOf(scope).get("12200"))).toMatchObject({ "com.acme.Echo:1.0:a:12200": ["com.acme.Echo:1.0:a"] });
    expect(routesOf(scope, "12200", "com.acme.Echo:12200")).toMatchObject([{ route: { cluster: "outbound|12200||com.acme.Echo" } }]);
    expect(routesOf(scope, "12200", "com.acme.Echo:1.0:a:12200")).toMatchObject([
      { route: { cluster: "outbound|12200|@1.0:a|com.acme.Echo" } },
    ]);
  });

  test("lead nobody to another version: one that no provider says that it has has a virtual host without routes", () => {
    for (const service of [echo(), two, echo({ aliases: ["com.acme.Echo"] })]) {
      const scope = testScope({ services: [service], ...mosn });
      expect(domainsIn(outboundRoutesOf(scope).get("12200"))).toMatchObject({ "com.acme.Echo:*:12200": ["com.acme.Echo:*"] });
      expect(routesOf(scope, "12200", "com.acme.Echo:*:12200")).toEqual([]);
    }
  });

  test("lead a version that no provider says that it has to those of unknown versions", () => {
    const any = { authority: "com.acme.Echo:*", name: anyVariant };
    const scope = testScope({ services: [echo({ aliases: [], variants: [variant("1.0"), any] })], ...mosn });
    expect(routesOf(scope, "12200", "com.acme.Echo:*:12200")).toMatchObject([{ route: { cluster: "outbound|12200|@*|com.acme.Echo" } }]);
    const unknown = testScope({ services: [echo({ aliases: [] })], ...mosn });
    expect(Object.keys(domainsIn(outboundRoutesOf(unknown).get("12200")))).toEqual(["com.acme.Echo:12200", "allow_any"]);
  });

  test("do without services and variants whose names no domain can be, and keep the others", () => {
    const evil = echo({ hostname: "com.acme.Evil\u0001", aliases: ["evil"], allottedAddress: "240.240.0.9" });
    const services = [two, evil, echo({ hostname: "com.acme.Half", aliases: [], variants: [variant("1"), variant("\n")] })];
    const virtualServices = [
      testVirtualService({ hosts: ["com.acme.Echo", "x\u0001"], http: [testRoute({ route: [to("com.acme.Echo")] })] }),
    ];
    const domains = domainsIn(outboundRoutesOf(testScope({ services, virtualServices, ...mosn })).get("12200"));
    const names = Object.keys(domains).filter((name) => !name.includes(":*:"));
    expect(names).toEqual([
      "com.acme.Echo:1.0:a:12200",
      "com.acme.Echo:1.0:b:12200",
      "com.acme.Echo:12200",
      "com.acme.Echo:1:12200",
      "com.acme.Half:12200",
      "allow_any",
    ]);
    expect(
      Object.values(domains)
        .flat()
        .filter((domain) => /[\0-\x1f]/u.test(domain) || domain === "240.240.0.9"),
    ).toEqual([]);
  });

  test("lead who names the interface alone to the variant that is called so", () => {
    const scope = testScope({ services: [echo({ aliases: [], variants: [variant(""), variant("2.0")] })], ...mosn });
    const routes = outboundRoutesOf(scope);
    expect(Object.keys(domainsIn(routes.get("12200")))).toEqual([
      "com.acme.Echo:*:12200",
      "com.acme.Echo:12200",
      "com.acme.Echo:2.0:12200",
      "allow_any",
    ]);
    expect(routesOf(scope, "12200", "com.acme.Echo:12200")).toMatchObject([{ route: { cluster: "outbound|12200|@|com.acme.Echo" } }]);
    expect(routes.conflicts).toEqual([]);
  });

  test("of a VirtualService keep to the variant, save to another service", () => {
    const route = [
      to("com.acme.Echo", { weight: 1 }),
      to("com.acme.Echo", { subset: "gray", weight: 1 }),
      to("com.acme.Stock", { weight: 1 }),
    ];
    const virtualServices = [testVirtualService({ hosts: ["com.acme.Echo"], http: [testRoute({ route })] })];
    const scope = testScope({ services: [two, stock], virtualServices, ...mosn });
    expect(routesOf(scope, "12200", "com.acme.Echo:1.0:b:12200")).toMatchObject([
      {
        route: {
          weighted_clusters: {
            clusters: [
              { name: "outbound|12200|@1.0:b|com.acme.Echo" },
              { name: "outbound|12200|gray@1.0:b|com.acme.Echo" },
              { name: "outbound|20880||com.acme.Stock" },
            ],
          },
        },
      },
    ]);
  });

  test("say what RPC can do", () => {
    const scope = testScope({
      services: [echo()],
      virtualServices: [testVirtualService({ hosts: ["com.acme.Echo"], http: everyRoute })],
      ...mosn,
    });
    expect(routesOf(scope, "12200", "com.acme.Echo:12200")).toEqual(golden("rpc"));
  });

  test.each([
    [{ kind: "header", name: "x-user" } as const, { hash_policy: [{ header: { header_name: "x-user" } }] }],
    [{ kind: "queryParameter", name: "id" } as const, undefined],
    [{ kind: "cookie", name: "session", path: "/", ttl: 0, attributes: [] } as const, undefined],
  ])("hash what calls have: by %j", (key, expected) => {
    const rules = { "com.acme.Echo": testRule({ loadBalancer: { consistentHash: { key, algorithm: { kind: "maglev" } } } }) };
    for (const http of [[testRoute({ route: [to("com.acme.Echo")] })], []]) {
      const virtualServices = http.length === 0 ? [] : [testVirtualService({ hosts: ["com.acme.Echo"], http })];
      const scope = testScope({ services: [echo()], virtualServices, rules, ...mosn });
      const [route] = routesOf(scope, "12200", "com.acme.Echo:12200");
      if (expected === undefined) expect(route).not.toHaveProperty("route.hash_policy");
      else expect(route).toMatchObject({ route: expected });
    }
  });

  test("answer where a client would be sent elsewhere", () => {
    const http = [
      testRoute({
        match: [testMatch({ uri: { kind: "exact", value: "/com.acme.Echo/old" } })],
        route: [],
        redirect: { redirectCode: 301 },
      }),
    ];
    const scope = testScope({ services: [echo()], virtualServices: [testVirtualService({ hosts: ["com.acme.Echo"], http })], ...mosn });
    expect(routesOf(scope, "12200", "com.acme.Echo:12200")).toMatchObject([
      { match: { path: "/com.acme.Echo/old" }, direct_response: { status: 501 } },
    ]);
  });
});

describe("a Sidecar's listener for RPC", () => {
  const both = testService({ hostname: "com.acme.Both", ports: [rpc("dubbo", 20881), rpc("bolt", 12201)] });
  const web = testService({ hostname: "web.shop.svc.cluster.local" });
  const services = [both, echo(), stock, web];
  const scopeOf = (protocol: ServicePort["protocol"], dialect: "envoy" | "mosn" = "mosn") =>
    testScope({
      services,
      egress: [{ port: rpc(protocol, 12220), bind: "127.0.0.1", captureMode: "none", services, virtualServices: [] }],
      proxy: { dialect },
    });

  test.each([
    ["bolt", ["com.acme.Both:12201", "com.acme.Echo:*:12200", "com.acme.Echo:12200"]],
    ["dubbo", ["com.acme.Both:20881", "com.acme.Stock:20880"]],
    ["x", ["com.acme.Both:20881", "com.acme.Echo:*:12200", "com.acme.Echo:12200", "com.acme.Stock:20880"]],
  ] as const)("leads %s to services of any port", (protocol, hosts) => {
    expect(Object.keys(domainsIn(outboundRoutesOf(scopeOf(protocol)).get("12220")))).toEqual(hosts);
  });

  test("is not for others than mosn", () => {
    expect([...outboundRoutesOf(scopeOf("bolt", "envoy")).names]).toEqual([]);
  });

  const ofProtocol = (exact: string): object => ({ match: { prefix: "/", headers: [{ name: ":scheme", string_match: { exact } }] } });

  test("leads calls of an interface that several protocols serve by what they speak; others have routes without a condition", () => {
    const scope = scopeOf("x");
    expect(routesOf(scope, "12220", "com.acme.Both:20881")).toMatchObject([
      { ...ofProtocol("dubbo"), route: { cluster: "outbound|20881||com.acme.Both" } },
      { ...ofProtocol("bolt"), route: { cluster: "outbound|12201||com.acme.Both" } },
    ]);
    expect(routesOf(scope, "12220", "com.acme.Echo:12200")).toMatchObject([
      { match: { prefix: "/" }, route: { cluster: "outbound|12200||com.acme.Echo" } },
    ]);
    expect(routesOf(scope, "12220", "com.acme.Echo:12200")).not.toHaveProperty("0.match.headers");
    expect(routesOf(scopeOf("bolt"), "12220", "com.acme.Both:12201")).not.toHaveProperty("0.match.headers");
  });

  test("does so for each variant", () => {
    const variants = [variant(""), variant("1.0")];
    const varied = echo({ ports: [rpc("bolt", 12200), rpc("dubbo", 20880)], aliases: [], variants });
    const scope = testScope({
      services: [varied],
      egress: [{ port: rpc("x", 12220), bind: "127.0.0.1", captureMode: "none", services: [varied], virtualServices: [] }],
      ...mosn,
    });
    for (const [host, name] of [
      ["com.acme.Echo:12200", "@"],
      ["com.acme.Echo:1.0:12200", "@1.0"],
    ] as const) {
      expect(routesOf(scope, "12220", host)).toMatchObject([
        { ...ofProtocol("bolt"), route: { cluster: `outbound|12200|${name}|com.acme.Echo` } },
        { ...ofProtocol("dubbo"), route: { cluster: `outbound|20880|${name}|com.acme.Echo` } },
      ]);
    }
  });

  test("leads what no port is for to a port for any protocol", () => {
    const mixed = echo({ ports: [rpc("x", 12000), rpc("bolt", 12200)] });
    const scope = testScope({
      services: [mixed],
      egress: [{ port: rpc("x", 12220), bind: "127.0.0.1", captureMode: "none", services: [mixed], virtualServices: [] }],
      ...mosn,
    });
    const [first, second] = routesOf(scope, "12220", "com.acme.Echo:12000");
    expect(first).toMatchObject({ ...ofProtocol("bolt"), route: { cluster: "outbound|12200||com.acme.Echo" } });
    expect(second).toMatchObject({ route: { cluster: "outbound|12000||com.acme.Echo" } });
    expect(second).not.toHaveProperty("match.headers");
  });

  test("applies a VirtualService to each protocol, its ports to theirs, and keeps to the protocol at its destinations", () => {
    const http = [
      testRoute({ match: [testMatch({ port: 20881 })], route: [to("com.acme.Both", { subset: "dubbo-only" })] }),
      testRoute({
        route: [to("com.acme.Both", { subset: "v2", weight: 1 }), to("com.acme.Other", { weight: 1 }), to("com.acme.Echo", { weight: 1 })],
      }),
      testRoute({ route: [to("com.acme.Stock")] }),
    ];
    const virtualServices = [testVirtualService({ hosts: ["com.acme.Both", "com.acme.Alias"], http })];
    const other = testService({ hostname: "com.acme.Other", ports: [rpc("dubbo", 1), rpc("bolt", 2)] });
    const scope = testScope({
      services: [...services, other],
      egress: [{ port: rpc("x", 12220), bind: "127.0.0.1", captureMode: "none", services: [...services, other], virtualServices }],
      ...mosn,
    });
    const clusters = (port: number, ofOther: number): object => ({
      weighted_clusters: {
        clusters: [
          { name: `outbound|${port}|v2|com.acme.Both` },
          { name: `outbound|${ofOther}||com.acme.Other` },
          { name: "outbound|12200||com.acme.Echo" },
        ],
      },
    });
    expect(routesOf(scope, "12220", "com.acme.Both:20881")).toMatchObject([
      { ...ofProtocol("dubbo"), route: { cluster: "outbound|20881|dubbo-only|com.acme.Both" } },
      { ...ofProtocol("bolt"), route: clusters(12201, 2) },
    ]);
    // The host is no service: what it leads to may speak several.
    expect(routesOf(scope, "12220", "com.acme.Alias:12220")).toMatchObject([
      { ...ofProtocol("bolt"), route: clusters(12201, 2) },
      { ...ofProtocol("dubbo"), route: clusters(20881, 1) },
      { match: { prefix: "/" } },
    ]);
    const scopeOfPort = testScope({ services: [...services, other], virtualServices, ...mosn });
    expect(routesOf(scopeOfPort, "12201", "com.acme.Both:12201")).toMatchObject([{ match: { prefix: "/" }, route: clusters(12201, 2) }]);
  });
});

describe("a port that several RPC protocols share", () => {
  test("leads the calls of one that an interface has elsewhere to where it has it", () => {
    const both = testService({ hostname: "com.acme.Both", ports: [rpc("bolt", 12200), rpc("dubbo", 20880)] });
    const strange = testService({ hostname: "com.acme.Strange", ports: [rpc("dubbo", 12200)] });
    const scope = testScope({ services: [both, strange], ...mosn });
    expect(routesOf(scope, "12200", "com.acme.Both:12200")).toMatchObject([
      { match: { headers: [{ name: ":scheme" }] }, route: { cluster: "outbound|12200||com.acme.Both" } },
      { match: { headers: [{ name: ":scheme" }] }, route: { cluster: "outbound|20880||com.acme.Both" } },
    ]);
    // The listener of a port that one protocol has knows what calls are.
    expect(routesOf(scope, "20880", "com.acme.Both:20880")).not.toHaveProperty("0.match.headers");
  });
});

describe("a port that has RPC and HTTP", () => {
  test("shares routes that a HttpConnectionManager accepts", () => {
    const web = testService({ hostname: "web.shop.svc.cluster.local", ports: [{ name: "http", number: 12200, protocol: "http" }] });
    const http = [testRoute({ mirrors: [{ destination: { host: "com.acme.Echo" }, percentage: 100 }] })];
    const scope = testScope({
      services: [echo(), web],
      virtualServices: [testVirtualService({ hosts: ["com.acme.Echo"], http })],
      ...mosn,
    });
    const routes = outboundRoutesOf(scope);
    expect(routes.kindOf("12200")).toBe("mixed");
    expect(Object.keys(domainsIn(routes.get("12200")))).toEqual([
      "com.acme.Echo:*:12200",
      "com.acme.Echo:12200",
      "web.shop.svc.cluster.local:12200",
      "allow_any",
    ]);
    const [route] = routesOf(scope, "12200", "com.acme.Echo:12200");
    expect(route).toHaveProperty("route.request_mirror_policies.0.cluster", "outbound|12200||com.acme.Echo");
  });
});
