import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "../../e2e/peers/process.ts";
import { makeScratch, removeScratch } from "../../e2e/peers/scratch.ts";
import { findProgram, toolPath, type PeerTool } from "../../e2e/peers/tools.ts";
import { withCpuOf, type Sample } from "./measure.ts";
import { loadCpu } from "./proxies.ts";

const h2load: PeerTool = {
  name: "h2load",
  installHint: "apt-get install nghttp2-client",
  find: () => findProgram("h2load"),
};

export interface LatencyLoad {
  readonly connections: number;
  /** Over all connections. Default: each sends its next request when it has the answer. */
  readonly requestsPerSecond?: number;
  readonly seconds: number;
}

/**
 * HTTP/1.1 requests for latencies, each connection with one in flight. Of every request the time is taken: wrk, which is for throughput here, adds
 * requests that were never sent to its percentiles after each that took longer than two usual ones.
 *
 * @param pid of the proxy
 */
export async function sampleLatencies(name: string, pid: number, url: string, load: LatencyLoad): Promise<Sample> {
  const { connections, requestsPerSecond, seconds } = load;
  const scratch = makeScratch("h2load");
  try {
    const log = join(scratch, "requests.tsv");
    const pace = requestsPerSecond === undefined ? [`--duration=${seconds}`] : pacing(connections, requestsPerSecond, seconds);
    const args = ["--h1", `--clients=${connections}`, "--max-concurrent-streams=1", ...pace, `--log-file=${log}`, url];
    const { result, cpuMicros } = await withCpuOf(pid, () => {
      return runProgram(toolPath(h2load), args, { cpu: loadCpu, timeoutMs: (seconds + 30) * 1000 });
    });
    if (result.exit.code !== 0) throw new Error(`${name}: h2load failed:\n${result.stdout}${result.stderr}`);
    const all = readLog(readFileSync(log, "utf8"));
    const failed = all.filter(({ status }) => status !== 200).length;
    if (failed > 0 || all.length === 0) throw new Error(`${name}: ${failed} of ${all.length} requests failed`);
    const first =
      all.reduce((least, { sent }) => Math.min(least, sent), Infinity) + (requestsPerSecond === undefined ? 0 : opening(connections) * 1e6);
    const counted = all.filter(({ sent }) => sent >= first && sent < first + seconds * 1e6);
    const micros = counted.map((request) => request.micros).toSorted((a, b) => a - b);
    const quantile = (q: number): number => micros[Math.floor(micros.length * q)] ?? Number.NaN;
    return {
      requestsPerSecond: counted.length / seconds,
      cpuMicrosPerRequest: cpuMicros / all.length,
      p50: quantile(0.5),
      p99: quantile(0.99),
      p999: quantile(0.999),
    };
  } finally {
    removeScratch(scratch);
  }
}

const openingMs = 101;

/** Seconds until all connections are open, where they keep a rate. */
const opening = (connections: number): number => ((connections - 1) * openingMs) / 1000;

/**
 * Each connection keeps its own time from its first request on, to a millisecond. They are opened one after the other, a little more than a tenth of a
 * second apart, or all would send at once; requests count from when all are open.
 */
const pacing = (connections: number, requestsPerSecond: number, seconds: number): string[] => [
  `--rps=${requestsPerSecond / connections}`,
  `--requests=${Math.ceil(requestsPerSecond * (seconds + opening(connections)))}`,
  "--rate=1",
  `--rate-period=${openingMs}ms`,
];

interface LoggedRequest {
  /** Microseconds of the clock. */
  readonly sent: number;
  /** -1 if it was not answered. */
  readonly status: number;
  /** To the end of the answer. */
  readonly micros: number;
}

function readLog(text: string): LoggedRequest[] {
  const lines = text.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    const [sent, status, micros] = line.split("\t").map(Number);
    if (sent === undefined || status === undefined || micros === undefined || !Number.isFinite(micros)) {
      throw new Error(`h2load logged ${line}`);
    }
    return { sent, status, micros };
  });
}
