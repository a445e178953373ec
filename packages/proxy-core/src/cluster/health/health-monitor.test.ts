import { describe, expect, test } from "vitest";
import { snapshotOf } from "../../runtime/testing.ts";
import { HostHealth } from "../contract.ts";
import { allocatePoolSlot } from "../pool-slot.ts";
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
} from "../testing.ts";
import type { HealthCheckResult } from "./health-checker.ts";

const host = "10.0.0.1:80";
const refuses: HealthCheckResult = { healthy: false, failure: "final", reason: "status 503" };
const retriable: HealthCheckResult = { healthy: false, failure: "retriable", reason: "status 429" };
const unreachable: HealthCheckResult = { healthy: false, failure: "network", reason: "refused" };

function started(check: object = {}, cluster: object = {}): TestClusters {
  const clusters = testClusters([{ load_assignment: assignment(host), health_checks: [{ ...scriptedCheck, ...check }], ...cluster }]);
  clusters.manager.start();
  return clusters;
}

/** Begins with a host that has passed its first check, in a cluster that has had traffic. */
async function healthy(check: object = {}, cluster: object = {}): Promise<TestClusters> {
  const clusters = started(check, cluster);
  clusters.cluster().stats.upstreamCxTotal.inc();
  await clusters.checker.answer(host, passes);
  return clusters;
}

const isHealthy = (clusters: TestClusters): boolean => clusters.cluster().hosts[0]!.health === 0;

/** Milliseconds until the next check begins, rounded to seconds: the timer wheel is a slot late. */
function waitForCheck({ runtime, checker }: TestClusters): number {
  const asked = checker.asked.length;
  let waited = 0;
  while (checker.asked.length === asked && waited < 200_000) {
    runtime.advance(100);
    waited += 100;
  }
  return Math.round(waited / 1000) * 1000;
}

async function next(clusters: TestClusters, result: HealthCheckResult): Promise<number> {
  const waited = waitForCheck(clusters);
  await clusters.checker.answer(host, result);
  return waited;
}

