import { fromJson } from "@mesh/xds-proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConfigPath } from "../config/index.ts";
import { emptySnapshot } from "../runtime/index.ts";
import { snapshotOf } from "../runtime/testing.ts";
import type { LoadBalancerExtension } from "./balancer/load-balancer.ts";
import { HostHealth, type Host, type LoadBalancerContext } from "./contract.ts";
import { type Endpoint, type LoadAssignment, readStaticEndpoints } from "./endpoint.ts";
import { coarseHealth } from "./host.ts";
import { allocatePoolSlot } from "./pool-slot.ts";
import {
  anyHost,
  assignment,
  lbEndpoint,
  passes,
  RecordingPool,
  scriptedCheck,
  settle,
  testClusters,
  type TestClusters,
} from "./testing.ts";

const ports = (count: number): string[] => Array.from({ length: count }, (_, index) => `10.0.0.1:${index + 1}`);

function started(cluster: object, name: string = "c"): TestClusters {
  const clusters = testClusters([{ name, ...cluster }]);
  clusters.manager.start();
  return clusters;
}

const chosen = ({ cluster }: TestClusters, count: number): Set<string | undefined> =>
  new Set(Array.from({ length: count }, () => cluster().pickHost(anyHost)?.addressText));

describe("a static cluster", () => {
  test("has a host for each endpoint, in their order", () => {
    const { hosts, stat } = started({ load_assignment: assignment("10.0.0.1:80", "10.0.0.2:80") });
    expect(hosts()).toEqual(["10.0.0.1:80", "10.0.0.2:80"]);
    expect(stat("cluster.c.membership_total")).toBe(2);
    expect(stat("cluster.c.membership_healthy")).toBe(2);
    expect(stat("cluster.c.membership_change")).toBe(1);
  });

  test("has as many hosts of an address as endpoints name it", () => {
    expect(started({ load_assignment: assignment("10.0.0.1:80", "10.0.0.1:80") }).hosts()).toEqual(["10.0.0.1:80", "10.0.0.1:80"]);
  });

  test("is used under another name in statistics where it has one", () => {
    const { stat } = started({ alt_stat_name: "other", load_assignment: assignment("10.0.0.1:80") });
    expect(stat("cluster.other.membership_total")).toBe(1);
  });

  test("chooses nothing when it has no hosts", () => {
    expect(started({ load_assignment: assignment() }).cluster().pickHost(anyHost)).toBeUndefined();
  });

  test("takes each host in turn", () => {
    const clusters = started({ load_assignment: assignment(...ports(3)) });
    expect(chosen(clusters, 3).size).toBe(3);
  });

  test("shares the streams by weight", () => {
    const clusters = started({
      load_assignment: {
        cluster_name: "c",
        endpoints: [{ lb_endpoints: [lbEndpoint("10.0.0.1:1", { load_balancing_weight: 3 }), lbEndpoint("10.0.0.1:2")] }],
      },
    });
    const picks = Array.from({ length: 8 }, () => clusters.cluster().pickHost(anyHost)?.addressText);
    expect(picks.filter((text) => text === "10.0.0.1:1")).toHaveLength(6);
    expect(clusters.stat("cluster.c.max_host_weight")).toBe(3);
  });
});

