import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { xdsBootstrapParts, type EnvoyXdsOptions } from "./envoy-xds.ts";
import { freePort } from "./ports.ts";
import { startPeer, type Peer } from "./process.ts";
import { makeScratch } from "./scratch.ts";

const program = fileURLToPath(new URL("bin/mosn.mjs", import.meta.resolve("@mesh/app-mosn/package.json")));

/** An Envoy v3 message in JSON. */
export type Json = Readonly<Record<string, unknown>>;

export interface MosnOptions {
  /** Of the bootstrap. Default: none. */
  readonly listeners?: readonly Json[];
  readonly clusters?: readonly Json[];
  /** The control plane that gives others. Default: none. */
  readonly xds?: EnvoyXdsOptions;
  /** More arguments of `mosn start`. */
  readonly args?: readonly string[];
}

export interface MosnPeer extends Peer {
  readonly adminPort: number;
  /** The value of a counter or gauge, by Envoy's name; 0 for one that was never made. */
  stat(name: string): Promise<number>;
  /** Resolves once the statistic has that value or more. */
  statReaches(name: string, least: number): Promise<void>;
  /** Asks the admin port. */
  admin(path: string, method?: "GET" | "POST"): Promise<Response>;
}

/** Runs the built `mosn` with a bootstrap; resolves once its listeners listen. */
export async function startMosn(options: MosnOptions): Promise<MosnPeer> {
  const scratch = makeScratch("mosn");
  const config = join(scratch, "mosn.json");
  const adminPort = await freePort();
  const xds = options.xds === undefined ? undefined : xdsBootstrapParts(options.xds);
  const bootstrap = {
    admin: { address: socketAddress(adminPort) },
    static_resources: {
      listeners: options.listeners ?? [],
      clusters: [...(options.clusters ?? []), ...(xds === undefined ? [] : [xds.cluster])],
    },
    ...(xds === undefined ? {} : { node: xds.node, dynamic_resources: xds.dynamicResources }),
  };
  writeFileSync(config, JSON.stringify(bootstrap, undefined, 2));
  const peer = await startPeer({
    name: "mosn",
    command: process.execPath,
    args: [program, "start", "-c", config, "--log-level", "debug", ...(options.args ?? [])],
    scratch,
    ready: /mosn is ready/,
  });
  const admin = (path: string, method: "GET" | "POST" = "GET"): Promise<Response> =>
    fetch(`http://127.0.0.1:${adminPort}${path}`, { method });
  const stat = async (name: string): Promise<number> => {
    const text = await (await admin(`/stats?filter=${encodeURIComponent(`^${literal(name)}$`)}`)).text();
    return Number(/: (\d+)$/m.exec(text)?.[1] ?? 0);
  };
  const statReaches = async (name: string, least: number): Promise<void> => {
    while ((await stat(name)) < least) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  return Object.assign(peer, { adminPort, admin, stat, statReaches });
}

/** A regular expression for the text as it is. */
const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

const typed = (name: string, fields: Json = {}): Json => ({ "@type": `type.googleapis.com/${name}`, ...fields });

export const socketAddress = (port: number): Json => ({ socket_address: { address: "127.0.0.1", port_value: port } });
export const boltCodec = (fields: Json = {}): Json => ({
  name: "bolt",
  typed_config: typed("mesh.extensions.codecs.bolt.v3.Bolt", fields),
});

export const dubboCodec = (fields: Json = {}): Json => ({
  name: "dubbo",
  typed_config: typed("mesh.extensions.codecs.dubbo.v3.Dubbo", fields),
});
export const autoCodec: Json = { name: "auto", typed_config: typed("mesh.extensions.codecs.auto.v3.Auto") };
const routerFilter: Json = { name: "envoy.filters.http.router", typed_config: typed("envoy.extensions.filters.http.router.v3.Router") };

/** A stream filter before the router. */
export const streamFilter = (name: string, message: string, fields: Json): Json => ({ name, typed_config: typed(message, fields) });

export interface ProxyListenerOptions {
  /** Routes of a virtual host for all domains, or whole virtual hosts. */
  readonly routes?: readonly Json[];
  readonly virtualHosts?: readonly Json[];
  /** In their place: where they come from. */
  readonly rds?: Json;
  readonly codec?: Json;
  readonly filters?: readonly Json[];
  readonly accessLog?: readonly Json[];
  /** More fields of the network filter. */
  readonly more?: Json;
}

/** One route for everything. */
export const routeTo = (cluster: string, action: Json = {}): Json => ({ match: { prefix: "/" }, route: { cluster, ...action } });

const routeConfig = ({ routes, virtualHosts }: ProxyListenerOptions): Json => ({
  name: "routes",
  virtual_hosts: virtualHosts ?? [{ name: "all", domains: ["*"], routes }],
});

const listener = (port: number, filter: Json): Json => ({
  name: `in-${port}`,
  address: socketAddress(port),
  filter_chains: [{ filters: [filter] }],
});

export function rpcListener(port: number, options: ProxyListenerOptions): Json {
  return listener(port, {
    name: "rpc",
    typed_config: typed("mesh.extensions.filters.network.rpc_proxy.v3.RpcProxy", {
      stat_prefix: "in",
      codec: options.codec ?? boltCodec(),
      ...(options.rds === undefined ? { route_config: routeConfig(options) } : { rds: options.rds }),
      filters: [...(options.filters ?? []), routerFilter],
      access_log: options.accessLog ?? [],
      ...options.more,
    }),
  });
}

export function httpListener(port: number, options: ProxyListenerOptions): Json {
  return listener(port, {
    name: "http",
    typed_config: typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
      stat_prefix: "in",
      ...(options.rds === undefined ? { route_config: routeConfig(options) } : { rds: options.rds }),
      http_filters: [...(options.filters ?? []), routerFilter],
      access_log: options.accessLog ?? [],
      ...options.more,
    }),
  });
}

export function tcpListener(port: number, cluster: string): Json {
  return listener(port, {
    name: "tcp",
    typed_config: typed("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", { stat_prefix: "in", cluster }),
  });
}

export function staticCluster(name: string, ports: readonly number[], more: Json = {}): Json {
  return {
    name,
    type: "STATIC",
    connect_timeout: "1s",
    load_assignment: {
      cluster_name: name,
      endpoints: [{ lb_endpoints: ports.map((port) => ({ endpoint: { address: socketAddress(port) } })) }],
    },
    ...more,
  };
}

/** `typed_extension_protocol_options` of a cluster, for RPC. */
export const rpcOptions = (fields: Json): Json => ({
  typed_extension_protocol_options: {
    "mesh.extensions.upstreams.rpc.v3.RpcProtocolOptions": typed("mesh.extensions.upstreams.rpc.v3.RpcProtocolOptions", fields),
  },
});
