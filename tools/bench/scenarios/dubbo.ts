import { envoy, envoyDubboProxy, startEnvoy } from "../../../e2e/peers/envoy.ts";
import { freePort } from "../../../e2e/peers/ports.ts";
import { compare, type Contender } from "../contenders.ts";
import { loadCpu, mosnBolt, mosnDubbo, proxyCpu, startMosn, startScript } from "../proxies.ts";
import type { Table } from "../report.ts";
import { runRpcLoad, type RpcLoad } from "../rpc-load.ts";
import type { BenchOptions } from "../options.ts";

/** Who is measured, and with what. */
interface Entry {
  readonly name: string;
  readonly protocol: string;
  readonly start: (port: number, upstreamPort: number) => ReturnType<Contender["start"]>;
}

const base = "mosn, Bolt";

const entries: readonly Entry[] = [
  { name: base, protocol: "bolt", start: (port, upstream) => startMosn(mosnBolt(port, upstream), [port]) },
  { name: "mosn, Dubbo", protocol: "dubbo", start: (port, upstream) => startMosn(mosnDubbo(port, upstream, "interface"), [port]) },
  {
    name: "mosn, Dubbo by attachments",
    protocol: "dubbo-attachments",
    start: (port, upstream) => startMosn(mosnDubbo(port, upstream, "attachments"), [port]),
  },
];

const envoyDubbo: Entry = {
  name: "Envoy's dubbo_proxy",
  protocol: "dubbo",
  start: (port, upstream) => startEnvoy({ bootstrap: envoyDubboProxy(port, upstream), ports: [port], cpu: proxyCpu }),
};

/** Dubbo with hessian2, routed by interface and by attachments: against Bolt through the same proxy, and Envoy's dubbo_proxy. */
export async function benchDubbo(options: BenchOptions): Promise<Table[]> {
  const all = envoy.find() === undefined ? entries : [...entries, envoyDubbo];
  const loads: readonly (Omit<RpcLoad, "protocol"> & { readonly title: string })[] = [
    { title: "Dubbo, 500 B, 8 connections × 16 in flight", connections: 8, window: 16, bodyBytes: 500 },
    { title: "Dubbo, 1 KiB, 8 connections × 16 in flight", connections: 8, window: 16 },
    { title: "Dubbo, 1 KiB, 64 connections × 1 in flight", connections: 64, window: 1 },
  ];
  const tables: Table[] = [];
  for (const load of loads) {
    process.stderr.write(`${load.title}\n`);
    const ports = { bolt: await freePort(), dubbo: await freePort() };
    const body = load.bodyBytes ?? 1024;
    const backends = await Promise.all(
      Object.entries(ports).map(([protocol, port]) =>
        startScript("rpc/backend.ts", loadCpu, { PORT: port, PROTOCOL: protocol, BODY: body }),
      ),
    );
    const upstreamOf = ({ protocol }: Entry): number => (protocol === "bolt" ? ports.bolt : ports.dubbo);
    const contenders = all.map((entry): Contender => ({ name: entry.name, start: (port) => entry.start(port, upstreamOf(entry)) }));
    const protocols = new Map(all.map(({ name, protocol }) => [name, protocol]));
    try {
      const rows = await compare(contenders, ports.dubbo, options.rounds, (contender) =>
        runRpcLoad(contender, { ...load, protocol: protocols.get(contender.name) ?? "dubbo" }, options),
      );
      tables.push({ title: load.title, base, rows });
    } finally {
      await Promise.all(backends.map((backend) => backend.stop()));
    }
  }
  return tables;
}
