import { connect } from "node:net";
import { envoy, envoyHttpProxy, startEnvoy } from "../../../e2e/peers/envoy.ts";
import { startNginxBackend } from "../../../e2e/peers/nginx.ts";
import { freePort } from "../../../e2e/peers/ports.ts";
import type { Peer } from "../../../e2e/peers/process.ts";
import { readUsage } from "../../../e2e/peers/usage.ts";
import { runWrk } from "../../../e2e/peers/wrk.ts";
import { median } from "../measure.ts";
import { loadCpu, mosnHttp, proxyCpu, startMosn } from "../proxies.ts";
import type { Fact } from "../report.ts";
import type { BenchOptions } from "../options.ts";

/** From starting the process to the first answer through it, and resident memory then and after a load. */
export async function benchStart({ rounds }: BenchOptions): Promise<Fact[]> {
  const backend = await startNginxBackend({ cpu: loadCpu });
  const starts: Readonly<Record<string, (port: number) => Promise<Peer>>> = {
    mosn: (port) => startMosn(mosnHttp(port, backend.port), []),
    ...(envoy.find() === undefined
      ? {}
      : { Envoy: (port: number) => startEnvoy({ bootstrap: envoyHttpProxy(port, backend.port), ports: [], cpu: proxyCpu }) }),
  };
  try {
    const first: Record<string, string> = {};
    const memory: Record<string, string> = {};
    for (const [name, start] of Object.entries(starts)) {
      const times: number[] = [];
      let rss = "";
      for (let round = 0; round < rounds; round++) {
        const port = await freePort();
        const began = performance.now();
        const peer = await start(port);
        await firstAnswer(port);
        times.push(performance.now() - began);
        const before = readUsage(peer.pid).rssKiB;
        await runWrk(`http://127.0.0.1:${port}/bytes/1024`, { connections: 64, seconds: 3, cpu: loadCpu });
        rss = `${Math.round(before / 1024)} MiB at start, ${Math.round(readUsage(peer.pid).rssKiB / 1024)} MiB after 3 s of load`;
        await peer.stop();
      }
      first[name] = `${Math.round(median(times))} ms`;
      memory[name] = rss;
    }
    return [
      { title: "Start to first answer (median)", values: first },
      { title: "Resident memory", values: memory },
    ];
  } finally {
    await backend.stop();
  }
}

/** Asks until it is answered. */
async function firstAnswer(port: number): Promise<void> {
  for (;;) {
    const answered = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(`GET /bytes/1024 HTTP/1.1\r\nHost: bench\r\n\r\n`));
      socket.once("data", (data: Buffer) => {
        socket.destroy();
        resolve(data.toString("latin1").startsWith("HTTP/1.1 200"));
      });
      socket.once("error", () => resolve(false));
    });
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
