import { isIP } from "node:net";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyVariant, type MeshEndpoint } from "../../model/index.ts";
import * as arbitrary from "../../testing/index.ts";
import { jsonOf, messageOf, testEndpoint, testRule, testScope, type TestScopeOptions, testService } from "../../testing/index.ts";
import type { ProxyScope } from "../../scope/index.ts";
import { clustersOf } from "../clusters/index.ts";
import { endpointSetOf, endpointsOf, hasSentEndpoints } from "./index.ts";

const host = "reviews.shop.svc.cluster.local";
const name = `outbound|80||${host}`;
const detection = { outlierDetection: { splitExternalLocalOriginErrors: false, minHealthPercent: 0 } };

function assignmentOf(endpoints: readonly MeshEndpoint[], options: TestScopeOptions = {}, clusterName = name): unknown {
  const resource = endpointsOf(testScope({ services: [testService()], endpoints: { [host]: endpoints }, ...options })).get(clusterName);
  return resource && jsonOf(resource);
}

const socket = (address: string, port_value = 8080): object => ({ endpoint: { address: { socket_address: { address, port_value } } } });
const inRegion = (address: string, region: string, weight = 1): MeshEndpoint =>
  testEndpoint({ address, weight, locality: { region, zone: "", subZone: "" } });
const inR1 = { proxy: { locality: { region: "r1", zone: "", subZone: "" } } };

test("endpoints are grouped by where they run, and a group weighs what they weigh", () => {
  const endpoints = [
    inRegion("10.0.0.3", "r2", 5),
    inRegion("10.0.0.1", "r1", 2),
    inRegion("10.0.0.2", "r1", 3),
    testEndpoint({ address: "10.0.0.4" }),
  ];
  expect(assignmentOf(endpoints)).toEqual({
    cluster_name: name,
    endpoints: [
      { locality: {}, lb_endpoints: [{ ...socket("10.0.0.4"), load_balancing_weight: 1 }], load_balancing_weight: 1 },
      {
        locality: { region: "r1" },
        lb_endpoints: [
          { ...socket("10.0.0.1"), load_balancing_weight: 2 },
          { ...socket("10.0.0.2"), load_balancing_weight: 3 },
        ],
        load_balancing_weight: 5,
      },
      { locality: { region: "r2" }, lb_endpoints: [{ ...socket("10.0.0.3"), load_balancing_weight: 5 }], load_balancing_weight: 5 },
    ],
  });
});

test("what is unhealthy, weighs nothing or has no address is left out; what drains is said to", () => {
  const endpoints = [
    testEndpoint({ address: "10.0.0.1", health: "unhealthy" }),
    testEndpoint({ address: "10.0.0.2", weight: 0 }),
    testEndpoint({ address: "a.example.com" }),
    testEndpoint({ address: "10.0.0.3", health: "draining" }),
    testEndpoint({ address: "/run/app.sock", port: 0 }),
    testEndpoint({ address: "fd00::1" }),
  ];
  expect(assignmentOf(endpoints)).toHaveProperty("endpoints[0].lb_endpoints", [
    { ...socket("10.0.0.3"), health_status: "DRAINING", load_balancing_weight: 1 },
    { endpoint: { address: { pipe: { path: "/run/app.sock" } } }, load_balancing_weight: 1 },
    { ...socket("fd00::1"), load_balancing_weight: 1 },
  ]);
});

test("a port with endpoints that are known by name has no assignment: they are in its cluster", () => {
  const endpoints = [testEndpoint(), testEndpoint({ address: "provider-1.acme" })];
  expect(assignmentOf(endpoints)).toBeUndefined();
  expect([...endpointSetOf(testScope({ services: [testService()], endpoints: { [host]: endpoints } }))]).toEqual([]);
  expect(assignmentOf(endpoints, { proxy: { type: "grpc" } })).toHaveProperty("endpoints[0].lb_endpoints.length", 1);
  expect(assignmentOf([testEndpoint(), testEndpoint({ address: "no host!" })])).toHaveProperty("endpoints[0].lb_endpoints.length", 1);
});

