import { createProxy, type Proxy } from "@mesh/proxy-core";
import { clusterType, listenerType } from "@mesh/xds-client";
import { createFakeControlPlane, type FakeControlPlane } from "@mesh/xds-client/testing";
import { expect, onTestFinished, test } from "vitest";
import { xdsConfigSources } from "./config-sources.ts";

/** Back-off takes its time. */
const patience = { timeout: 20_000 };
const ads = { ads: {}, resource_api_version: "V3" };

/** A proxy whose clusters and listeners come from a cluster at that address. */
function proxyOf(address: string): Proxy {
  const [host, port] = address.split(":");
  const endpoint = { address: { socket_address: { address: host, port_value: Number(port) } } };
  const load_assignment = { cluster_name: "xds", endpoints: [{ lb_endpoints: [{ endpoint }] }] };
  // What is asked for stays asked for.
  const fetch = { initial_fetch_timeout: "0s" };
  const proxy = createProxy({
    configSources: xdsConfigSources(),
    bootstrap: {
      node: { id: "me", cluster: "us" },
      dynamic_resources: {
        ads_config: { api_type: "GRPC", transport_api_version: "V3", grpc_services: [{ envoy_grpc: { cluster_name: "xds" } }] },
        cds_config: { ...ads, ...fetch },
        lds_config: { ...ads, ...fetch },
      },
      static_resources: { clusters: [{ name: "xds", connect_timeout: "1s", load_assignment }] },
    },
  });
  onTestFinished(() => proxy.stop());
  return proxy;
}

async function startPlane(): Promise<FakeControlPlane> {
  const plane = await createFakeControlPlane();
  onTestFinished(() => plane.close());
  plane.set(clusterType, [{ name: "a", type: 0 }]);
  plane.set(listenerType, []);
  return plane;
}

/** Values by what follows the cluster's prefix. */
function counts(proxy: Proxy, ...names: readonly string[]): number[] {
  const { counters, gauges } = proxy.stats.snapshot();
  const values = new Map([...counters, ...gauges].map(({ name, value }) => [name, value]));
  return names.map((name) => values.get(`cluster.xds.upstream_${name}`) ?? 0);
}

/** cx_total, cx_active, cx_connect_fail, rq_total, rq_active, rq_success, rq_error of the host. */
function host(proxy: Proxy): readonly number[] {
  const [first] = proxy.clusters.find("xds")?.hosts ?? [];
  if (first === undefined) throw new Error("there is no host");
  const { cxTotal, cxActive, cxConnectFail, rqTotal, rqActive, rqSuccess, rqError } = first.stats;
  return [cxTotal, cxActive, cxConnectFail, rqTotal, rqActive, rqSuccess, rqError];
}

test("the cluster of a control plane counts its connections and streams", async () => {
  const plane = await startPlane();
  const proxy = proxyOf(plane.address);
  await proxy.start();
  expect(counts(proxy, "cx_total", "cx_active", "cx_http2_total", "rq_total", "rq_active", "rq_200")).toEqual([1, 1, 1, 1, 1, 1]);
  expect(host(proxy)).toEqual([1, 1, 0, 1, 1, 0, 0]);
  plane.breakStreams();
  await expect.poll(() => counts(proxy, "rq_total", "rq_active"), patience).toEqual([2, 1]);
  expect(host(proxy)).toEqual([1, 1, 0, 2, 1, 0, 1]);
  plane.stop();
  await expect.poll(() => counts(proxy, "cx_active", "rq_active"), patience).toEqual([0, 0]);
  await expect.poll(() => counts(proxy, "cx_connect_fail")[0], patience).toBeGreaterThan(0);
  // All were ended, or refused, by the other side.
  const [destroyed, remotely] = counts(proxy, "cx_destroy", "cx_destroy_remote");
  expect(remotely).toBe(destroyed);
  plane.start();
  await expect.poll(() => counts(proxy, "cx_active", "rq_active"), patience).toEqual([1, 1]);
  const [total = 0, failed = 0, ended = 0, rqPending] = counts(proxy, "cx_total", "cx_connect_fail", "cx_destroy", "rq_pending_active");
  expect([total - ended, ended - failed, rqPending]).toEqual([1, 1, 0]);
  expect(host(proxy).slice(0, 5)).toEqual([total, 1, failed, ...counts(proxy, "rq_total", "rq_active")]);
});

test("a control plane that was never there has no streams, only connections that fail", async () => {
  const plane = await startPlane();
  plane.stop();
  const proxy = proxyOf(plane.address);
  void proxy.start();
  await expect.poll(() => counts(proxy, "cx_connect_fail")[0], patience).toBeGreaterThan(0);
  expect(counts(proxy, "rq_total", "rq_active", "cx_active")).toEqual([0, 0, 0]);
  expect(counts(proxy, "rq_503", "rq_pending_failure_eject").every((count) => count > 0)).toBe(true);
});

test("control planes are counted where there are any", () => {
  const proxy = createProxy({ configSources: xdsConfigSources(), bootstrap: { static_resources: {} } });
  onTestFinished(() => proxy.stop());
  const names = (of: Proxy): string[] =>
    Object.values(of.stats.snapshot()).flatMap((samples) => (Array.isArray(samples) ? samples.map(({ name }) => String(name)) : []));
  expect(names(proxy).filter((name) => name.startsWith("control_plane."))).toEqual([]);
  const other = proxyOf("127.0.0.1:1");
  void other.start();
  const shown = ["connected_state", "identifier", "pending_requests", "rate_limit_enforced"].map((name) => `control_plane.${name}`);
  return expect
    .poll(() =>
      names(other)
        .filter((name) => name.startsWith("control_plane."))
        .sort(),
    )
    .toEqual(shown);
});
