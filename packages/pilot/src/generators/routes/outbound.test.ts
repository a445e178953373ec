import { describe, expect, test } from "vitest";
import type { MeshService, ServicePort } from "../../model/index.ts";
import type { EgressScope } from "../../scope/index.ts";
import { testMesh, testRule, testScope, testService, testVirtualService } from "../../testing/index.ts";
import { outboundRoutesOf } from "./outbound.ts";
import { decoded, domainsIn, type routedScope, routesOf, testMatch, testRoute, to } from "./testing.ts";

const port = (number: number, protocol: ServicePort["protocol"] = "http", name = `${protocol}-${number}`): ServicePort => ({
  name,
  number,
  protocol,
});
const service = (name: string, overrides: Partial<MeshService> = {}): MeshService =>
  testService({ hostname: `${name}.shop.svc.cluster.local`, ...overrides });
const shortNames = (name: string): readonly string[] => [`${name}.shop.svc.cluster.local`, name, `${name}.shop.svc`, `${name}.shop`];
const egress = (overrides: Partial<EgressScope>): EgressScope => ({
  port: undefined,
  bind: undefined,
  captureMode: "default",
  services: [],
  virtualServices: [],
  ...overrides,
});

describe("outbound routes", () => {
  test("have the names of the ports that HTTP is spoken on", () => {
    const services = [
      service("a", { ports: [port(80), port(8080, "grpc"), port(443, "https"), port(3306, "mysql"), port(12200, "bolt")] }),
      service("b"),
    ];
    const routes = outboundRoutesOf(testScope({ services }));
    expect([...routes.names]).toEqual(["80", "8080"]);
    expect(routes.get("443")).toBeUndefined();
    expect(routes.kindOf("80")).toBe("http");
  });

  test("have a virtual host for each service, sorted, and one for hosts that nobody knows", () => {
    const services = [service("b"), service("a"), service("elsewhere", { ports: [port(81)] })];
    const resource = outboundRoutesOf(testScope({ services })).get("80");
    expect(Object.entries(domainsIn(resource))).toEqual([
      ["a.shop.svc.cluster.local:80", shortNames("a")],
      ["b.shop.svc.cluster.local:80", shortNames("b")],
      ["allow_any", ["*"]],
    ]);
    expect(decoded(resource)).toMatchObject({
      name: "80",
      ignorePortInHostMatching: true,
      validateClusters: { value: false },
      maxDirectResponseBodySizeBytes: { value: 1024 * 1024 },
    });
  });

  test("pass on what nobody knows, or refuse it", () => {
    expect(routesOf(testScope({ services: [service("a")] }), "80", "allow_any")).toMatchObject([
      { name: "allow_any", route: { cluster: "PassthroughCluster", timeout: "0s" } },
    ]);
    const strict = testScope({ services: [service("a")], outboundPolicy: "registry-only" });
    expect(routesOf(strict, "80", "block_all")).toMatchObject([{ name: "block_all", direct_response: { status: 502 } }]);
  });

  test("do not refuse what a service or a VirtualService has for every host", () => {
    const scope = testScope({ services: [service("a")], virtualServices: [testVirtualService({ hosts: ["*"], http: [testRoute()] })] });
    expect(Object.keys(domainsIn(outboundRoutesOf(scope).get("80")))).toEqual(["a.shop.svc.cluster.local:80", "allow_any"]);
    const empty = testScope({ services: [service("a"), testService({ hostname: "*" })] });
    expect(Object.keys(domainsIn(outboundRoutesOf(empty).get("80")))).toEqual(["*:80", "a.shop.svc.cluster.local:80"]);
  });

  test("go by the most specific host, and by the first VirtualService for it", () => {
    const rule = (name: string, hosts: readonly string[]) =>
      testVirtualService({ id: `shop/${name}`, name, hosts, http: [testRoute({ name })] });
    const rules = [
      rule("all", ["*"]),
      rule("narrow", ["*.shop.svc.cluster.local"]),
      rule("exact", ["a.shop.svc.cluster.local"]),
      rule("late", ["a.shop.svc.cluster.local"]),
    ];
    const other = testService({ hostname: "c.other.svc.cluster.local" });
    const scope = testScope({ services: [service("a"), service("b"), other], virtualServices: rules });
    expect(routesOf(scope, "80", "a.shop.svc.cluster.local:80")).toMatchObject([{ name: "exact" }]);
    expect(routesOf(scope, "80", "b.shop.svc.cluster.local:80")).toMatchObject([{ name: "narrow" }]);
    expect(routesOf(scope, "80", "c.other.svc.cluster.local:80")).toMatchObject([{ name: "all" }]);
  });

  test("have virtual hosts for hosts that are no services: at port 80, and where their VirtualService is about one", () => {
    const services = [service("a", { ports: [port(80), port(81)] }), service("b", { ports: [port(82)] })];
    const scope = testScope({
      services,
      virtualServices: [
        testVirtualService({ hosts: ["bookinfo.com", "*.wild.com"], http: [testRoute()] }),
        testVirtualService({ hosts: ["a.shop.svc.cluster.local", "alias.com"], http: [testRoute()] }),
        testVirtualService({ hosts: ["bookinfo.com"], http: [testRoute({ name: "late" })] }),
      ],
    });
    const routes = outboundRoutesOf(scope);
    expect(Object.keys(domainsIn(routes.get("80")))).toEqual([
      "*.wild.com:80",
      "a.shop.svc.cluster.local:80",
      "alias.com:80",
      "bookinfo.com:80",
      "allow_any",
    ]);
    expect(Object.keys(domainsIn(routes.get("81")))).toEqual(["a.shop.svc.cluster.local:81", "alias.com:81", "allow_any"]);
    expect(Object.keys(domainsIn(routes.get("82")))).toEqual(["b.shop.svc.cluster.local:82", "allow_any"]);
    expect(routesOf(scope, "80", "bookinfo.com:80")).not.toMatchObject([{ name: "late" }]);
  });

  test("have virtual hosts for hosts that a service with a wildcard has", () => {
    const scope = testScope({
      services: [testService({ hostname: "*.example.org", ports: [port(8080)] })],
      virtualServices: [
        testVirtualService({ hosts: ["other.com"], http: [testRoute()] }),
        testVirtualService({ hosts: ["a.example.com", "a.example.org"], http: [testRoute()] }),
      ],
    });
    expect(domainsIn(outboundRoutesOf(scope).get("8080"))).toEqual({
      "*.example.org:8080": ["*.example.org"],
      "a.example.com:8080": ["a.example.com"],
      "a.example.org:8080": ["a.example.org"],
      allow_any: ["*"],
    });
  });

  test("let a host go before a short name of another service, and say what was left out", () => {
    const scope = testScope({
      services: [service("a", { addresses: ["10.0.0.1"] }), testService({ hostname: "A.shop", addresses: ["10.0.0.1"] })],
    });
    const routes = outboundRoutesOf(scope);
    expect(domainsIn(routes.get("80"))).toMatchObject({
      "A.shop:80": ["A.shop", "10.0.0.1"],
      "a.shop.svc.cluster.local:80": ["a.shop.svc.cluster.local", "a", "a.shop.svc"],
    });
    expect(routes.conflicts).toEqual([
      { routeName: "80", domain: "a.shop", virtualHost: "a.shop.svc.cluster.local:80" },
      { routeName: "80", domain: "10.0.0.1", virtualHost: "a.shop.svc.cluster.local:80" },
    ]);
  });

  test("of a port of unknown protocol are the service's own", () => {
    const scope = testScope({
      services: [service("a", { ports: [port(9000, "unknown")] }), service("b", { ports: [port(9000, "unknown")] })],
    });
    const routes = outboundRoutesOf(scope);
    expect([...routes.names]).toEqual(["a.shop.svc.cluster.local:9000", "b.shop.svc.cluster.local:9000"]);
    expect(domainsIn(routes.get("a.shop.svc.cluster.local:9000"))).toEqual({ "a.shop.svc.cluster.local:9000": ["*"] });
  });

  test("of a Sidecar's listener lead to its services only", () => {
    const [a, b] = [service("a"), service("b")];
    const scope = testScope({
      services: [a, b],
      egress: [
        egress({ services: [a, b] }),
        egress({
          port: port(80),
          services: [b],
          virtualServices: [testVirtualService({ hosts: [b.hostname], http: [testRoute({ name: "own" })] })],
        }),
      ],
    });
    expect(Object.keys(domainsIn(outboundRoutesOf(scope).get("80")))).toEqual(["b.shop.svc.cluster.local:80", "allow_any"]);
    expect(routesOf(scope, "80", "b.shop.svc.cluster.local:80")).toMatchObject([{ name: "own" }]);
  });

  test("of a unix socket lead to all ports, which requests name", () => {
    const services = [service("a", { ports: [port(80), port(81), port(82, "tcp")] })];
    const virtualServices = [
      testVirtualService({ hosts: ["a.shop.svc.cluster.local", "b.com"], http: [testRoute({ match: [testMatch({ port: 81 })] })] }),
    ];
    const scope = testScope({ services, egress: [egress({ port: port(0), bind: "unix:///run/egress.sock", services, virtualServices })] });
    const resource = outboundRoutesOf(scope).get("unix:///run/egress.sock");
    expect(domainsIn(resource)).toEqual({
      "a.shop.svc.cluster.local:80": shortNames("a").flatMap((name) => [name, `${name}:80`]),
      "a.shop.svc.cluster.local:81": shortNames("a").map((name) => `${name}:81`),
      allow_any: ["*"],
    });
    expect(decoded(resource).ignorePortInHostMatching).toBe(false);
  });
});

