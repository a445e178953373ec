import { createServer } from "node:net";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { runProgram } from "../../../e2e/peers/process.ts";
import { zookeeper } from "../../../e2e/peers/zookeeper.ts";
import { makeScratch, removeScratch } from "../../../e2e/peers/scratch.ts";
import { median } from "../measure.ts";
import type { BenchOptions } from "../options.ts";
import { restPort, timesToFirstUse, type RegistryKind } from "../pilot/first-use.ts";
import { MeshDirectory } from "../pilot/mesh.ts";
import { startPinnedPilot } from "../pilot/start.ts";
import { loadCpu } from "../proxies.ts";
import type { Fact } from "../report.ts";
import { quantile, readFigures, type Figures } from "../xds/figures.ts";

const script = fileURLToPath(new URL("../pilot/run.ts", import.meta.url));
const services = 1000;

interface Case {
  readonly clients: number;
  readonly protocol: "delta" | "sotw";
  readonly kind: "alike" | "workloads";
}

const cases: readonly Case[] = [
  { clients: 100, protocol: "sotw", kind: "alike" },
  { clients: 500, protocol: "sotw", kind: "alike" },
  { clients: 500, protocol: "delta", kind: "alike" },
  { clients: 500, protocol: "delta", kind: "workloads" },
  { clients: 2000, protocol: "delta", kind: "alike" },
];

/** A pilot and simulated proxies: how long a change takes to the last of them and what it costs, their first configuration, memory. */
export async function benchPilot({ rounds, seconds }: BenchOptions): Promise<readonly Fact[]> {
  const facts: Fact[] = [];
  const all = new Map<Case, readonly Figures[]>();
  const loads: string[] = [];
  for (const each of cases) {
    const title = titleOf(each);
    process.stderr.write(`${title}\n`);
    const runs: Figures[] = [];
    for (let round = 0; round < rounds; round++) runs.push(await run(each, seconds));
    facts.push({ title, values: describe(runs, each) });
    all.set(each, runs);
    loads.push((loadavg()[0] ?? 0).toFixed(1));
  }
  return [...facts, await benchFirstUse(rounds), summary(all, loads)];
}

function canListen(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** From the change of an instance in a registry to the request that uses it. */
async function benchFirstUse(rounds: number): Promise<Fact> {
  // A sidecar in front of what ZooKeeper has of HTTP listens at port 80.
  const isZookeeperAsked = zookeeper.find() !== undefined && (await canListen(restPort));
  const kinds: readonly RegistryKind[] = isZookeeperAsked ? ["file", "zookeeper"] : ["file"];
  const values: Record<string, string> = {};
  for (const kind of kinds) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const mesh = new MeshDirectory(makeScratch("pilot-bench"), services);
      mesh.write();
      times.push(...(await timesToFirstUse(kind, mesh)));
      removeScratch(mesh.path);
    }
    const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)].map(format);
    values[kind === "file" ? "a file of services" : "ZooKeeper"] = `p50 ${p50} ms, p99 ${p99} ms, ${times.length} changes`;
    process.stderr.write(`  ${kind}: load ${loadavg()[0]?.toFixed(1)}, ${times.map((time) => time.toFixed(0)).join(" ")} ms\n`);
  }
  return { title: "pilot, from the change of an instance in a registry to the request that uses it", values };
}

const titleOf = ({ clients, protocol, kind }: Case): string =>
  `pilot, ${clients} proxies by ${protocol === "sotw" ? "state of the world" : "delta"}, ${kind === "alike" ? "alike" : "each with a workload of its own"}`;

async function run({ clients, protocol, kind }: Case, seconds: number): Promise<Figures> {
  const mesh = new MeshDirectory(makeScratch("pilot-bench"), services);
  mesh.write();
  const peer = await startPinnedPilot(mesh.path);
  try {
    const args = [script, peer.pid, peer.address, mesh.path, services, protocol, clients, kind, seconds].map(String);
    const ended = peer.exited.then(({ code, signal }) => {
      throw new Error(`the pilot has ended (${code ?? signal}):\n${peer.output()}`);
    });
    ended.catch(() => {});
    const running = runProgram(process.execPath, args, { cpu: loadCpu, timeoutMs: 300_000 });
    const { exit, stdout, stderr } = await Promise.race([running, ended]);
    const line = stdout.split("\n").findLast((each) => each.startsWith("{"));
    if (exit.code !== 0 || line === undefined) throw new Error(`${stdout}${stderr}\n${peer.output()}`);
    process.stderr.write(`  load ${loadavg()[0]?.toFixed(1)}: ${line}\n`);
    return readFigures(line);
  } finally {
    await peer.stop();
    removeScratch(mesh.path);
  }
}