describe("the state of a checked host", () => {
  test("is unhealthy until the first check, which decides alone", async () => {
    const clusters = started();
    expect(isHealthy(clusters)).toBe(false);
    expect(clusters.stat("cluster.c.health_check.healthy")).toBe(0);
    await clusters.checker.answer(host, passes);
    expect(isHealthy(clusters)).toBe(true);
    expect(clusters.stat("cluster.c.health_check.healthy")).toBe(1);
    expect(clusters.stat("cluster.c.membership_healthy")).toBe(1);
  });

  test.each([
    ["without an answer", unreachable],
    ["with an answer that may be retried", retriable],
  ])("changes after unhealthy_threshold failures in a row %s", async (_name, failure) => {
    const clusters = await healthy();
    await next(clusters, failure);
    await next(clusters, failure);
    await next(clusters, passes);
    await next(clusters, failure);
    await next(clusters, failure);
    expect(isHealthy(clusters)).toBe(true);
    await next(clusters, failure);
    expect(isHealthy(clusters)).toBe(false);
    expect(clusters.stat("cluster.c.health_check.healthy")).toBe(0);
  });

  test("changes at once after an answer that refuses", async () => {
    const clusters = await healthy();
    await next(clusters, refuses);
    expect(isHealthy(clusters)).toBe(false);
  });

  test("changes back after healthy_threshold successes in a row", async () => {
    const clusters = await healthy();
    await next(clusters, refuses);
    await next(clusters, passes);
    await next(clusters, refuses);
    await next(clusters, passes);
    expect(isHealthy(clusters)).toBe(false);
    await next(clusters, passes);
    expect(isHealthy(clusters)).toBe(true);
  });

  test("counts a check that takes longer than the timeout as failed, and gives it up", async () => {
    const clusters = await healthy({ unhealthy_threshold: 1 });
    waitForCheck(clusters);
    clusters.runtime.advance(1100);
    expect(isHealthy(clusters)).toBe(false);
    expect(clusters.cluster().hosts[0]!.checkTimedOut).toBe(true);
    expect(clusters.checker.waiting.size).toBe(0);
    expect(clusters.stat("cluster.c.health_check.network_failure")).toBe(1);
    await next(clusters, passes);
    expect(clusters.cluster().hosts[0]!.checkTimedOut).toBe(false);
  });

  test("counts a checker that throws as a failure to reach the host", async () => {
    const clusters = await healthy({ unhealthy_threshold: 1 });
    waitForCheck(clusters);
    await clusters.checker.answer(host, new Error("broken"));
    expect(isHealthy(clusters)).toBe(false);
    expect(clusters.stat("cluster.c.health_check.network_failure")).toBe(1);
  });

  test("is degraded while the host says so", async () => {
    const clusters = await healthy();
    await next(clusters, { healthy: true, degraded: true });
    expect(clusters.stat("cluster.c.membership_degraded")).toBe(1);
    await next(clusters, passes);
    expect(clusters.stat("cluster.c.membership_degraded")).toBe(0);
  });

  test("is failed and not counted after the host asked for it, until a check passes", async () => {
    const clusters = await healthy({ healthy_threshold: 1 });
    clusters.cluster().hosts[0]!.failActiveCheck();
    expect(clusters.cluster().hosts[0]!.health).toBe(HostHealth.FailedActiveCheck | HostHealth.ImmediateFailure);
    expect(clusters.stat("cluster.c.membership_excluded")).toBe(1);
    expect(clusters.stat("cluster.c.health_check.passive_failure")).toBe(1);
    await next(clusters, passes);
    expect(isHealthy(clusters)).toBe(true);
    expect(clusters.stat("cluster.c.membership_excluded")).toBe(0);
  });

  test("does not count new hosts before their first check where that is asked for", async () => {
    const clusters = started({}, { common_lb_config: { ignore_new_hosts_until_first_hc: true } });
    expect(clusters.stat("cluster.c.membership_excluded")).toBe(1);
    await clusters.checker.answer(host, refuses);
    expect(clusters.stat("cluster.c.membership_excluded")).toBe(0);
    expect(isHealthy(clusters)).toBe(false);
  });

  test("costs the host its connections when it turns bad", async () => {
    const clusters = await healthy();
    const pool = new RecordingPool();
    clusters.cluster().hosts[0]!.pools[allocatePoolSlot().slot] = pool;
    await next(clusters, refuses);
    await next(clusters, refuses);
    expect(pool.calls).toEqual(["drain"]);
  });

  test("is not checked where the endpoint is not to be", async () => {
    const unchecked = lbEndpoint("10.0.0.2:80", {}, { health_check_config: { disable_active_health_check: true } });
    const clusters = testClusters([
      {
        load_assignment: { cluster_name: "c", endpoints: [{ lb_endpoints: [lbEndpoint(host), unchecked] }] },
        health_checks: [scriptedCheck],
      },
    ]);
    clusters.manager.start();
    expect(clusters.checker.asked).toEqual([host]);
    expect(clusters.cluster().hosts[1]!.health).toBe(0);
    await clusters.checker.answer(host, refuses);
    expect(clusters.cluster().pickHost(anyHost)?.addressText).toBe("10.0.0.2:80");
  });

  test("is what another port and address say where the endpoint names them", () => {
    const endpoint = (config: object): object => lbEndpoint(host, {}, { health_check_config: config });
    const other = { socket_address: { address: "10.0.0.9", port_value: 1 } };
    const clusters = testClusters([
      {
        load_assignment: {
          cluster_name: "c",
          endpoints: [
            { lb_endpoints: [endpoint({ port_value: 81 }), endpoint({ address: other }), endpoint({ address: other, port_value: 2 })] },
          ],
        },
        health_checks: [scriptedCheck],
      },
    ]);
    clusters.manager.start();
    expect(clusters.checker.asked).toEqual(["10.0.0.1:81", "10.0.0.9:1", "10.0.0.9:2"]);
  });
});