test("what is sent is told from what is only listed", () => {
  expect(hasSentEndpoints([])).toBe(false);
  expect(
    hasSentEndpoints([testEndpoint({ weight: 0 }), testEndpoint({ health: "unhealthy" }), testEndpoint({ address: "no host!" })]),
  ).toBe(false);
  for (const sent of [testEndpoint(), testEndpoint({ address: "a.acme" }), testEndpoint({ health: "draining" })]) {
    expect(hasSentEndpoints([testEndpoint({ weight: 0 }), sent])).toBe(true);
  }
});

test("what drains is left out where it would move traffic to farther ones", () => {
  const endpoints = [inRegion("10.0.0.1", "r1"), { ...inRegion("10.0.0.2", "r1"), health: "draining" as const }];
  expect(assignmentOf(endpoints, { ...inR1, rules: { [host]: testRule(detection) } })).toHaveProperty("endpoints[0].lb_endpoints", [
    { ...socket("10.0.0.1"), load_balancing_weight: 1 },
  ]);
});

test("one address counts once, and weights are whole and not too large to be added up", () => {
  const endpoints = [
    testEndpoint({ variant: "@1.0.0", weight: 0.2 }),
    testEndpoint({ variant: "@2.0.0" }),
    testEndpoint({ port: 8081, weight: 2.6 }),
    testEndpoint({ port: 8082, weight: 4e9 }),
  ];
  expect(assignmentOf(endpoints)).toHaveProperty("endpoints[0].lb_endpoints", [
    { ...socket("10.1.0.1"), load_balancing_weight: 1 },
    { ...socket("10.1.0.1", 8081), load_balancing_weight: 3 },
    { ...socket("10.1.0.1", 8082), load_balancing_weight: 1_000_000 },
  ]);
});

test("a service without endpoints has an assignment without any; what is no cluster has none", () => {
  expect(assignmentOf([])).toEqual({ cluster_name: name });
  expect(endpointsOf(testScope({ services: [testService()] })).get(name)).toBeDefined();
  for (const other of [
    `outbound|81||${host}`,
    `outbound|80|v9|${host}`,
    `outbound|80||${host.toUpperCase()}`,
    "outbound|80||other",
    "inbound|80||",
    "BlackHoleCluster",
    "",
  ]) {
    expect(assignmentOf([testEndpoint()], {}, other)).toBeUndefined();
  }
});

test("a subset has the endpoints with its labels, a variant those of it and of unknown ones, and both what both have", () => {
  const services = [
    testService({
      hostname: "com.acme.Echo",
      ports: [{ name: "bolt", number: 12200, protocol: "bolt" }],
      variants: [
        { name: "@1.0", authority: "com.acme.Echo:1.0" },
        { name: "@2.0", authority: "com.acme.Echo:2.0" },
        { name: anyVariant, authority: "com.acme.Echo:*" },
      ],
    }),
  ];
  const listed = [
    testEndpoint({ address: "10.0.0.1", labels: { zone: "a" }, variant: "@1.0" }),
    testEndpoint({ address: "10.0.0.2", labels: { zone: "b" }, variant: "@1.0" }),
    testEndpoint({ address: "10.0.0.3", labels: { zone: "a" }, variant: "@2.0" }),
    testEndpoint({ address: "10.0.0.4", labels: { zone: "b" }, variant: anyVariant }),
  ];
  const scope = testScope({
    services,
    endpoints: { "com.acme.Echo": listed },
    rules: { "com.acme.Echo": testRule(undefined, [{ name: "a", labels: { zone: "a" } }]) },
    proxy: { dialect: "mosn" },
  });
  const addressesOf = (part: string): readonly (string | undefined)[] | undefined => {
    const resource = endpointsOf(scope).get(`outbound|12200|${part}|com.acme.Echo`);
    return (
      resource &&
      messageOf("envoy.config.endpoint.v3.ClusterLoadAssignment", resource).endpoints.flatMap(({ lbEndpoints }) =>
        lbEndpoints.map(({ endpoint }) => endpoint?.address?.socketAddress?.address),
      )
    );
  };
  expect(addressesOf("")).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"]);
  expect(addressesOf("a")).toEqual(["10.0.0.1", "10.0.0.3"]);
  expect(addressesOf("@1.0")).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.4"]);
  expect(addressesOf("@2.0")).toEqual(["10.0.0.3", "10.0.0.4"]);
  expect(addressesOf(anyVariant)).toEqual(["10.0.0.4"]);
  expect(addressesOf("a@1.0")).toEqual(["10.0.0.1"]);
  expect(addressesOf("@3.0")).toBeUndefined();
});