/** Of Istio's pilot with 500 proxies, as issue 6 has it, and what was set as a goal beside it. */
interface Measure {
  readonly text: string;
  readonly figure: string;
  readonly unit: string;
  readonly divisor: number;
  readonly goal?: string;
}

const measures: readonly Measure[] = [
  { text: "first configuration, last proxy", figure: "firstLastMs", unit: "s", divisor: 1000, goal: "8 s (Istio 19)" },
  { text: "first configuration, CPU", figure: "firstCpuMs", unit: "s", divisor: 1000, goal: "9.7 s (Istio 29)" },
  { text: "first configuration, a proxy", figure: "firstBytes", unit: "MB", divisor: 1e6 },
  { text: "streams refused meanwhile", figure: "refused", unit: "", divisor: 1 },
  { text: "endpoint, p50", figure: "endpointP50Ms", unit: "ms", divisor: 1 },
  { text: "endpoint, p99", figure: "endpointP99Ms", unit: "ms", divisor: 1, goal: "250 ms (Istio 890)" },
  { text: "endpoint, last proxy", figure: "endpointLastMs", unit: "ms", divisor: 1, goal: "(Istio 720)" },
  { text: "endpoint, CPU a push", figure: "endpointCpuMs", unit: "ms", divisor: 1, goal: "167 ms (Istio 500)" },
  { text: "endpoint, a proxy", figure: "endpointBytes", unit: "kB", divisor: 1000 },
  { text: "weight, p50", figure: "weightP50Ms", unit: "ms", divisor: 1 },
  { text: "weight, p99", figure: "weightP99Ms", unit: "ms", divisor: 1, goal: "800 ms (Istio 5,300)" },
  { text: "weight, last proxy", figure: "weightLastMs", unit: "ms", divisor: 1, goal: "(Istio 3,000)" },
  { text: "weight, CPU a push", figure: "weightCpuMs", unit: "ms", divisor: 1, goal: "1,170 ms (Istio 3,500)" },
  { text: "weight, a proxy", figure: "weightBytes", unit: "kB", divisor: 1000, goal: "(Istio 1,400, delta 420)" },
  { text: "resident memory alone", figure: "rssAloneKiB", unit: "MB", divisor: 1e6 / 1024, goal: "(Istio 125)" },
  { text: "resident memory, proxies configured", figure: "rssFirstKiB", unit: "MB", divisor: 1e6 / 1024, goal: "400 MB (Istio 660)" },
  { text: "resident memory, at its highest", figure: "rssHighestKiB", unit: "MB", divisor: 1e6 / 1024, goal: "400 MB" },
];

/** With three digits. */
const format = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

/** All cases side by side: medians, and the goals for 500 proxies. */
function summary(all: ReadonlyMap<Case, readonly Figures[]>, loads: readonly string[]): Fact {
  const names = [...all.keys()].map(({ clients, protocol, kind }) => `${clients} ${protocol}${kind === "alike" ? "" : ", workloads"}`);
  const rows = measures.map(({ text, figure, unit, divisor, goal }): [string, string] => {
    const medians = [...all.values()].map((runs) => format(median(runs.map((each) => each(figure) / divisor))));
    return [`${text}${unit === "" ? "" : `, ${unit}`}`, [...medians, goal ?? ""].join(" | ")];
  });
  const values = Object.fromEntries([
    ["proxies", [...names, "goal (500)"].join(" | ")],
    ["load average", [...loads, ""].join(" | ")],
    ...rows,
  ]);
  return { title: "pilot, all", values };
}

/** Medians, least and most of the rounds, and the goal where it is about so many. */
function describe(runs: readonly Figures[], { clients }: Case): Record<string, string> {
  const rows = measures.map(({ text, figure, unit, divisor, goal }): [string, string] => {
    const all = runs.map((each) => each(figure) / divisor);
    const goalText = clients === 500 && goal !== undefined ? `; goal ${goal}` : "";
    return [text, `${format(median(all))} ${unit} (${format(Math.min(...all))}–${format(Math.max(...all))})${goalText}`];
  });
  return Object.fromEntries(rows);
}