describe("the time between checks", () => {
  const intervals = {
    unhealthy_interval: "20s",
    unhealthy_edge_interval: "30s",
    healthy_edge_interval: "40s",
    no_traffic_interval: "50s",
    no_traffic_healthy_interval: "70s",
  };

  test("is the interval while nothing changes", async () => {
    const clusters = await healthy(intervals);
    expect([await next(clusters, passes), await next(clusters, passes)]).toEqual([10_000, 10_000]);
  });

  test("is an edge interval while the state is about to change, and the unhealthy interval after it has", async () => {
    const clusters = await healthy(intervals);
    const waits: number[] = [];
    for (const result of [unreachable, unreachable, unreachable, unreachable, passes, passes, passes])
      waits.push(await next(clusters, result));
    expect(waits).toEqual([10_000, 30_000, 30_000, 20_000, 20_000, 40_000, 10_000]);
  });

  test("is longer for as long as the cluster has had no traffic", async () => {
    const clusters = started(intervals);
    await clusters.checker.answer(host, unreachable);
    expect(await next(clusters, passes)).toBe(50_000);
    expect(await next(clusters, passes)).toBe(70_000);
    clusters.cluster().stats.upstreamCxTotal.inc();
    expect(await next(clusters, passes)).toBe(70_000);
    expect(await next(clusters, passes)).toBe(10_000);
  });

  test("is a minute without traffic, unless configured otherwise", async () => {
    const clusters = started();
    await clusters.checker.answer(host, passes);
    expect(await next(clusters, passes)).toBe(60_000);
  });

  test("is lengthened by jitter", async () => {
    const clusters = await healthy({ interval_jitter: "5s", interval_jitter_percent: 50 });
    const waits = new Set<number>();
    for (let round = 0; round < 20; round++) waits.add(await next(clusters, passes));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...waits)).toBeLessThan(20_000);
    expect(waits.size).toBeGreaterThan(3);
  });

  test("is neither shorter nor longer than the runtime says", async () => {
    const clusters = await healthy({ interval: "10s" });
    clusters.runtime.flags.current = snapshotOf({ "health_check.min_interval": 30_000 });
    await next(clusters, passes);
    expect(await next(clusters, passes)).toBe(30_000);
    clusters.runtime.flags.current = snapshotOf({ "health_check.max_interval": 5000 });
    await next(clusters, passes);
    expect(await next(clusters, passes)).toBe(5000);
  });

  test("begins after a random part of the initial jitter", () => {
    const clusters = started({ initial_jitter: "100s" });
    expect(clusters.checker.asked).toEqual([]);
    expect(waitForCheck(clusters)).toBeGreaterThan(0);
    expect(clusters.checker.asked).toEqual([host]);
  });
});

describe("warming", () => {
  const isReady = (clusters: TestClusters): Promise<boolean> => {
    const pending = settle().then(() => false);
    const ready = clusters.manager.ready().then(() => true);
    return Promise.race([ready, pending]);
  };

  test("lasts until every host was checked once, whatever came of it", async () => {
    const clusters = testClusters([{ load_assignment: assignment(host, "10.0.0.2:80"), health_checks: [scriptedCheck] }]);
    clusters.manager.start();
    await clusters.checker.answer(host, passes);
    expect(await isReady(clusters)).toBe(false);
    expect(clusters.stat("cluster_manager.warming_clusters")).toBe(1);
    clusters.runtime.advance(1100);
    expect(await isReady(clusters)).toBe(true);
    expect(clusters.stat("cluster_manager.active_clusters")).toBe(1);
  });

  test("is not waited for where that is said", async () => {
    expect(await isReady(started({}, { wait_for_warm_on_init: false }))).toBe(true);
  });

  test("is over at once without health checks", async () => {
    const clusters = testClusters([{ load_assignment: assignment(host) }]);
    clusters.manager.start();
    expect(await isReady(clusters)).toBe(true);
  });
});

describe("what is told of health checks", () => {
  const logged = ({ runtime }: TestClusters): string[] => runtime.logger.lines.map(({ level, message }) => `${level} ${message}`);

  test("is each change, and the failure of a first check", async () => {
    const clusters = started();
    await clusters.checker.answer(host, refuses);
    for (const result of [refuses, passes, passes, passes, refuses]) await next(clusters, result);
    expect(logged(clusters)).toEqual([
      "warning cluster c: host 10.0.0.1:80 failed its health check: status 503",
      "info cluster c: host 10.0.0.1:80 is healthy",
      "warning cluster c: host 10.0.0.1:80 is unhealthy: status 503",
    ]);
  });

  test("is everything where that is asked for", async () => {
    const clusters = await healthy({ always_log_health_check_failures: true, always_log_health_check_success: true });
    await next(clusters, passes);
    await next(clusters, unreachable);
    expect(logged(clusters)).toEqual([
      "info cluster c: host 10.0.0.1:80 is healthy",
      "info cluster c: host 10.0.0.1:80 passed its health check",
      "warning cluster c: host 10.0.0.1:80 failed its health check: refused",
    ]);
  });

  test("is counted", async () => {
    const clusters = await healthy();
    await next(clusters, unreachable);
    await next(clusters, refuses);
    const stat = (name: string): number => clusters.stat(`cluster.c.health_check.${name}`);
    expect([stat("attempt"), stat("success"), stat("failure"), stat("network_failure"), stat("verify_cluster")]).toEqual([3, 1, 2, 1, 0]);
  });

  test("ends when the cluster is closed", async () => {
    const clusters = await healthy();
    waitForCheck(clusters);
    clusters.manager.close();
    expect(clusters.checker.waiting.size).toBe(0);
    const asked = clusters.checker.asked.length;
    clusters.runtime.advance(100_000);
    expect(clusters.checker.asked).toHaveLength(asked);
  });
});