describe("localities", () => {
  const endpoints = [inRegion("10.0.0.1", "r1", 2), inRegion("10.0.0.2", "r2", 3), inRegion("10.0.0.3", "r3", 1)];
  const groupsOf = (policy: object): unknown =>
    (assignmentOf(endpoints, { ...inR1, rules: { [host]: testRule(policy) } }) as { endpoints?: unknown }).endpoints;

  test("priorities count up from the nearest without gaps", () => {
    expect(groupsOf(detection)).toMatchObject([
      { locality: { region: "r1" } },
      { locality: { region: "r2" }, priority: 1 },
      { locality: { region: "r3" }, priority: 1 },
    ]);
    const localityLbSetting = { distribute: [], failover: [{ from: "r1", to: "r3" }], failoverPriority: [] };
    expect(groupsOf({ ...detection, loadBalancer: { localityLbSetting } })).toMatchObject([
      { locality: { region: "r1" } },
      { locality: { region: "r3" }, priority: 1 },
      { locality: { region: "r2" }, priority: 2 },
    ]);
  });

  test("shares are dealt out, by weight among those of one pattern; localities without a share get nothing", () => {
    const groupsFor = (to: Record<string, number>): unknown =>
      groupsOf({ loadBalancer: { localityLbSetting: { distribute: [{ from: "r1/*", to }], failover: [], failoverPriority: [] } } });
    expect(groupsFor({ "r1/*": 80, "r2/*": 20 })).toMatchObject([
      { locality: { region: "r1" }, load_balancing_weight: 80 },
      { locality: { region: "r2" }, load_balancing_weight: 20 },
    ]);
    expect(groupsFor({ "r1/*": 20, "*": 80 })).toMatchObject([
      { load_balancing_weight: 20 },
      { locality: { region: "r2" }, load_balancing_weight: 60 },
      { locality: { region: "r3" }, load_balancing_weight: 20 },
    ]);
    expect(groupsFor({ "r1/*": 100, "r2/*": 0 })).toMatchObject([{ locality: { region: "r1" }, load_balancing_weight: 100 }]);
  });
});

describe("what is shared", () => {
  const service = testService();
  const other = testService({ hostname: "other.shop.svc.cluster.local" });
  const listed = new Map([["http", [testEndpoint()]]]);
  const scopeOf = (endpoints = listed, options: TestScopeOptions = {}) =>
    ({
      ...testScope({ services: [service, other], ...options }),
      mesh,
      endpoints: (of: object) => (of === service ? endpoints : listed),
    }) as const;
  const mesh = testScope().mesh;

  test("proxies that are sent the same are given the same object", () => {
    const one = endpointsOf(scopeOf()).get(name);
    expect(one).toBeDefined();
    expect(endpointsOf(scopeOf(listed, { proxy: { dialect: "mosn", namespace: "other", locality: inR1.proxy.locality } })).get(name)).toBe(
      one,
    );
  });

  test("another endpoint makes one resource again", () => {
    const before = [...endpointsOf(scopeOf())];
    const after = [...endpointsOf(scopeOf(new Map([["http", [testEndpoint({ address: "10.0.0.9" })]]])))];
    expect(after.filter((resource) => !before.includes(resource)).map((resource) => resource.name)).toEqual([name]);
  });

  test("proxies in other places have their own where failover counts", () => {
    const rules = { [host]: testRule(detection) };
    const at = (region: string): ReturnType<typeof endpointsOf> =>
      endpointsOf(scopeOf(listed, { rules, proxy: { locality: { region, zone: "", subZone: "" } } }));
    expect(at("r1").get(name)).not.toBe(at("r2").get(name));
  });
});