describe("health and choice", () => {
  test("a host out of choice is not chosen, and is again when it is back", () => {
    const clusters = started({ load_assignment: assignment(...ports(3)) });
    const host = clusters.cluster().hosts[0]!;
    host.setHealth(HostHealth.Draining, true);
    expect(chosen(clusters, 9)).toEqual(new Set(["10.0.0.1:2", "10.0.0.1:3"]));
    expect(clusters.stat("cluster.c.membership_healthy")).toBe(2);
    host.setHealth(HostHealth.Draining, false);
    expect(chosen(clusters, 9).size).toBe(3);
    expect(clusters.stat("cluster.c.membership_healthy")).toBe(3);
  });

  test("health is disregarded, and that counted, when fewer than half of the hosts are healthy", () => {
    const clusters = started({ load_assignment: assignment(...ports(3)) });
    const [first, second] = clusters.cluster().hosts;
    first!.setHealth(HostHealth.Ejected, true);
    second!.setHealth(HostHealth.Ejected, true);
    expect(chosen(clusters, 9).size).toBe(3);
    expect(clusters.stat("cluster.c.lb_healthy_panic")).toBe(9);
  });

  test("there is no panic below a threshold of 0: without healthy hosts nothing is chosen", () => {
    const clusters = started({
      load_assignment: assignment(...ports(2)),
      common_lb_config: { healthy_panic_threshold: { value: 0 } },
    });
    for (const host of clusters.cluster().hosts) host.setHealth(HostHealth.Ejected, true);
    expect(clusters.cluster().pickHost(anyHost)).toBeUndefined();
    expect(clusters.stat("cluster.c.lb_healthy_panic")).toBe(0);
  });

  test("the threshold is the runtime's where it has one, from the next stream on", () => {
    const clusters = started({ load_assignment: assignment(...ports(3)) });
    for (const host of clusters.cluster().hosts) host.setHealth(HostHealth.Ejected, true);
    expect(chosen(clusters, 9).size).toBe(3);
    clusters.runtime.flags.current = snapshotOf({ "upstream.healthy_panic_threshold": 0 });
    expect(clusters.cluster().pickHost(anyHost)).toBeUndefined();
    clusters.runtime.flags.current = emptySnapshot;
    expect(chosen(clusters, 9).size).toBe(3);
  });

  test("what the endpoints say of their health holds", () => {
    const endpoint = (text: string, health_status: string): object => lbEndpoint(text, { health_status });
    const clusters = started({
      load_assignment: {
        cluster_name: "c",
        endpoints: [
          { lb_endpoints: [endpoint("10.0.0.1:1", "TIMEOUT"), endpoint("10.0.0.1:2", "HEALTHY"), endpoint("10.0.0.1:3", "DEGRADED")] },
        ],
      },
      common_lb_config: { healthy_panic_threshold: { value: 0 } },
    });
    // One of three is healthy, which carries 46 %; the degraded one gets as much as it carries, the same; 4 % are left to the first.
    expect(chosen(clusters, 200)).toEqual(new Set(["10.0.0.1:2", "10.0.0.1:3"]));
    expect(clusters.stat("cluster.c.membership_healthy")).toBe(1);
    expect(clusters.stat("cluster.c.membership_degraded")).toBe(1);
  });

  test("hosts of the next priority take over what those before cannot carry", () => {
    const clusters = started({
      load_assignment: {
        cluster_name: "c",
        endpoints: [
          { priority: 1, lb_endpoints: [lbEndpoint("10.0.0.2:1"), lbEndpoint("10.0.0.2:2")] },
          { priority: 0, lb_endpoints: [lbEndpoint("10.0.0.1:1"), lbEndpoint("10.0.0.1:2")] },
        ],
      },
    });
    expect(chosen(clusters, 50)).toEqual(new Set(["10.0.0.1:1", "10.0.0.1:2"]));
    clusters
      .cluster()
      .hosts.find((host) => host.addressText === "10.0.0.1:1")!
      .setHealth(HostHealth.Ejected, true);
    const picks = Array.from({ length: 2000 }, () => clusters.cluster().pickHost(anyHost)?.addressText);
    expect(new Set(picks)).toEqual(new Set(["10.0.0.1:2", "10.0.0.2:1", "10.0.0.2:2"]));
    expect(picks.filter((text) => text === "10.0.0.1:2").length / 2000).toBeCloseTo(0.7, 1);
  });

  test("an unhealthy host is never chosen outside of panic, whatever happens in whatever order", () => {
    const bits = fc.constantFrom(...Object.values(HostHealth));
    const step = fc.record({ host: fc.nat({ max: 5 }), bit: bits, on: fc.boolean(), picks: fc.nat({ max: 5 }) });
    const policy = fc.constantFrom("ROUND_ROBIN", "LEAST_REQUEST", "RANDOM");
    fc.assert(
      fc.property(policy, fc.array(step, { maxLength: 40 }), (lb_policy, steps) => {
        const clusters = started({ lb_policy, load_assignment: assignment(...ports(6)) });
        const { hosts } = clusters.cluster();
        for (const { host, bit, on, picks } of steps) {
          hosts[host]!.setHealth(bit, on);
          for (let pick = 0; pick < picks; pick++) {
            const before = clusters.stat("cluster.c.lb_healthy_panic");
            const found = clusters.cluster().pickHost(anyHost);
            const panicked = clusters.stat("cluster.c.lb_healthy_panic") > before;
            if (!panicked) expect(coarseHealth(found?.health ?? HostHealth.Ejected)).not.toBe("unhealthy");
          }
          const healthy = hosts.filter(({ health }) => coarseHealth(health) === "healthy").length;
          expect(clusters.stat("cluster.c.membership_healthy")).toBe(healthy);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe("retries", () => {
  /** Skips hosts as often as it may. */
  const skipping = (skipped: readonly Host[], attempts: number): LoadBalancerContext & { readonly asked: Host[] } => {
    const asked: Host[] = [];
    return { ...anyHost, asked, shouldSkip: (host) => asked.push(host) <= attempts && skipped.includes(host) };
  };

  test("another host is chosen when one is to be skipped", () => {
    const { cluster } = started({ load_assignment: assignment(...ports(2)) });
    const [first, second] = cluster().hosts;
    for (let round = 0; round < 4; round++) expect(cluster().pickHost(skipping([first!], 1))).toBe(second);
  });

  test("the last host is taken, to be skipped or not, when the stream has had enough", () => {
    const { cluster } = started({ load_assignment: assignment(...ports(3)) });
    const context = skipping(cluster().hosts, 5);
    expect(cluster().pickHost(context)).toBe(context.asked.at(-1));
    expect(context.asked).toHaveLength(6);
  });

  test("the search ends even for a stream that never has enough", () => {
    const { cluster } = started({ load_assignment: assignment(...ports(3)) });
    expect(cluster().pickHost(skipping(cluster().hosts, Infinity))).toBeDefined();
  });
});

describe("updates of hosts", () => {
  const endpointsOf = (clusters: TestClusters): readonly Host[] => clusters.cluster().hosts;

  test("hosts that stay keep their identity, pools and statistics; those that go are drained", async () => {
    const clusters = testClusters([{ type: "STRICT_DNS", load_assignment: assignment("back.end:80") }]);
    clusters.runtime.resolver.answer("back.end", ["10.0.0.1", "10.0.0.2"]);
    clusters.manager.start();
    await settle();
    const [first, second] = endpointsOf(clusters);
    const pools = [new RecordingPool(), new RecordingPool()];
    const { slot } = allocatePoolSlot();
    first!.pools[slot] = pools[0];
    second!.pools[slot] = pools[1];
    first!.stats.rqTotal = 7;
    clusters.runtime.resolver.answer("back.end", ["10.0.0.3", "10.0.0.1"]);
    clusters.runtime.advance(5100);
    await settle();
    expect(clusters.hosts()).toEqual(["10.0.0.3:80", "10.0.0.1:80"]);
    expect(endpointsOf(clusters)[1]).toBe(first);
    expect(pools.map(({ calls }) => calls)).toEqual([[], ["drain"]]);
    expect(second!.pools).toEqual([]);
    expect(clusters.stat("cluster.c.membership_change")).toBe(2);
    // What a connection of the removed host still tells does not count.
    second!.setHealth(HostHealth.Draining, true);
    expect(clusters.stat("cluster.c.membership_healthy")).toBe(2);
  });

  test("all connections are drained when hosts change, where that is asked for", async () => {
    const clusters = testClusters([
      {
        type: "STRICT_DNS",
        load_assignment: assignment("back.end:80"),
        common_lb_config: { close_connections_on_host_set_change: true },
      },
    ]);
    clusters.runtime.resolver.answer("back.end", ["10.0.0.1"]);
    clusters.manager.start();
    await settle();
    const pool = new RecordingPool();
    endpointsOf(clusters)[0]!.pools[allocatePoolSlot().slot] = pool;
    clusters.runtime.resolver.answer("back.end", ["10.0.0.1", "10.0.0.2"]);
    clusters.runtime.advance(5100);
    await settle();
    expect(pool.calls).toEqual(["drain"]);
  });

  test("a host that discovery drops stays for as long as it passes its health checks", async () => {
    const clusters = testClusters([{ type: "STRICT_DNS", load_assignment: assignment("back.end:80"), health_checks: [scriptedCheck] }]);
    const { runtime, checker, hosts, cluster } = clusters;
    runtime.resolver.answer("back.end", ["10.0.0.1", "10.0.0.2"]);
    clusters.manager.start();
    await settle();
    await checker.answer("10.0.0.1:80", passes);
    await checker.answer("10.0.0.2:80", passes);
    runtime.resolver.answer("back.end", ["10.0.0.1"]);
    runtime.advance(5100);
    await settle();
    expect(hosts()).toEqual(["10.0.0.1:80", "10.0.0.2:80"]);
    expect(cluster().hosts[1]!.pendingRemoval).toBe(true);

    runtime.advance(55_000);
    await checker.answer("10.0.0.2:80", { healthy: false, failure: "final", reason: "gone" });
    expect(hosts()).toEqual(["10.0.0.1:80"]);
    expect(checker.closed).toEqual(["10.0.0.2:80"]);
    const asked = checker.asked.length;
    await checker.answer("10.0.0.1:80", passes);
    runtime.advance(60_100);
    expect(checker.asked.slice(asked)).toEqual(["10.0.0.1:80"]);
  });

  test("a host that discovery drops goes at once where health is to be ignored", async () => {
    const clusters = testClusters([
      {
        type: "STRICT_DNS",
        load_assignment: assignment("back.end:80"),
        health_checks: [scriptedCheck],
        ignore_health_on_host_removal: true,
      },
    ]);
    clusters.runtime.resolver.answer("back.end", ["10.0.0.1"]);
    clusters.manager.start();
    await settle();
    await clusters.checker.answer("10.0.0.1:80", passes);
    clusters.runtime.resolver.answer("back.end", ["10.0.0.2"]);
    clusters.runtime.advance(5100);
    await settle();
    expect(clusters.hosts()).toEqual(["10.0.0.2:80"]);
  });
});

describe("updates of a load assignment", () => {
  const endpoint = (port: number, fields: object = {}): object => lbEndpoint(`10.0.0.1:${port}`, fields);
  const read = (fields: object): LoadAssignment<Endpoint> =>
    readStaticEndpoints(
      fromJson("envoy.config.endpoint.v3.ClusterLoadAssignment", { cluster_name: "c", ...fields }),
      ConfigPath.of("load_assignment"),
    );
  const localities = (weights: readonly number[], policy: object = {}): object => ({
    policy,
    endpoints: weights.map((load_balancing_weight, index) => ({
      locality: { region: `r${index}` },
      load_balancing_weight,
      lb_endpoints: [endpoint(index + 1)],
    })),
  });
  const weighted = { common_lb_config: { locality_weighted_lb_config: {} } };
  const withAssignment = (fields: object, cluster: object = {}): TestClusters =>
    started({ load_assignment: { cluster_name: "c", ...fields }, ...cluster });

  /** Picks of each host, in the order of the cluster's hosts. */
  const counts = ({ cluster }: TestClusters, picks: number): readonly number[] => {
    const picked = Array.from({ length: picks }, () => cluster().pickHost(anyHost));
    return cluster().hosts.map((host) => picked.filter((other) => other === host).length);
  };

  test("that change nothing leave everything as it is, the picker's turn included", () => {
    const fields = localities([1, 3]);
    const clusters = withAssignment(fields, weighted);
    const cluster = clusters.cluster();
    const { hosts } = cluster;
    const alone = withAssignment(fields, weighted);
    const picks = (subject: TestClusters): string | undefined => subject.cluster().pickHost(anyHost)?.addressText;
    for (let turn = 0; turn < 12; turn++) {
      expect(picks(clusters)).toBe(picks(alone));
      expect(cluster.updateHosts(read(fields))).toBe(false);
    }
    expect(cluster.hosts).toBe(hosts);
    expect(clusters.stat("cluster.c.membership_change")).toBe(1);
  });

  test("change weights of localities, and leave hosts, their connections and the membership alone", () => {
    const clusters = withAssignment(localities([1, 3]), weighted);
    const cluster = clusters.cluster();
    const [first] = cluster.hosts;
    const pool = new RecordingPool();
    first!.pools[allocatePoolSlot().slot] = pool;
    expect(counts(clusters, 40)).toEqual([10, 30]);
    expect(cluster.updateHosts(read(localities([3, 1])))).toBe(true);
    expect(cluster.hosts[0]).toBe(first);
    expect(counts(clusters, 40)).toEqual([30, 10]);
    expect(pool.calls).toEqual([]);
    expect(clusters.stat("cluster.c.membership_change")).toBe(1);
  });

  test("change the overprovisioning factor", () => {
    const fields = (overprovisioning_factor: number): object => ({
      policy: { overprovisioning_factor },
      endpoints: [
        { lb_endpoints: [endpoint(1), endpoint(2, { health_status: "UNHEALTHY" })] },
        { priority: 1, lb_endpoints: [endpoint(3)] },
      ],
    });
    const clusters = withAssignment(fields(200));
    expect(counts(clusters, 100)).toEqual([100, 0, 0]);
    clusters.cluster().updateHosts(read(fields(100)));
    const [first, , third] = counts(clusters, 1000);
    expect(first! / 1000).toBeCloseTo(0.5, 1);
    expect(third! / 1000).toBeCloseTo(0.5, 1);
  });

  test("change which share of the requests is dropped", () => {
    const dropping = (numerator: number): object => ({ drop_overloads: [{ category: "a", drop_percentage: { numerator } }] });
    const clusters = withAssignment(localities([1], dropping(20)));
    expect(clusters.cluster().dropOverload).toBe(0.2);
    expect(clusters.cluster().updateHosts(read(localities([1])))).toBe(true);
    expect(clusters.cluster().dropOverload).toBe(0);
  });

  test("hold for clusters of names as well", async () => {
    const policy = { drop_overloads: [{ category: "a", drop_percentage: { numerator: 100 } }] };
    const endpoints = ["a.test:80", "b.test:80"].map((name, index) => ({
      locality: { region: name },
      load_balancing_weight: index === 0 ? 1 : 3,
      lb_endpoints: [lbEndpoint(name)],
    }));
    const clusters = testClusters([{ type: "STRICT_DNS", load_assignment: { cluster_name: "c", policy, endpoints }, ...weighted }]);
    clusters.runtime.resolver.answer("a.test", ["10.0.0.1"]);
    clusters.runtime.resolver.answer("b.test", ["10.0.0.2", "10.0.0.3"]);
    clusters.manager.start();
    await settle();
    expect(clusters.cluster().dropOverload).toBe(1);
    // 1 : 3, and that shared by two.
    expect(counts(clusters, 80)).toEqual([20, 30, 30]);
  });

  test("that say that a host drains take it out of choice and out of the count", () => {
    const fields = { endpoints: [{ lb_endpoints: [endpoint(1), endpoint(2), endpoint(3)] }] };
    const clusters = withAssignment(fields);
    const draining = { health_status: "DRAINING" };
    clusters.cluster().updateHosts(read({ endpoints: [{ lb_endpoints: [endpoint(1), endpoint(2, draining), endpoint(3, draining)] }] }));
    expect(counts(clusters, 10)).toEqual([10, 0, 0]);
    expect(clusters.stat("cluster.c.lb_healthy_panic")).toBe(0);
    expect(clusters.stat("cluster.c.membership_excluded")).toBe(2);
    expect(clusters.stat("cluster.c.membership_healthy")).toBe(1);
    clusters.cluster().updateHosts(read(fields));
    expect(clusters.stat("cluster.c.membership_excluded")).toBe(0);
    expect(chosen(clusters, 10).size).toBe(3);
  });
});

describe("the choice of a load balancer", () => {
  const typedConfig = (name: string, fields: object = {}): object => ({
    load_balancing_policy: {
      policies: [{ typed_extension_config: { name: "lb", typed_config: { "@type": `type.googleapis.com/${name}`, ...fields } } }],
    },
  });
  const busyFirst = (cluster: object): Set<string | undefined> => {
    const clusters = started({ load_assignment: assignment(...ports(3)), ...cluster });
    clusters.cluster().hosts[0]!.stats.rqActive = 100;
    return chosen(clusters, 100);
  };

  test.each([
    ["lb_policy ROUND_ROBIN", { lb_policy: "ROUND_ROBIN" }, 3],
    ["lb_policy LEAST_REQUEST with many choices", { lb_policy: "LEAST_REQUEST", least_request_lb_config: { choice_count: 100 } }, 2],
    ["lb_policy RANDOM", { lb_policy: "RANDOM" }, 3],
    ["the policy RoundRobin", typedConfig("envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin"), 3],
    [
      "the policy LeastRequest",
      typedConfig("envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest", { selection_method: "FULL_SCAN" }),
      2,
    ],
    ["the policy Random", typedConfig("envoy.extensions.load_balancing_policies.random.v3.Random"), 3],
  ])("%s", (_name, cluster, expected) => {
    expect(busyFirst(cluster).size).toBe(expected);
  });

  const biased = { active_request_bias: { default_value: 0, runtime_key: "bias" } };
  test.each([
    ["lb_policy LEAST_REQUEST", { lb_policy: "LEAST_REQUEST", least_request_lb_config: biased }],
    ["the policy LeastRequest", typedConfig("envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest", biased)],
  ])("%s weighs requests in flight as the runtime says", (_name, cluster) => {
    const endpoints = [{ lb_endpoints: ports(2).map((address, index) => lbEndpoint(address, { load_balancing_weight: index + 1 })) }];
    const clusters = started({ load_assignment: { cluster_name: "c", endpoints }, ...cluster });
    const busy = clusters.cluster().hosts[1]!;
    busy.stats.rqActive = 9;
    const picksOfBusy = (): number =>
      Array.from({ length: 300 }, () => clusters.cluster().pickHost(anyHost)).filter((picked) => picked === busy).length;
    expect(picksOfBusy()).toBe(200);
    clusters.runtime.flags.current = snapshotOf({ bias: 2 });
    expect(picksOfBusy()).toBeLessThan(10);
    clusters.runtime.flags.current = snapshotOf({ bias: -1 });
    expect(picksOfBusy()).toBeGreaterThan(40);
  });

  const localityName = "envoy.extensions.load_balancing_policies";
  const byLocality = { locality_lb_config: { locality_weighted_lb_config: {} } };
  const asked = { common_lb_config: { locality_weighted_lb_config: {} } };
  test.each([
    ["lb_policy ROUND_ROBIN", { lb_policy: "ROUND_ROBIN", ...asked }],
    ["lb_policy LEAST_REQUEST", { lb_policy: "LEAST_REQUEST", ...asked }],
    ["lb_policy RANDOM", { lb_policy: "RANDOM", ...asked }],
    ["the policy RoundRobin", typedConfig(`${localityName}.round_robin.v3.RoundRobin`, byLocality)],
    ["the policy LeastRequest", typedConfig(`${localityName}.least_request.v3.LeastRequest`, byLocality)],
    ["the policy Random", typedConfig(`${localityName}.random.v3.Random`, byLocality)],
  ])("by the weights of localities, with %s", (_name, cluster) => {
    const locality = (region: string, load_balancing_weight: number, addresses: readonly string[]): object => ({
      locality: { region },
      load_balancing_weight,
      lb_endpoints: addresses.map((address) => lbEndpoint(address)),
    });
    const endpoints = [locality("a", 3, ["10.0.0.1:1"]), locality("b", 1, ["10.0.0.2:1", "10.0.0.2:2"])];
    const clusters = started({ load_assignment: { cluster_name: "c", endpoints }, ...cluster });
    const picks = Array.from({ length: 400 }, () => clusters.cluster().pickHost(anyHost)?.addressText);
    expect(picks.filter((text) => text === "10.0.0.1:1")).toHaveLength(300);
    expect(new Set(picks).size).toBe(3);
  });

  test("asks for localities in the policy alone, where there is one", () => {
    const cluster = { ...typedConfig(`${localityName}.round_robin.v3.RoundRobin`), ...asked };
    expect(() => started({ load_assignment: assignment(), ...cluster })).toThrow("locality_weighted_lb_config: belongs into the policy");
  });

  test("a policy of the user's own", () => {
    const first: LoadBalancerExtension = {
      name: "test.first",
      category: "envoy.load_balancing_policies",
      messageName: "google.protobuf.Int32Value",
      fields: undefined,
      create: () => (hosts) => ({ pick: () => hosts[0] }),
    };
    const clusters = testClusters(
      [{ load_assignment: assignment(...ports(3)), ...typedConfig("google.protobuf.Int32Value", { value: 1 }) }],
      {
        loadBalancers: [first],
      },
    );
    clusters.manager.start();
    expect(chosen(clusters, 10)).toEqual(new Set(["10.0.0.1:1"]));
    clusters.cluster().hosts[0]!.setHealth(HostHealth.Ejected, true);
    expect(chosen(clusters, 10)).toEqual(new Set(["10.0.0.1:2"]));
  });
});

test("metadata of a cluster and of its hosts is kept for formats", () => {
  const ns = (key: string): object => ({ metadata: { filter_metadata: { ns: { key } } } });
  const lbEndpoint = { endpoint: { address: { socket_address: { address: "10.0.0.1", port_value: 80 } } }, ...ns("host") };
  const load_assignment = { cluster_name: "c", endpoints: [{ lb_endpoints: [lbEndpoint] }] };
  const clusters = started({ load_assignment, ...ns("cluster") });
  const cluster = clusters.cluster("c");
  expect(cluster.metadata).toEqual({ ns: { key: "cluster" } });
  expect(cluster.hosts.map(({ metadata }) => metadata)).toEqual([{ ns: { key: "host" } }]);
});
