import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HostHealth, type LoadBalancerContext } from "./contract.ts";
import { anyHost, assignment, RecordingPool, testClusters, type TestClusters } from "./testing.ts";

const passthrough = { type: "ORIGINAL_DST", lb_policy: "CLUSTER_PROVIDED" };
const byHeader = (fields: object = {}): object => ({ ...passthrough, original_dst_lb_config: { use_http_header: true, ...fields } });

/** What was redirected, and says no more. */
const to = (originalDestination: string | undefined, headers: Readonly<Record<string, string>> = {}): LoadBalancerContext => ({
  ...anyHost,
  originalDestination,
  requestHeader: (name) => headers[name],
});

async function started(cluster: object): Promise<TestClusters> {
  const clusters = testClusters([cluster]);
  clusters.manager.start();
  await clusters.manager.ready();
  return clusters;
}

describe("a cluster of the type ORIGINAL_DST", () => {
  test("has a host for each destination, as long as there is a use for it", async () => {
    const { cluster, hosts, stat, runtime } = await started(passthrough);
    const first = cluster().pickHost(to("10.0.0.1:80"));
    expect(first).toMatchObject({
      addressText: "10.0.0.1:80",
      hostname: "c10.0.0.1:80",
      address: { address: "10.0.0.1", port: 80 },
      health: 0,
    });
    expect(cluster().pickHost(to("10.0.0.1:80"))).toBe(first);
    const pool = new RecordingPool();
    first?.pools.push(pool);
    const second = cluster().pickHost(to("[2001:db8::1]:80"));
    expect(hosts()).toEqual(["10.0.0.1:80", "[2001:db8::1]:80"]);
    expect([stat("cluster.c.membership_total"), stat("cluster.c.membership_healthy"), stat("cluster.c.membership_change")]).toEqual([
      2, 2, 2,
    ]);

    if (second !== undefined) second.stats.cxActive = 1;
    runtime.advance(5100);
    expect(hosts()).toHaveLength(2);
    runtime.advance(5100);
    expect(hosts()).toEqual(["[2001:db8::1]:80"]);
    expect(pool.calls).toEqual(["drain"]);
    expect([stat("cluster.c.membership_total"), stat("cluster.c.membership_healthy"), stat("cluster.c.membership_change")]).toEqual([
      1, 1, 3,
    ]);

    if (second !== undefined) second.stats.cxActive = 0;
    runtime.advance(5100);
    expect(hosts()).toEqual([]);
    expect(cluster().pickHost(to("10.0.0.1:80"))).not.toBe(first);
  });

  test("has none for what was not redirected", async () => {
    const { cluster, hosts } = await started(passthrough);
    expect(cluster().pickHost(anyHost)).toBeUndefined();
    expect(cluster().pickHost(to(undefined, { "x-envoy-original-dst-host": "10.0.0.1:80" }))).toBeUndefined();
    expect(hosts()).toEqual([]);
  });

  test("takes the only host there is, whatever is known against it", async () => {
    const { cluster, stat } = await started(passthrough);
    const host = cluster().pickHost({ ...to("10.0.0.1:80"), shouldSkip: () => true });
    host?.setHealth(HostHealth.Draining, true);
    expect(cluster().pickHost(to("10.0.0.1:80"))).toBe(host);
    expect(stat("cluster.c.membership_healthy")).toBe(0);
  });

  test("lets a header field say where to, and counts those that say nothing of use", async () => {
    const { cluster, stat } = await started(byHeader());
    const pick = (header: string, destination?: string): string | undefined =>
      cluster().pickHost(to(destination, { "x-envoy-original-dst-host": header }))?.addressText;
    expect(pick("10.0.0.1:80", "10.0.0.2:80")).toBe("10.0.0.1:80");
    expect(pick("[0:0::1]:80")).toBe("[::1]:80");
    expect(pick("", "10.0.0.2:80")).toBe("10.0.0.2:80");
    expect(pick("example.com:80")).toBeUndefined();
    expect(stat("cluster.c.original_dst_host_invalid")).toBe(2);
    const other = await started(byHeader({ http_header_name: "X-Where" }));
    expect(other.cluster().pickHost(to(undefined, { "x-where": "10.0.0.1:80" }))?.addressText).toBe("10.0.0.1:80");
  });

  test("can go to a port of its own", async () => {
    const { cluster, hosts } = await started({ ...passthrough, original_dst_lb_config: { upstream_port_override: 15_008 } });
    const host = cluster().pickHost(to("10.0.0.1:80"));
    expect(cluster().pickHost(to("10.0.0.1:443"))).toBe(host);
    expect(hosts()).toEqual(["10.0.0.1:15008"]);
  });

  test("closes its hosts' connections when it is closed, and cleans up no more", async () => {
    const { cluster, manager, runtime } = await started({ ...passthrough, cleanup_interval: "1s" });
    const pool = new RecordingPool();
    const own = cluster();
    own.pickHost(to("10.0.0.1:80"))?.pools.push(pool);
    manager.close();
    runtime.advance(5100);
    expect(pool.calls).toEqual(["close"]);
    expect(own.hosts).toHaveLength(1);
  });

  test("drains all connections when a destination comes, if that is asked for", async () => {
    const { cluster } = await started({ ...passthrough, common_lb_config: { close_connections_on_host_set_change: true } });
    const pool = new RecordingPool();
    cluster().pickHost(to("10.0.0.1:80"))?.pools.push(pool);
    cluster().pickHost(to("10.0.0.2:80"));
    expect(pool.calls).toEqual(["drain"]);
  });

  test.each([
    [{ ...passthrough, load_assignment: assignment("10.0.0.1:80") }, "load_assignment: a cluster of the type ORIGINAL_DST"],
    [
      { ...passthrough, original_dst_lb_config: { http_header_name: "x" } },
      "original_dst_lb_config.http_header_name: needs use_http_header",
    ],
    [{ ...passthrough, cleanup_interval: "0s" }, "cleanup_interval"],
    [{ load_assignment: assignment("10.0.0.1:80"), original_dst_lb_config: {} }, "original_dst_lb_config: needs the lb_policy"],
    [{ ...passthrough, load_balancing_policy: {} }, "load_balancing_policy: a cluster of the type ORIGINAL_DST chooses for itself"],
  ])("is refused where it makes no sense: %j", (cluster, problem) => {
    expect(() => testClusters([cluster])).toThrow(problem);
  });

  test("never has two hosts of one address, and all that were asked for in the last interval", () => {
    const step = fc.oneof(fc.record({ port: fc.integer({ min: 1, max: 5 }) }), fc.record({ advance: fc.integer({ min: 1, max: 8000 }) }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { cluster, hosts, runtime, stat, manager } = testClusters([passthrough]);
        manager.start();
        const askedAt = new Map<string, number>();
        for (const action of steps) {
          if ("advance" in action) {
            runtime.advance(action.advance);
          } else {
            const address = `10.0.0.1:${action.port}`;
            expect(cluster().pickHost(to(address))?.addressText).toBe(address);
            askedAt.set(address, runtime.clock.now());
          }
          const present = hosts();
          expect(new Set(present).size).toBe(present.length);
          expect(stat("cluster.c.membership_total")).toBe(present.length);
          for (const [address, at] of askedAt) if (runtime.clock.now() - at < 5000) expect(present).toContain(address);
        }
      }),
    );
  });
});