describe("sharing", () => {
  const mesh = testMesh();
  const services = [service("a"), service("b")];
  const rules = [testVirtualService({ hosts: ["a.shop.svc.cluster.local"], http: [testRoute({ route: [to("a")] })] })];

  test("gives equal proxies the same resource", () => {
    const one = outboundRoutesOf(testScope({ mesh, services, virtualServices: rules })).get("80");
    expect(outboundRoutesOf(testScope({ mesh, services, virtualServices: rules, proxy: { labels: { a: "b" } } })).get("80")).toBe(one);
    expect(
      outboundRoutesOf(
        testScope({ mesh, services, virtualServices: rules, proxy: { namespace: "other", dnsDomain: "other.svc.cluster.local" } }),
      ).get("80"),
    ).not.toBe(one);
  });

  test("makes nothing anew for what has no part in it", () => {
    const listener = egress({ services, virtualServices: rules });
    const one = outboundRoutesOf(testScope({ mesh, services, egress: [listener] })).get("80");
    const listed = [...services, service("c", { ports: [port(81)] })];
    expect(
      outboundRoutesOf(testScope({ mesh, services: listed, egress: [egress({ services: listed, virtualServices: rules })] })).get("80"),
    ).toBe(one);
    expect(outboundRoutesOf(testScope({ mesh, services, egress: [egress({ services, virtualServices: [...rules] })] })).get("80")).toBe(
      one,
    );
  });

  test("sees a destination, its rule and the mesh's retries change", () => {
    const egresses = [egress({ services, virtualServices: rules })];
    const before = testScope({ mesh, services, egress: egresses });
    const one = outboundRoutesOf(before).get("80");
    const ruled = testScope({
      mesh,
      services,
      egress: egresses,
      rules: {
        "a.shop.svc.cluster.local": testRule({
          loadBalancer: { consistentHash: { key: { kind: "sourceIp" }, algorithm: { kind: "maglev" } } },
        }),
      },
    });
    expect(routesOf(ruled, "80", "a.shop.svc.cluster.local:80")).toMatchObject([
      { route: { hash_policy: [{ connection_properties: { source_ip: true } }] } },
    ]);
    const retrying = testScope({ services, egress: egresses, mesh: { ...mesh, defaultHttpRetryPolicy: { attempts: 7 } } });
    expect(routesOf(retrying, "80", "b.shop.svc.cluster.local:80")).toMatchObject([{ route: { retry_policy: { num_retries: 7 } } }]);
    expect(outboundRoutesOf(testScope({ mesh, services, egress: egresses })).get("80")?.version).toBe(one?.version);
  });

  test("takes a VirtualService's routes and hosts as they come and go", () => {
    const about = (...rule: Parameters<typeof routedScope>) => {
      const virtualServices = [testVirtualService({ hosts: ["a.shop.svc.cluster.local", "alias.com"], http: rule[0] })];
      return testScope({ mesh, services, egress: [egress({ services, virtualServices })], ...rule[1] });
    };
    const theirs = testRoute({ match: [testMatch({ sourceLabels: { app: "other" } })] });
    const ported = [service("a", { ports: [port(81)] })];
    const hosts = (scope: ReturnType<typeof about>, name = "80") => Object.keys(domainsIn(outboundRoutesOf(scope).get(name)));
    expect(hosts(about([testRoute()]))).toContain("alias.com:80");
    expect(hosts(about([theirs]))).not.toContain("alias.com:80");
    expect(hosts(about([testRoute({ name: "again" })]))).toContain("alias.com:80");
    const at81 = (http: Parameters<typeof about>[0]) =>
      testScope({
        services: ported,
        egress: [
          egress({ services: ported, virtualServices: [testVirtualService({ hosts: ["a.shop.svc.cluster.local", "alias.com"], http })] }),
        ],
      });
    expect(hosts(at81([theirs]), "81")).toEqual(["a.shop.svc.cluster.local:81", "allow_any"]);
    expect(hosts(at81([testRoute()]), "81")).toEqual(["a.shop.svc.cluster.local:81", "alias.com:81", "allow_any"]);
  });
});
