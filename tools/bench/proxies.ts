import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startPeer, type Peer } from "../../e2e/peers/process.ts";

/** The CPU that a proxy under measurement has for itself; load and back end share the other. */
export const proxyCpu = 0;
export const loadCpu = 1;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const mosnProgram = here("../../packages/app-mosn/bin/mosn.mjs");

/** Runs a program of the bench itself with the same Node as this one. */
export function startScript(script: string, cpu: number, env: Readonly<Record<string, string | number>>): Promise<Peer> {
  const texts = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));
  return startPeer({ name: script, command: process.execPath, args: [here(script)], cpu, env: texts, ready: /^ready$/ });
}

/** Runs the built `mosn` on a bootstrap. */
export async function startMosn(
  bootstrap: object,
  ports: readonly number[],
  args: readonly string[] = [],
  cpu: number = proxyCpu,
): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), "mesh-bench-"));
  const config = join(folder, "mosn.json");
  writeFileSync(config, JSON.stringify(bootstrap));
  const peer = await startPeer({
    name: "mosn",
    command: process.execPath,
    args: [mosnProgram, "start", "-c", config, "--log-level", "warning", ...args],
    cpu,
    ready: ports,
  });
  void peer.exited.then(() => rmSync(folder, { recursive: true, force: true }));
  return peer;
}

const socketAddress = (port: number): object => ({ socket_address: { address: "127.0.0.1", port_value: port } });
const typed = (name: string, fields: object): object => ({ "@type": `type.googleapis.com/${name}`, ...fields });
const routerFilter = { name: "envoy.filters.http.router", typed_config: typed("envoy.extensions.filters.http.router.v3.Router", {}) };

function cluster(upstreamPort: number): object {
  return {
    name: "out",
    type: "STATIC",
    connect_timeout: "1s",
    circuit_breakers: { thresholds: [{ max_connections: 100_000, max_pending_requests: 100_000, max_requests: 1_000_000 }] },
    load_assignment: { cluster_name: "out", endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(upstreamPort) } }] }] },
  };
}

function bootstrap(port: number, upstreamPort: number, filter: object): object {
  return {
    static_resources: {
      listeners: [{ name: "in", address: socketAddress(port), filter_chains: [{ filters: [filter] }] }],
      clusters: [cluster(upstreamPort)],
    },
  };
}

const routes = (domains: readonly string[], timeout: string): object => ({
  name: "all",
  virtual_hosts: [{ name: "all", domains, routes: [{ match: { prefix: "/" }, route: { cluster: "out", timeout } }] }],
});

/** `mosn` with routing, timeouts, circuit breakers and statistics on, for Bolt. */
export function mosnBolt(port: number, upstreamPort: number): object {
  return bootstrap(port, upstreamPort, {
    name: "rpc",
    typed_config: typed("mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy", {
      stat_prefix: "in",
      codec: { name: "bolt", typed_config: typed("mesh.extensions.codecs.bolt.v3.Bolt", {}) },
      route_config: routes(["com.alipay.test.TestService:1.0"], "3s"),
      filters: [routerFilter],
    }),
  });
}

/** The same for Dubbo: with routes by interface, or by interface, group and an attachment, with the caller's timeout. */
export function mosnDubbo(port: number, upstreamPort: number, by: "interface" | "attachments"): object {
  const { service, group, tag } = dubboTarget;
  const match = by === "interface" ? { prefix: "/" } : { prefix: "/", headers: [{ name: "tag", string_match: { exact: tag } }] };
  const route = by === "interface" ? { cluster: "out", timeout: "3s" } : { cluster: "out" };
  const domains = by === "interface" ? [service] : [`${service}:1.0.0:${group}`];
  return bootstrap(port, upstreamPort, {
    name: "rpc",
    typed_config: typed("mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy", {
      stat_prefix: "in",
      codec: { name: "dubbo", typed_config: typed("mesh.extensions.codecs.dubbo.v3.Dubbo", {}) },
      route_config: { name: "all", virtual_hosts: [{ name: "all", domains, routes: [{ match, route }] }] },
      filters: [routerFilter],
    }),
  });
}

/** What rpc/wire.ts calls. */
const dubboTarget = { service: "com.alipay.test.TestService", group: "blue", tag: "gray" } as const;

export function mosnHttp(port: number, upstreamPort: number): object {
  return bootstrap(port, upstreamPort, {
    name: "http",
    typed_config: typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
      stat_prefix: "in",
      route_config: routes(["*"], "15s"),
      http_filters: [routerFilter],
    }),
  });
}

export function mosnTcp(port: number, upstreamPort: number): object {
  return bootstrap(port, upstreamPort, {
    name: "tcp",
    typed_config: typed("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", { stat_prefix: "in", cluster: "out" }),
  });
}
