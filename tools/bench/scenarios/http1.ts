import { envoy, envoyHttpProxy, startEnvoy } from "../../../e2e/peers/envoy.ts";
import { haproxy, startHaproxy } from "../../../e2e/peers/haproxy.ts";
import { nginx, startNginxBackend, startNginxProxy } from "../../../e2e/peers/nginx.ts";
import { runWrk } from "../../../e2e/peers/wrk.ts";
import { whileAwake } from "../awake.ts";
import { compare, compareInTurns, type Contender, type RunningContender } from "../contenders.ts";
import { sampleLatencies, type LatencyLoad } from "../h2load.ts";
import { withCpuOf, type Row, type Sample } from "../measure.ts";
import { loadCpu, mosnHttp, proxyCpu, startMosn, startScript } from "../proxies.ts";
import type { Table } from "../report.ts";
import type { BenchOptions } from "../options.ts";

function contenders(): Contender[] {
  const all: Contender[] = [
    { name: "floor", start: (port, upstream) => startScript("http1/floor.ts", proxyCpu, { PORT: port, UPSTREAM: upstream }) },
    { name: "mosn", start: (port, upstream) => startMosn(mosnHttp(port, upstream), [port]) },
  ];
  if (nginx.find() !== undefined) {
    all.push({ name: "nginx", start: (port, upstream) => startNginxProxy(upstream, { port, cpu: proxyCpu }) });
  }
  if (haproxy.find() !== undefined) {
    all.push({
      name: "HAProxy",
      start: (port, upstream) => startHaproxy({ mode: "http", port, upstreamPorts: [upstream], cpu: proxyCpu }),
    });
  }
  if (envoy.find() !== undefined) {
    all.push({
      name: "Envoy",
      start: (port, upstream) => startEnvoy({ bootstrap: envoyHttpProxy(port, upstream), ports: [port], cpu: proxyCpu }),
    });
  }
  return all;
}

/**
 * As fast as it goes, whatever is measured then: a compiler that is still at work in the background shares the CPU with the first requests of
 * a slow load for a minute.
 */
async function warmUp(port: number, seconds: number): Promise<void> {
  await runWrk(urlOf(port), { connections: 64, seconds, cpu: loadCpu });
}

const urlOf = (port: number): string => `http://127.0.0.1:${port}/bytes/1024`;

async function run({ port, peer, name }: RunningContender, connections: number, seconds: number): Promise<Sample> {
  const url = urlOf(port);
  const { result, cpuMicros } = await withCpuOf(peer.pid, () => runWrk(url, { connections, seconds, cpu: loadCpu }));
  if (result.failedStatuses + result.socketErrors > 0) {
    throw new Error(
      `${name}: ${result.failedStatuses} failed statuses and ${result.socketErrors} socket errors in ${result.requests} requests`,
    );
  }
  return {
    requestsPerSecond: result.requestsPerSecond,
    cpuMicrosPerRequest: cpuMicros / result.requests,
    p50: result.latency.p50,
    p99: result.latency.p99,
  };
}

const connectionsAtRate = 8;

const latencies = ({ name, peer, port }: RunningContender, load: LatencyLoad): Promise<Sample> => {
  return sampleLatencies(name, peer.pid, urlOf(port), load);
};

/** Turns where latencies count, each of so many seconds. */
const TURNS_A_ROUND = 5;
const TURN_SECONDS = 2;
/** Not counted: code is compiled for what it sees, and some of it is compiled anew when a hurried load becomes a slow one. */
const WARM_UP_TURNS = 10;

/** HTTP/1.1, answers of 1 KiB from nginx: against the floor, nginx, HAProxy and Envoy with its router. */
export async function benchHttp1(options: BenchOptions): Promise<Table[]> {
  const backend = await startNginxBackend({ cpu: loadCpu });
  const base = envoy.find() === undefined ? "floor" : "Envoy";
  const prepare = ({ port }: RunningContender): Promise<void> => warmUp(port, options.warmUpSeconds);
  const table = async (title: string, rows: () => Promise<Row[]>): Promise<Table> => {
    process.stderr.write(`${title}\n`);
    return { title, base, rows: await rows() };
  };
  const inTurns = async (title: string, take: (contender: RunningContender) => Promise<Sample>): Promise<Table> => {
    process.stderr.write(`${title}\n`);
    const turns = options.rounds * TURNS_A_ROUND;
    const prepareForTurns = async (contender: RunningContender): Promise<void> => {
      await prepare(contender);
      for (let turn = 0; turn < WARM_UP_TURNS; turn++) await take(contender);
    };
    const { result, isAwake } = await whileAwake(() => compareInTurns(contenders(), backend.port, turns, prepareForTurns, take));
    return { title: `${title}, CPUs ${isAwake ? "kept awake" : "that may sleep"}`, base, rows: result };
  };
  try {
    return [
      await table("HTTP/1.1, 64 connections", () => {
        return compare(contenders(), backend.port, options.rounds, async (contender) => {
          await prepare(contender);
          return run(contender, 64, options.seconds);
        });
      }),
      await inTurns("HTTP/1.1, one request in flight", (contender) => latencies(contender, { connections: 1, seconds: TURN_SECONDS })),
      await inTurns(`HTTP/1.1, 2,000 requests/s over ${connectionsAtRate} connections`, (contender) => {
        return latencies(contender, { connections: connectionsAtRate, requestsPerSecond: 2000, seconds: TURN_SECONDS });
      }),
    ];
  } finally {
    await backend.stop();
  }
}
