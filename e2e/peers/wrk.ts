import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRecord, readNumber } from "./echo-service.ts";
import { runProgram } from "./process.ts";
import { makeScratch, removeScratch } from "./scratch.ts";
import { findProgram, toolPath } from "./tools.ts";
import type { PeerTool } from "./tools.ts";

export const wrk: PeerTool = {
  name: "wrk",
  installHint: "apt-get install wrk",
  find: () => findProgram("wrk"),
};

export interface WrkOptions {
  readonly connections: number;
  readonly seconds: number;
  /** Default: 1. */
  readonly threads?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cpu?: number;
}

export interface WrkResult {
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Responses of a status above 399. */
  readonly failedStatuses: number;
  /** Connects, reads, writes and timeouts that failed. */
  readonly socketErrors: number;
  /** Microseconds. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number; readonly mean: number };
}

/** wrk's own output rounds; its script interface does not. */
const report = `
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\\n{"requests":%d,"us":%d,"status":%d,"socket":%d,"p50":%d,"p99":%d,"max":%d,"mean":%.1f}\\n',
    summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50), latency:percentile(99), latency.max, latency.mean))
end
`;

/** Loads a URL for some seconds and measures. */
export async function runWrk(url: string, options: WrkOptions): Promise<WrkResult> {
  const scratch = makeScratch("wrk");
  try {
    const script = join(scratch, "report.lua");
    writeFileSync(script, report);
    const args = ["--threads", String(options.threads ?? 1), "--connections", String(options.connections)];
    const headers = Object.entries(options.headers ?? {}).flatMap(([name, value]) => ["--header", `${name}: ${value}`]);
    const { exit, stdout, stderr } = await runProgram(
      toolPath(wrk),
      [...args, "--duration", `${options.seconds}s`, "--script", script, ...headers, url],
      { timeoutMs: (options.seconds + 30) * 1000, ...(options.cpu === undefined ? {} : { cpu: options.cpu }) },
    );
    const line = stdout.split("\n").find((each) => each.startsWith("{"));
    const result: unknown = line === undefined ? undefined : JSON.parse(line);
    if (exit.code !== 0 || !isRecord(result)) throw new Error(`wrk failed:\n${stdout}${stderr}`);
    const number = (name: string): number => readNumber(result[name]);
    return {
      requests: number("requests"),
      requestsPerSecond: (number("requests") / number("us")) * 1e6,
      failedStatuses: number("status"),
      socketErrors: number("socket"),
      latency: { p50: number("p50"), p99: number("p99"), max: number("max"), mean: number("mean") },
    };
  } finally {
    removeScratch(scratch);
  }
}