describe("sets", () => {
  test("one that is made of an earlier one is the one that is made from nothing", () => {
    fc.assert(
      fc.property(arbitrary.scope(), arbitrary.scope(), (one, other) => {
        expect(endpointSetOf(other, { scope: one, set: endpointSetOf(one) }).version).toBe(endpointSetOf(other).version);
      }),
    );
  });

  test("endpoints, rules and places that change while the services stay are noticed", () => {
    fc.assert(
      fc.property(
        arbitrary.scope(),
        arbitrary.endpoint(),
        arbitrary.rule(),
        arbitrary.proxy(),
        fc.nat(2),
        (one, added, rule, proxy, what) => {
          const other: ProxyScope = {
            ...one,
            ...(what === 0 && {
              endpoints: (service) => new Map([...one.endpoints(service)].map(([port, listed]) => [port, [...listed, added]])),
            }),
            ...(what === 1 && { destinationRule: () => rule }),
            ...(what === 2 && { proxy }),
          };
          const derived = endpointSetOf(other, { scope: one, set: endpointSetOf(one) });
          expect(derived.version).toBe(endpointSetOf(other).version);
          expect([...derived].map((resource) => resource.name).sort()).toEqual([...endpointsOf(other).names()].sort());
        },
      ),
    );
  });
});

describe("of any services", () => {
  test("there is an assignment for each EDS cluster, under the name that it asks for, and for no other", () => {
    fc.assert(
      fc.property(arbitrary.scope(), (scope) => {
        const asked = clustersOf(scope).flatMap((resource) => {
          const { edsClusterConfig } = messageOf("envoy.config.cluster.v3.Cluster", resource);
          return edsClusterConfig === null ? [] : [edsClusterConfig.serviceName];
        });
        const endpoints = endpointsOf(scope);
        expect([...endpoints.names()]).toEqual(asked);
        for (const clusterName of asked) {
          const resource = endpoints.get(clusterName);
          expect(resource && messageOf("envoy.config.endpoint.v3.ClusterLoadAssignment", resource).clusterName).toBe(clusterName);
        }
      }),
    );
  });

  test("every endpoint that can take requests is in its service's assignment, unless shares are dealt out", () => {
    fc.assert(
      fc.property(arbitrary.scope(), (scope) => {
        fc.pre(scope.mesh.localityLbSetting.distribute.length === 0);
        for (const service of scope.services) {
          for (const port of service.ports) {
            const resource = endpointsOf(scope).get(`outbound|${port.number}||${service.hostname}`);
            if (resource === undefined) continue;
            const setting = scope.destinationRule(service)?.trafficPolicy?.loadBalancer?.localityLbSetting;
            if (setting !== undefined && setting.distribute.length > 0) continue;
            const { endpoints } = messageOf("envoy.config.endpoint.v3.ClusterLoadAssignment", resource);
            const sent = endpoints.flatMap(({ lbEndpoints }) =>
              lbEndpoints.map(
                ({ endpoint }) => `${endpoint?.address?.socketAddress?.address} ${endpoint?.address?.socketAddress?.portValue}`,
              ),
            );
            const able = (scope.endpoints(service).get(port.name) ?? [])
              .filter(({ address, health, weight }) => health === "healthy" && weight > 0 && isIP(address) > 0)
              .map(({ address, port: number }) => `${address} ${number}`);
            expect(sent).toEqual(expect.arrayContaining(able));
          }
        }
      }),
    );
  });

  test("priorities are without gaps and part the endpoints, each in one place, with weights that Envoy takes", () => {
    fc.assert(
      fc.property(arbitrary.scope(), (scope) => {
        for (const resource of endpointsOf(scope)) {
          const { endpoints } = messageOf("envoy.config.endpoint.v3.ClusterLoadAssignment", resource);
          const priorities = [...new Set(endpoints.map(({ priority }) => priority))];
          expect(priorities).toEqual(priorities.map((_, index) => index));
          const places = endpoints.map(({ priority, locality }) => JSON.stringify([priority, locality]));
          expect(new Set(places).size).toBe(places.length);
          const addresses = endpoints.flatMap(({ lbEndpoints }) => lbEndpoints.map(({ endpoint }) => JSON.stringify(endpoint?.address)));
          expect(new Set(addresses).size).toBe(addresses.length);
          for (const group of endpoints) {
            expect(group.loadBalancingWeight?.value).toBeGreaterThan(0);
            expect(group.lbEndpoints.length).toBeGreaterThan(0);
            for (const { loadBalancingWeight } of group.lbEndpoints) expect(loadBalancingWeight?.value).toBeGreaterThan(0);
          }
        }
      }),
    );
  });
});
