/** The same control plane for `mosn` and Envoy: their statistics and pages must not tell them apart, but for what is listed here. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { envoy, startEnvoy } from "../peers/envoy.ts";
import { envoyXdsBootstrap } from "../peers/envoy-xds.ts";
import { startGoControlPlane, type GoControlPlane } from "../peers/go-control-plane.ts";
import { goControlPlane } from "../peers/go.ts";
import { startMosn, type Json } from "../peers/mosn.ts";
import { freePort } from "../peers/ports.ts";
import type { Peer } from "../peers/process.ts";
import { requirePeer } from "../peers/tools.ts";
import { ask, startHttpOrigin, startTcpOrigin, type Origin } from "./origin.ts";
import { until } from "./xds-mosn.ts";
import { endpoints, routesTo } from "./xds-resources.ts";
import { toPlane, World, type Changes } from "./xds-world.ts";

/** One of the two. */
class Proxy {
  readonly peer: Peer;
  readonly adminPort: number;
  readonly plane: GoControlPlane;
  readonly world: World;
  readonly port: number;

  constructor(peer: Peer & { readonly adminPort: number }, plane: GoControlPlane, world: World, port: number) {
    this.peer = peer;
    this.adminPort = peer.adminPort;
    this.plane = plane;
    this.world = world;
    this.port = port;
  }

  async page(path: string, method: "GET" | "POST" = "GET"): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`http://127.0.0.1:${this.adminPort}${path}`, { method });
    return { status: response.status, text: await response.text() };
  }

  /** Without the ports that only one of the two has. */
  async neutral(path: string): Promise<string> {
    const { text } = await this.page(path);
    const planePort = this.plane.address.split(":")[1] ?? "";
    return text.replaceAll(planePort, "11111").replaceAll(String(this.port), "22222");
  }

  async stats(): Promise<ReadonlyMap<string, string>> {
    const lines = (await this.neutral("/stats")).split("\n").filter((line) => line.includes(": "));
    return new Map(lines.map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]));
  }

  async stat(name: string): Promise<number> {
    return Number((await this.stats()).get(name) ?? 0);
  }
}

const runtimeLayers: Json = { layered_runtime: { layers: [{ name: "admin", admin_layer: {} }] } };

/** Statistics of Envoy's, for what is not here. */
const absent: readonly RegExp[] = [
  // Updates are not held back to be merged.
  /^cluster_manager\.(cluster_updated_via_merge|update_merge_cancelled|update_out_of_merge_window)$/,
  // Layers of disks; guards of deprecated features.
  /^runtime\.(load_error|override_dir_(not_)?exists|deprecated_feature_(use|seen_since_process_start))$/,
  // Threads, hot restart, certificates, and what only Envoy's build has.
  /^(listener_manager\.workers_pinned|server\.(main_thread|worker_\d+)\..+)$/,
  /^server\.(hot_restart_epoch|parent_connections|days_until_first_cert_expiring|seconds_until_first_ocsp_response_expiring)$/,
  /^server\.(compilation_settings\.fips_mode|debug_assertion_failures|envoy_bug_failures|envoy_notifications|version)$/,
  /^server\.(dropped_stat_flushes|stats_recent_lookups|(dynamic|static)_unknown_fields|wip_protos)$/,
];

/** Names of statistics that are compared. */
const compared = /^(cluster_manager|listener_manager|control_plane|runtime|server|http\.svc\.rds)\./;

