import { fileURLToPath } from "node:url";
import { freePort } from "../../../e2e/peers/ports.ts";
import { startPeer } from "../../../e2e/peers/process.ts";
import { readUsage } from "../../../e2e/peers/usage.ts";
import { readLoadResult } from "../measure.ts";
import { loadCpu, mosnBolt, startMosn, startScript } from "../proxies.ts";
import type { Fact } from "../report.ts";
import type { BenchOptions } from "../options.ts";

/** Resident memory over a long, steady load: it must not grow. */
export async function benchSoak({ soakSeconds }: BenchOptions): Promise<Fact[]> {
  const upstreamPort = await freePort();
  const port = await freePort();
  const backend = await startScript("rpc/backend.ts", loadCpu, { PORT: upstreamPort });
  const mosn = await startMosn(mosnBolt(port, upstreamPort), [port]);
  try {
    const load = await startPeer({
      name: "load",
      command: process.execPath,
      args: [fileURLToPath(new URL("../rpc/load.ts", import.meta.url))],
      cpu: loadCpu,
      ready: /^measuring$/,
      env: { PORT: String(port), CONNECTIONS: "8", WINDOW: "16", WARMUP: "10", SECONDS: String(soakSeconds) },
    });
    const values: Record<string, string> = {};
    const began = performance.now();
    const sample = (): void => {
      values[`after ${Math.round((performance.now() - began) / 1000)} s`] = `${Math.round(readUsage(mosn.pid).rssKiB / 1024)} MiB`;
    };
    sample();
    const sampling = setInterval(sample, Math.max(1000, (soakSeconds * 1000) / 10));
    const result = readLoadResult(await load.line(/^\{/));
    clearInterval(sampling);
    sample();
    values["requests"] = `${result.requests}, ${result.errors} errors`;
    return [{ title: `Soak: Bolt 8 × 16 for ${soakSeconds} s`, values }];
  } finally {
    await mosn.stop();
    await backend.stop();
  }
}
