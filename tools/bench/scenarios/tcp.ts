import { envoy, envoyTcpProxy, startEnvoy } from "../../../e2e/peers/envoy.ts";
import { haproxy, startHaproxy } from "../../../e2e/peers/haproxy.ts";
import { startNginxBackend } from "../../../e2e/peers/nginx.ts";
import { runWrk } from "../../../e2e/peers/wrk.ts";
import { compare, type Contender } from "../contenders.ts";
import { withCpuOf } from "../measure.ts";
import { loadCpu, mosnTcp, proxyCpu, startMosn } from "../proxies.ts";
import type { Table } from "../report.ts";
import type { BenchOptions } from "../options.ts";

function contenders(): Contender[] {
  const all: Contender[] = [{ name: "mosn", start: (port, upstream) => startMosn(mosnTcp(port, upstream), [port]) }];
  if (haproxy.find() !== undefined) {
    all.push({ name: "HAProxy", start: (port, upstream) => startHaproxy({ mode: "tcp", port, upstreamPorts: [upstream], cpu: proxyCpu }) });
  }
  if (envoy.find() !== undefined) {
    all.push({
      name: "Envoy",
      start: (port, upstream) => startEnvoy({ bootstrap: envoyTcpProxy(port, upstream), ports: [port], cpu: proxyCpu }),
    });
  }
  return all;
}

/** TCP: small exchanges (HTTP answers of 1 KiB, unseen by the proxy) and bulk (answers of 1 MiB). */
export async function benchTcp({ rounds, seconds, warmUpSeconds }: BenchOptions): Promise<Table[]> {
  const backend = await startNginxBackend({ cpu: loadCpu });
  const base = envoy.find() === undefined ? "mosn" : "Envoy";
  try {
    const tables: Table[] = [];
    for (const [title, bytes, connections] of [
      ["TCP, exchanges of 1 KiB, 64 connections", 1024, 64],
      ["TCP, answers of 1 MiB, 8 connections", 1_048_576, 8],
    ] as const) {
      process.stderr.write(`${title}\n`);
      const rows = await compare(contenders(), backend.port, rounds, async ({ port, peer, name }) => {
        const url = `http://127.0.0.1:${port}/bytes/${bytes}`;
        await runWrk(url, { connections, seconds: warmUpSeconds, cpu: loadCpu });
        const { result, cpuMicros } = await withCpuOf(peer.pid, () => runWrk(url, { connections, seconds, cpu: loadCpu }));
        if (result.failedStatuses + result.socketErrors > 0) throw new Error(`${name}: ${result.socketErrors} socket errors`);
        return { requestsPerSecond: result.requestsPerSecond, cpuMicrosPerRequest: cpuMicros / result.requests };
      });
      tables.push({ title, base, rows });
    }
    return tables;
  } finally {
    await backend.stop();
  }
}
