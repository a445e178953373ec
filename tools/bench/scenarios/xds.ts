import { fileURLToPath } from "node:url";
import { envoy } from "../../../e2e/peers/envoy.ts";
import { startNginxBackend } from "../../../e2e/peers/nginx.ts";
import { runProgram } from "../../../e2e/peers/process.ts";
import { median, summarize, type Row, type Sample } from "../measure.ts";
import type { BenchOptions } from "../options.ts";
import { loadCpu } from "../proxies.ts";
import type { Fact, Table } from "../report.ts";
import { readFigures, type Figures } from "../xds/figures.ts";

const script = fileURLToPath(new URL("../xds/run.ts", import.meta.url));

/** What each round of one proxy measures. */
const changes = 200;
const updatesPerSecond = 10;

/** So many services, by either variant of the protocol. */
const sizes: readonly (readonly [services: number, protocol: "delta" | "sotw"])[] = [
  [100, "delta"],
  [1000, "delta"],
  [5000, "delta"],
  [5000, "sotw"],
];
const loadedServices = 1000;

/** Configured by a control plane: how long an endpoint change takes and what it costs, what it does to requests, memory. */
export async function benchXds(options: BenchOptions): Promise<{ readonly tables: readonly Table[]; readonly facts: readonly Fact[] }> {
  const backends = [await startNginxBackend({ cpu: loadCpu }), await startNginxBackend({ cpu: loadCpu })];
  const ports = backends.map(({ port }) => port);
  const proxies = envoy.find() === undefined ? ["mosn"] : ["mosn", "Envoy"];
  try {
    const facts: Fact[] = [];
    for (const [services, protocol] of sizes) {
      const title = `xDS (${protocol === "sotw" ? "state of the world" : "delta"}), ${services} clusters`;
      process.stderr.write(`${title}\n`);
      const cases = new Map(proxies.map((proxy) => [proxy, proxy]));
      const runs = await inTurn(cases, options.rounds, (proxy) => run(proxy, services, protocol, ports, ["changes", changes]));
      facts.push({ title, values: describeChanges(runs) });
    }
    return { tables: [await benchLoaded(proxies, ports, options)], facts };
  } finally {
    for (const backend of backends) await backend.stop();
  }
}

async function benchLoaded(
  proxies: readonly string[],
  ports: readonly number[],
  { rounds, warmUpSeconds, seconds }: BenchOptions,
): Promise<Table> {
  const title = `xDS, ${loadedServices} clusters: HTTP/1.1, 2,000 requests/s, without and with ${updatesPerSecond} updates/s`;
  process.stderr.write(`${title}\n`);
  const cases = new Map(proxies.flatMap((proxy) => [0, updatesPerSecond].map((updates) => [nameOf(proxy, updates), { proxy, updates }])));
  const runs = await inTurn(cases, rounds, ({ proxy, updates }) => {
    return run(proxy, loadedServices, "delta", ports, ["loaded", updates, warmUpSeconds, seconds]);
  });
  const rows = [...runs].map(([name, samples]): Row => summarize(name, samples.map(readSample)));
  return { title, rows, base: nameOf(proxies.at(-1) ?? "", 0) };
}

const nameOf = (proxy: string, updates: number): string => (updates === 0 ? proxy : `${proxy}, ${updates} updates/s`);

const readSample = (figures: Figures): Sample => ({
  requestsPerSecond: figures("requestsPerSecond"),
  cpuMicrosPerRequest: figures("cpuMicrosPerRequest"),
  p50: figures("p50"),
  p99: figures("p99"),
});

/** Measures round by round, so that a machine that gets slower or faster meanwhile does so for all. */
async function inTurn<T>(
  cases: ReadonlyMap<string, T>,
  rounds: number,
  measure: (value: T) => Promise<Figures>,
): Promise<ReadonlyMap<string, readonly Figures[]>> {
  const runs = new Map<string, Figures[]>([...cases.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, value] of cases) runs.get(name)?.push(await measure(value));
  }
  return runs;
}

async function run(
  proxy: string,
  services: number,
  protocol: "delta" | "sotw",
  ports: readonly number[],
  phase: readonly (string | number)[],
): Promise<Figures> {
  const args = [script, proxy, services, protocol, ...ports, ...phase].map(String);
  const { exit, stdout, stderr } = await runProgram(process.execPath, args, { cpu: loadCpu, timeoutMs: 300_000 });
  const line = stdout.split("\n").findLast((each) => each.startsWith("{"));
  if (exit.code !== 0 || line === undefined) throw new Error(`${proxy}, ${services} services, ${phase.join(" ")}:\n${stdout}${stderr}`);
  process.stderr.write(`  ${proxy}: ${line}\n`);
  return readFigures(line);
}

const measures: readonly (readonly [text: string, figure: string, unit: string, divisor: number])[] = [
  ["start to the last service's first answer", "startMs", "ms", 1],
  ["endpoint change to its use, p50", "p50", "ms", 1000],
  ["endpoint change to its use, p99", "p99", "ms", 1000],
  ["CPU a change", "cpuMicrosPerChange", "ms", 1000],
  ["resident memory, configured", "rssBeforeKiB", "MiB", 1024],
  ["resident memory, after the changes", "rssAfterKiB", "MiB", 1024],
];

/** With three digits. */
const format = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

/** Medians, least and most of the rounds. */
function describeChanges(runs: ReadonlyMap<string, readonly Figures[]>): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [text, figure, unit, divisor] of measures) {
    for (const [proxy, figures] of runs) {
      const all = figures.map((each) => each(figure) / divisor);
      values[`${proxy}: ${text}`] = `${format(median(all))} ${unit} (${format(Math.min(...all))}–${format(Math.max(...all))})`;
    }
  }
  return values;
}
