import { envoy, envoyTcpProxy, startEnvoy } from "../../../e2e/peers/envoy.ts";
import { freePort } from "../../../e2e/peers/ports.ts";
import { startPeer } from "../../../e2e/peers/process.ts";
import { fileURLToPath } from "node:url";
import { compare, type Contender, type RunningContender } from "../contenders.ts";
import { readLoadResult, withCpuOf, type Sample } from "../measure.ts";
import { loadCpu, mosnBolt, proxyCpu, startMosn, startScript } from "../proxies.ts";
import type { Table } from "../report.ts";
import type { BenchOptions } from "../options.ts";

const contenders: readonly Contender[] = [
  { name: "floor", start: (port, upstream) => startScript("bolt/floor.ts", proxyCpu, { PORT: port, UPSTREAM: upstream }) },
  { name: "mosn", start: (port, upstream) => startMosn(mosnBolt(port, upstream), [port]) },
];

const blindEnvoy: Contender = {
  name: "Envoy (blind TCP)",
  start: (port, upstream) => startEnvoy({ bootstrap: envoyTcpProxy(port, upstream), ports: [port], cpu: proxyCpu }),
};

const loadScript = fileURLToPath(new URL("../bolt/load.ts", import.meta.url));

interface BoltLoad {
  readonly connections: number;
  readonly window: number;
  readonly rate?: number;
}

/** One run of the load against one proxy. */
async function run({ port, peer, name }: RunningContender, load: BoltLoad, seconds: number): Promise<Sample> {
  const { result, cpuMicros } = await withCpuOf(peer.pid, async (begin) => {
    const client = await startPeer({
      name: "load",
      command: process.execPath,
      args: [loadScript],
      cpu: loadCpu,
      ready: /^measuring$/,
      env: {
        PORT: String(port),
        CONNECTIONS: String(load.connections),
        WINDOW: String(load.window),
        RATE: String(load.rate ?? 0),
        WARMUP: "1.5",
        SECONDS: String(seconds),
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

/** Bolt, 1 KiB there and back: against the floor, and Envoy that carries the bytes without looking at them. */
export async function benchBolt({ rounds, seconds }: BenchOptions): Promise<Table[]> {
  const upstreamPort = await freePort();
  const backend = await startScript("bolt/backend.ts", loadCpu, { PORT: upstreamPort });
  const all = envoy.find() === undefined ? contenders : [...contenders, blindEnvoy];
  const loads: readonly (BoltLoad & { readonly title: string })[] = [
    { title: "Bolt, 8 connections × 16 in flight", connections: 8, window: 16 },
    { title: "Bolt, 8 connections × 64 in flight", connections: 8, window: 64 },
    { title: "Bolt, 64 connections × 1 in flight", connections: 64, window: 1 },
    { title: "Bolt, 2,000 requests/s over 8 connections", connections: 8, window: 0, rate: 2000 },
    { title: "Bolt, one request in flight", connections: 1, window: 1 },
  ];
  try {
    const tables: Table[] = [];
    for (const load of loads) {
      process.stderr.write(`${load.title}\n`);
      tables.push({
        title: load.title,
        base: "floor",
        rows: await compare(all, upstreamPort, rounds, (contender) => run(contender, load, seconds)),
      });
    }
    return tables;
  } finally {
    await backend.stop();
  }
}
