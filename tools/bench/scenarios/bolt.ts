import { envoy, envoyTcpProxy, startEnvoy } from "../../../e2e/peers/envoy.ts";
import { freePort } from "../../../e2e/peers/ports.ts";
import { compare, type Contender } from "../contenders.ts";
import { loadCpu, mosnBolt, proxyCpu, startMosn, startScript } from "../proxies.ts";
import type { Table } from "../report.ts";
import { runRpcLoad, type RpcLoad } from "../rpc-load.ts";
import type { BenchOptions } from "../options.ts";

const contenders: readonly Contender[] = [
  { name: "floor", start: (port, upstream) => startScript("bolt/floor.ts", proxyCpu, { PORT: port, UPSTREAM: upstream }) },
  { name: "mosn", start: (port, upstream) => startMosn(mosnBolt(port, upstream), [port]) },
];

const blindEnvoy: Contender = {
  name: "Envoy (blind TCP)",
  start: (port, upstream) => startEnvoy({ bootstrap: envoyTcpProxy(port, upstream), ports: [port], cpu: proxyCpu }),
};

/** Bolt, 1 KiB there and back: against the floor, and Envoy that carries the bytes without looking at them. */
export async function benchBolt(options: BenchOptions): Promise<Table[]> {
  const upstreamPort = await freePort();
  const backend = await startScript("rpc/backend.ts", loadCpu, { PORT: upstreamPort });
  const all = envoy.find() === undefined ? contenders : [...contenders, blindEnvoy];
  const loads: readonly (RpcLoad & { readonly title: string })[] = [
    { protocol: "bolt", title: "Bolt, 8 connections × 16 in flight", connections: 8, window: 16 },
    { protocol: "bolt", title: "Bolt, 8 connections × 64 in flight", connections: 8, window: 64 },
    { protocol: "bolt", title: "Bolt, 64 connections × 1 in flight", connections: 64, window: 1 },
    { protocol: "bolt", title: "Bolt, 2,000 requests/s over 8 connections", connections: 8, window: 0, rate: 2000 },
    { protocol: "bolt", title: "Bolt, one request in flight", connections: 1, window: 1 },
  ];
  try {
    const tables: Table[] = [];
    for (const load of loads) {
      process.stderr.write(`${load.title}\n`);
      tables.push({
        title: load.title,
        base: "floor",
        rows: await compare(all, upstreamPort, options.rounds, (contender) => runRpcLoad(contender, load, options)),
      });
    }
    return tables;
  } finally {
    await backend.stop();
  }
}
