// CPU time of the HTTP/1 connection manager for one request of 1 KiB on 64 connections, against the least that a proxy in Node can do.
// Run: node bench/http1.ts [rounds] [connections]
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";

const [rounds = "3", connections = "64"] = process.argv.slice(2);
const measureMs = 3000;
const proxyCore = "1";
const otherCore = "0";

interface Report {
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
}

function start(script: string, core: string, args: readonly string[], nodeArgs: readonly string[] = []): ChildProcess {
  const file = new URL(`http1-${script}.ts`, import.meta.url).pathname;
  return fork(file, args, { execPath: "taskset", execArgv: ["-c", core, process.execPath, "--conditions=@mesh/source", ...nodeArgs] });
}

async function message<T>(child: ChildProcess): Promise<T> {
  const [value] = await once(child, "message");
  return value as T;
}

async function cpuUsage(proxy: ChildProcess): Promise<NodeJS.CpuUsage> {
  proxy.send("report");
  const { cpu } = await message<{ cpu: NodeJS.CpuUsage }>(proxy);
  return cpu;
}

async function measure(script: string, backendPort: number): Promise<number> {
  const nodeArgs = process.env["CPU_PROF"] === script ? ["--cpu-prof", `--cpu-prof-dir=${process.env["CPU_PROF_DIR"] ?? "."}`] : [];
  const proxy = start(script, proxyCore, [String(backendPort)], nodeArgs);
  const { port } = await message<{ port: number }>(proxy);
  const load = start("load", otherCore, [String(port), connections, String(measureMs)]);
  await message(load);
  const before = await cpuUsage(proxy);
  const { requests, p50, p99 } = await message<Report>(load);
  const after = await cpuUsage(proxy);
  proxy.disconnect();
  const user = (after.user - before.user) / requests;
  const system = (after.system - before.system) / requests;
  const each = user + system;
  const rate = requests / (measureMs / 1000);
  console.log(
    `${script.padEnd(8)}${each.toFixed(1).padStart(8)} µs (user ${user.toFixed(1)}, system ${system.toFixed(1)})${rate.toFixed(0).padStart(9)}/s   p50 ${p50.toFixed(2)} ms   p99 ${p99.toFixed(2)} ms`,
  );
  await once(proxy, "exit");
  return each;
}

const backend = start("backend", otherCore, []);
const { port: backendPort } = await message<{ port: number }>(backend);
const ratios: number[] = [];
for (let round = 0; round < Number(rounds); round++) {
  const floor = await measure("floor", backendPort);
  const proxy = await measure("proxy", backendPort);
  ratios.push(proxy / floor);
}
ratios.sort((a, b) => a - b);
console.log(`proxy / floor: ${ratios.map((ratio) => ratio.toFixed(2)).join("  ")}`);
backend.kill();