/** After the same updates they have the same values. */
const sameValues: readonly string[] = [
  "cluster_manager.active_clusters",
  "cluster_manager.cds.config_reload",
  "cluster_manager.cds.update_rejected",
  "cluster_manager.cds.update_success",
  "cluster_manager.cds.version",
  "cluster_manager.cds.version_text",
  "cluster_manager.cluster_added",
  "cluster_manager.cluster_modified",
  "cluster_manager.cluster_removed",
  "cluster_manager.cluster_updated",
  "cluster_manager.warming_clusters",
  "cluster.svc-a.warming_state",
  "control_plane.connected_state",
  "control_plane.identifier",
  "http.svc.rds.svc.config_reload",
  "http.svc.rds.svc.update_success",
  "http.svc.rds.svc.version_text",
  "listener_manager.lds.update_success",
  "listener_manager.lds.version_text",
  "runtime.admin_overrides_active",
  "runtime.num_keys",
  "runtime.num_layers",
  "server.live",
  ...[
    "cx_active",
    "cx_connect_timeout",
    "cx_destroy",
    "cx_http2_total",
    "cx_total",
    "rq_200",
    "rq_2xx",
    "rq_active",
    "rq_completed",
    "rq_pending_active",
    "rq_pending_total",
    "rq_total",
    "rq_tx_reset",
  ].map((name) => `cluster.control-plane.upstream_${name}`),
  "cluster.control-plane.internal.upstream_rq_200",
];

