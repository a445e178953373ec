import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as arbitrary from "../../testing/index.ts";
import { jsonOf, testEndpoint, testMesh, testRule, testScope, testService } from "../../testing/index.ts";
import type { ProxyScope } from "../../scope/index.ts";
import { calledClusterSetOf, clustersOf } from "./index.ts";

const host = "reviews.shop.svc.cluster.local";

test("what a shop's sidecar is told of a service with a canary", () => {
  const rule = testRule(
    {
      connectionPool: {
        tcp: { maxConnections: 100 },
        http: { h2UpgradePolicy: "DEFAULT", useClientProtocol: false, maxRequestsPerConnection: 10 },
      },
      outlierDetection: {
        consecutive5xxErrors: 7,
        interval: 300_000,
        baseEjectionTime: 900_000,
        splitExternalLocalOriginErrors: false,
        minHealthPercent: 0,
      },
    },
    [{ name: "v2", labels: { version: "v2" }, trafficPolicy: { loadBalancer: { simple: "RANDOM" } } }],
  );
  const scope = testScope({ services: [testService()], rules: { [host]: rule } });
  const [whole, canary] = clustersOf(scope).map(jsonOf);
  const common = {
    type: "EDS",
    connect_timeout: "10s",
    circuit_breakers: {
      thresholds: [
        {
          max_connections: 100,
          max_pending_requests: 4294967295,
          max_requests: 4294967295,
          max_retries: 4294967295,
          track_remaining: true,
        },
      ],
    },
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        common_http_protocol_options: { max_requests_per_connection: 10 },
        explicit_http_config: { http_protocol_options: {} },
      },
    },
    outlier_detection: {
      consecutive_5xx: 7,
      enforcing_consecutive_5xx: 100,
      interval: "300s",
      base_ejection_time: "900s",
      enforcing_success_rate: 0,
    },
    common_lb_config: { healthy_panic_threshold: {} },
  };
  const edsOf = (name: string): object => ({
    name,
    eds_cluster_config: { eds_config: { ads: {}, initial_fetch_timeout: "0s", resource_api_version: "V3" }, service_name: name },
  });
  const metadata = {
    services: [{ host, name: "reviews", namespace: "shop" }],
    config: "/apis/networking.istio.io/v1/namespaces/shop/destination-rule/rule",
  };
  expect(whole).toEqual({
    ...common,
    ...edsOf(`outbound|80||${host}`),
    lb_policy: "LEAST_REQUEST",
    metadata: { filter_metadata: { istio: metadata } },
  });
  expect(canary).toEqual({
    ...common,
    ...edsOf(`outbound|80|v2|${host}`),
    lb_policy: "RANDOM",
    metadata: { filter_metadata: { istio: { ...metadata, subset: "v2" } } },
  });
});

describe("of any services", () => {
  test("names are unique and say what the cluster is", () => {
    fc.assert(
      fc.property(arbitrary.scope(), (scope) => {
        const names = clustersOf(scope).map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        const hosts = new Set(scope.services.map(({ hostname }) => hostname));
        for (const name of names) {
          if (name.endsWith("Cluster")) continue;
          const [direction, port, , hostname, ...rest] = name.split("|");
          expect([direction, rest, Number(port) > 0, hosts.has(hostname ?? "")]).toEqual(["outbound", [], true, true]);
        }
      }),
    );
  });

  test("a set that is made of an earlier one is the set that is made from nothing", () => {
    fc.assert(
      fc.property(arbitrary.scope(), arbitrary.scope(), (one, other) => {
        const before = { scope: one, set: calledClusterSetOf(one) };
        expect(calledClusterSetOf(other, before).version).toBe(calledClusterSetOf(other).version);
      }),
    );
  });
});

describe("what is shared", () => {
  const services = [testService(), testService({ hostname: "other.shop.svc.cluster.local" })];
  const mesh = testMesh();
  const base = testScope({ services, mesh });

  test("proxies of a kind are given the same objects", () => {
    const other = testScope({ services, mesh, proxy: { namespace: "other", locality: { region: "r1", zone: "", subZone: "" } } });
    expect(clustersOf(other)).toEqual(clustersOf(base));
    for (const [index, resource] of clustersOf(other).entries()) expect(resource).toBe(clustersOf(base)[index]);
  });

  test("another endpoint makes no cluster again, unless its name is in one", () => {
    const listed = { [host]: [testEndpoint({ address: "10.0.0.9" })] };
    const after: ProxyScope = { ...testScope({ services, mesh, endpoints: listed }), services: base.services };
    const before = { scope: base, set: calledClusterSetOf(base) };
    expect(calledClusterSetOf(after, before)).toBe(before.set);
    const dns = [testService({ resolution: "dns" })];
    expect(clustersOf(testScope({ services: dns, mesh, endpoints: listed }))[0]?.version).not.toBe(
      clustersOf(testScope({ services: dns, mesh }))[0]?.version,
    );
  });

  test("a cluster is made again as often as its listed names change, and is one of EDS again when they are gone", () => {
    const scopeWith = (...addresses: readonly string[]): ProxyScope => ({
      ...testScope({ services, mesh, endpoints: { [host]: addresses.map((address) => testEndpoint({ address })) } }),
      services: base.services,
    });
    let before = { scope: base, set: calledClusterSetOf(base) };
    const versions = [["a.acme"], ["a.acme", "b.acme"], ["10.0.0.1"]].map((addresses) => {
      const scope = scopeWith(...addresses);
      before = { scope, set: calledClusterSetOf(scope, before) };
      expect(before.set.version).toBe(calledClusterSetOf(scope).version);
      return before.set.get(`outbound|80||${host}`)?.version;
    });
    expect(new Set(versions).size).toBe(3);
    expect(versions.at(-1)).toBe(clustersOf(base).find(({ name }) => name === `outbound|80||${host}`)?.version);
  });

  test("another rule makes the clusters of its service again", () => {
    const after = testScope({ services, mesh, rules: { [host]: testRule({ loadBalancer: { simple: "RANDOM" } }) } });
    const before = clustersOf(base);
    expect(
      clustersOf(after)
        .filter((resource) => !before.includes(resource))
        .map(({ name }) => name),
    ).toEqual([`outbound|80||${host}`]);
  });
});
