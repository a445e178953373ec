import { fileURLToPath } from "node:url";
import { startPeer } from "../../e2e/peers/process.ts";
import type { RunningContender } from "./contenders.ts";
import { readLoadResult, withCpuOf, type Sample } from "./measure.ts";
import type { Timing } from "./options.ts";
import { loadCpu } from "./proxies.ts";

const loadScript = fileURLToPath(new URL("rpc/load.ts", import.meta.url));

export interface RpcLoad {
  /** A name of rpc/wire.ts. */
  readonly protocol: string;
  readonly connections: number;
  /** Requests in flight on each connection. */
  readonly window: number;
  /** Requests a second, in place of a window. */
  readonly rate?: number;
  /** Bytes of the argument; default: 1024. */
  readonly bodyBytes?: number;
}

/** One run of a load against one proxy. Throws where a request fails. */
export async function runRpcLoad({ port, peer, name }: RunningContender, load: RpcLoad, timing: Timing): Promise<Sample> {
  const { result, cpuMicros } = await withCpuOf(peer.pid, async (begin) => {
    const client = await startPeer({
      name: "load",
      command: process.execPath,
      args: [loadScript],
      cpu: loadCpu,
      ready: /^measuring$/,
      env: {
        PROTOCOL: load.protocol,
        PORT: String(port),
        CONNECTIONS: String(load.connections),
        WINDOW: String(load.window),
        RATE: String(load.rate ?? 0),
        BODY: String(load.bodyBytes ?? 1024),
        WARMUP: String(timing.warmUpSeconds),
        SECONDS: String(timing.seconds),
      },
    });
    begin();
    return readLoadResult(await client.line(/^\{/));
  });
  if (result.errors > 0 || result.requests === 0) throw new Error(`${name}: ${result.errors} errors in ${result.requests} requests`);
  return {
    requestsPerSecond: result.requests / result.seconds,
    cpuMicrosPerRequest: cpuMicros / result.requests,
    ...(result.p50 > 0 ? { p50: result.p50, p99: result.p99 } : {}),
  };
}