describe.runIf(requirePeer(envoy, goControlPlane))("mosn beside Envoy under a control plane", () => {
  let origins: readonly [Origin, Origin];
  let mosn: Proxy;
  let other: Proxy;

  async function startProxy(kind: "mosn" | "envoy"): Promise<Proxy> {
    const plane = await startGoControlPlane({ ads: false });
    const port = await freePort();
    const hosts = [origins[0].port, origins[1].port] as const;
    const world = new World({ publisher: toPlane(plane), services: [{ name: "svc", port, hosts, ids: ["a", "b"] }] });
    await world.reset();
    const xds = { address: plane.address, protocol: "sotw" } as const;
    const peer =
      kind === "mosn"
        ? await startMosn({ xds, args: ["--config-yaml", JSON.stringify(runtimeLayers)] })
        : await startEnvoy({ bootstrap: { ...envoyXdsBootstrap(xds), ...runtimeLayers }, ports: [] });
    const proxy = new Proxy(peer, plane, world, port);
    await until(async () => (await proxy.page("/ready")).status === 200);
    return proxy;
  }

  beforeAll(async () => {
    origins = [await startHttpOrigin((_, response) => response.end("a")), await startHttpOrigin((_, response) => response.end("b"))];
    [mosn, other] = await Promise.all([startProxy("mosn"), startProxy("envoy")]);
  });

  afterAll(async () => {
    await Promise.all([mosn?.peer.stop(), other?.peer.stop()]);
    await Promise.all([mosn?.plane.close(), other?.plane.close(), ...(origins ?? []).map((origin) => origin.close())]);
  });

  const both = (act: (proxy: Proxy) => Promise<unknown>): Promise<unknown> => Promise.all([mosn, other].map(act));

  /** What changes, for each of the two, and which statistic of which value tells that it has. */
  const publish = (changes: (world: World) => Changes, name: string, value: number): Promise<unknown> =>
    both(async (proxy) => {
      await proxy.world.publish(changes(proxy.world));
      await until(async () => (await proxy.stat(name)) >= value);
    });

  async function expectSame(names: readonly string[] = sameValues): Promise<void> {
    const [ours, theirs] = await Promise.all([mosn.stats(), other.stats()]);
    const of = (stats: ReadonlyMap<string, string>): Record<string, string | undefined> =>
      Object.fromEntries(names.map((name) => [name, stats.get(name)]));
    expect(of(ours)).toEqual(of(theirs));
  }

  test("the names of statistics of the server, its managers and its control plane are Envoy's, but for what is listed", async () => {
    await both(({ port }) => ask(port));
    const names = async (proxy: Proxy): Promise<string[]> => [...(await proxy.stats()).keys()].filter((name) => compared.test(name)).sort();
    const [ours, theirs] = await Promise.all([names(mosn), names(other)]);
    expect(ours.filter((name) => !theirs.includes(name))).toEqual([]);
    expect(theirs.filter((name) => !ours.includes(name) && !absent.some((pattern) => pattern.test(name)))).toEqual([]);
    for (const pattern of absent) expect(ours.filter((name) => pattern.test(name))).toEqual([]);
  });

  test("/clusters tells the same of hosts, in text and in JSON, that of the control plane included", async () => {
    const lines = async (proxy: Proxy): Promise<string[]> => (await proxy.neutral("/clusters")).trimEnd().split("\n").sort();
    expect(await lines(mosn)).toEqual(await lines(other));
    const statuses = async (proxy: Proxy): Promise<unknown[]> => {
      const { cluster_statuses } = JSON.parse(await proxy.neutral("/clusters?format=json")) as { cluster_statuses: { name: string }[] };
      return cluster_statuses.toSorted((a, b) => a.name.localeCompare(b.name));
    };
    expect(await statuses(mosn)).toEqual(await statuses(other));
  });

  test.for([
    "/config_dump?resource=dynamic_endpoint_configs&include_eds",
    "/config_dump?resource=static_endpoint_configs&include_eds",
    "/config_dump?resource=dynamic_endpoint_configs&include_eds&mask=endpoint_config.cluster_name",
    "/config_dump?include_eds&mask=dynamic_endpoint_configs",
    "/config_dump?resource=dynamic_active_clusters&mask=cluster.name",
  ])("%s: the same", async (path) => {
    const entries = async (proxy: Proxy): Promise<unknown> => {
      const dump = JSON.parse(await proxy.neutral(path)) as { configs: Json[] };
      return sortedByName(dump);
    };
    expect(await entries(mosn)).toEqual(await entries(other));
  });

  test.for([
    ["/config_dump?resource=dynamic_endpoint_configs", 404],
    ["/config_dump?resource=static_endpoint_configs", 404],
    ["/config_dump?resource=dynamic_endpoint_configs&mask=endpoint_config.cluster_name", 404],
    ["/config_dump?mask=dynamic_endpoint_configs", 400],
    ["/config_dump?resource=nonsense", 404],
  ] as const)("%s: %d", async ([path, status]) => {
    const answers = await Promise.all([mosn, other].map((proxy) => proxy.page(path)));
    expect(answers.map((answer) => answer.status)).toEqual([status, status]);
    // Ours says what there is instead.
    const [ours, theirs] = answers.map(({ text }) => text.trim());
    expect(ours?.startsWith(theirs ?? "")).toBe(true);
  });

  test("statistics have the same values after the same updates", async () => {
    await expectSame();
    await publish(() => ({ routes: { svc: routesTo("svc", "svc-b") } }), "http.svc.rds.svc.config_reload", 2);
    await expectSame();
    const two = origins.map(({ port }) => port);
    await publish(() => ({ endpoints: { "svc-b": endpoints("svc-b", two) } }), "cluster.svc-b.update_success", 2);
    await expectSame();
    const drained = two.map((port, index) => ({ port, health: index === 0 ? ("UNHEALTHY" as const) : ("HEALTHY" as const) }));
    await publish(() => ({ endpoints: { "svc-b": endpoints("svc-b", drained) } }), "cluster.svc-b.update_success", 3);
    await expectSame();
    await publish(
      (world) => ({ clusters: { "svc-a": world.cluster("svc-a", { connect_timeout: "2s" }) } }),
      "cluster_manager.cds.config_reload",
      2,
    );
    await publish(() => ({ endpoints: { "svc-a": endpoints("svc-a", two) } }), "cluster.svc-a.membership_total", 2);
    // Envoy waits for the endpoints of a cluster that has changed; here it has those that it had, and these are an update of one in use.
    const others = sameValues.filter((name) => name !== "cluster_manager.cluster_updated");
    await expectSame(others);
    await publish(() => ({ clusters: {} }), "cluster_manager.cds.update_success", 3);
    await expectSame(others);
    await publish(() => ({ clusters: { "svc-a": null }, endpoints: { "svc-a": null } }), "cluster_manager.cluster_removed", 1);
    await expectSame(others);
    await both((proxy) => proxy.page("/runtime_modify?a=b", "POST"));
    await expectSame(others);
  });

  test("a control plane that is lost and found is told alike, but for how often it is tried", async () => {
    await both(async (proxy) => {
      await proxy.plane.stop();
      await until(async () => (await proxy.stat("cluster.control-plane.upstream_cx_connect_fail")) > 0);
    });
    const lost = ["cx_active", "cx_destroy_remote_with_active_rq", "cx_destroy_local", "rq_active", "rq_total"];
    await expectSame(["control_plane.connected_state", ...lost.map((name) => `cluster.control-plane.upstream_${name}`)]);
    await both(async (proxy) => {
      await proxy.plane.start();
      await until(async () => (await proxy.stat("control_plane.connected_state")) === 1);
    });
    await expectSame(["cx_active", "rq_active", "rq_total", "rq_200"].map((name) => `cluster.control-plane.upstream_${name}`));
    for (const proxy of [mosn, other]) {
      const stats = await proxy.stats();
      const [total, failed, destroyed, ejected, unavailable] = [
        "cx_total",
        "cx_connect_fail",
        "cx_destroy",
        "rq_pending_failure_eject",
        "rq_503",
      ].map((name) => Number(stats.get(`cluster.control-plane.upstream_${name}`)));
      expect([destroyed, total]).toEqual([(failed ?? 0) + 1, (failed ?? 0) + 2]);
      expect([ejected, unavailable].every((count) => (count ?? 0) > 0)).toBe(true);
    }
  });
});

