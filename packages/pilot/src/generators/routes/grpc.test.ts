import { describe, expect, test } from "vitest";
import { testRule, testScope, testService, testVirtualService } from "../../testing/index.ts";
import { outboundRoutesOf } from "./outbound.ts";
import { decoded, domainsIn, everyRoute, golden, routesOf } from "./testing.ts";

const name = "outbound|80||reviews.shop.svc.cluster.local";
const scopeOf = (options: Parameters<typeof testScope>[0] = {}) =>
  testScope({
    services: [testService()],
    virtualServices: [testVirtualService({ http: everyRoute })],
    ...options,
    proxy: { type: "grpc", interception: "none", ...options.proxy },
  });

describe("routes for gRPC libraries", () => {
  test("are one RouteConfiguration a port of a service, with one virtual host", () => {
    const tcp = testService({ hostname: "db.shop.svc.cluster.local", ports: [{ name: "tcp", number: 1, protocol: "tcp" }] });
    const routes = outboundRoutesOf(scopeOf({ services: [testService(), tcp] }));
    expect([...routes.names]).toEqual([name]);
    expect(domainsIn(routes.get(name))).toEqual({ "reviews.shop.svc.cluster.local:80": ["*"] });
    expect(decoded(routes.get(name)).ignorePortInHostMatching).toBe(false);
  });

  test("are those of a Sidecar's listeners", () => {
    const services = [
      testService(),
      testService({ hostname: "b.shop.svc.cluster.local", ports: [{ name: "grpc", number: 81, protocol: "grpc" }] }),
    ];
    const listener = { bind: undefined, captureMode: "default", services, virtualServices: [] } as const;
    const egress = [{ ...listener, port: { name: "grpc", number: 81, protocol: "grpc" } }] as const;
    expect([...outboundRoutesOf(scopeOf({ services, egress })).names]).toEqual(["outbound|81||b.shop.svc.cluster.local"]);
  });

  test("say only what the libraries know", () => {
    const hash = testRule({ loadBalancer: { consistentHash: { key: { kind: "header", name: "x-user" }, algorithm: { kind: "maglev" } } } });
    const routes = routesOf(scopeOf({ rules: { "reviews.shop.svc.cluster.local": hash } }), name);
    expect(routes).toEqual(golden("grpc"));
  });

  test("lead to the service where nothing else is said", () => {
    expect(routesOf(scopeOf({ virtualServices: [] }), name)).toMatchObject([{ match: { prefix: "/" }, route: { cluster: name } }]);
  });
});