/** Lists of clusters come in no order. */
function sortedByName(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedByName).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, sortedByName(field)]));
}

test.runIf(requirePeer(envoy))("/ready and /server_info tell of a start and of a health check that is to fail as Envoy's do", async () => {
  const silent = await startTcpOrigin(() => undefined);
  onTestFinished(() => silent.close());
  const xds = { address: `127.0.0.1:${silent.port}`, protocol: "sotw" } as const;
  const bootstrap = envoyXdsBootstrap(xds);
  const source = { ads: {}, resource_api_version: "V3", initial_fetch_timeout: "1s" };
  const sources = { cds_config: source, lds_config: source };
  const dynamicResources = { ...(bootstrap["dynamic_resources"] as Json), ...sources };

  /** The states in their order, each once. */
  async function states(adminPort: number): Promise<string[]> {
    const seen: string[] = [];
    const look = async (): Promise<boolean> => {
      const page = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${adminPort}${path}`);
      const [ready, info] = await Promise.all([page("/ready"), page("/server_info")]);
      const text = `${ready.status} ${(await ready.text()).trim()}`;
      const { state } = (await info.json()) as { state: string };
      // The two are asked one after the other.
      if (text.endsWith(` ${state}`) && seen.at(-1) !== text) seen.push(text);
      return ready.status === 200;
    };
    await until(look);
    for (const change of ["/healthcheck/fail", "/healthcheck/ok"]) {
      await fetch(`http://127.0.0.1:${adminPort}${change}`, { method: "POST" });
      await look();
    }
    return seen;
  }

  const theirs = await startEnvoy({ bootstrap: { ...bootstrap, dynamic_resources: dynamicResources }, ports: [] });
  onTestFinished(async () => void (await theirs.stop()));
  const expected = ["503 PRE_INITIALIZING", "503 INITIALIZING", "200 LIVE", "503 DRAINING", "200 LIVE"];
  expect(await states(theirs.adminPort)).toEqual(expected);
  const adminPort = await freePort();
  const admin = { admin: { address: { socket_address: { address: "127.0.0.1", port_value: adminPort } } } };
  const starting = startMosn({ xds, args: ["--config-yaml", JSON.stringify({ dynamic_resources: sources, ...admin })] });
  await until(() =>
    fetch(`http://127.0.0.1:${adminPort}/ready`).then(
      () => true,
      () => false,
    ),
  );
  expect(await states(adminPort)).toEqual(expected);
  await (await starting).stop();
});
