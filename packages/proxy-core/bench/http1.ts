// CPU time of the HTTP/1 connection manager for one request of 1 KiB on 64 connections, against the least that a proxy in Node can do.
// Other programs on the machine can only add to it, so it is taken in windows of a fifth of a second, of which the best tenth counts.
// Run: node bench/http1.ts [rounds] [connections]
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

const [rounds = "3", connections = "64"] = process.argv.slice(2);
const warmUpMs = 2000;
const windowMs = 200;
const windows = 20;
const proxyCore = "1";
const otherCore = "0";

interface Sample {
  readonly cpu: NodeJS.CpuUsage;
  readonly requests: number;
}

function start(script: string, core: string, args: readonly string[]): ChildProcess {
  const file = new URL(`http1-${script}.ts`, import.meta.url).pathname;
  return fork(file, args, { execPath: "taskset", execArgv: ["-c", core, process.execPath, "--conditions=@mesh/source"] });
}

async function message<T>(child: ChildProcess): Promise<T> {
  const [value] = await once(child, "message");
  return value as T;
}

async function ask<T>(child: ChildProcess): Promise<T> {
  child.send("report");
  return message<T>(child);
}

async function sample(proxy: ChildProcess, load: ChildProcess): Promise<Sample> {
  const [{ cpu }, { requests }] = await Promise.all([ask<{ cpu: NodeJS.CpuUsage }>(proxy), ask<{ requests: number }>(load)]);
  return { cpu, requests };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

async function measure(script: string, backendPort: number): Promise<number> {
  const proxy = start(script, proxyCore, [String(backendPort)]);
  const { port } = await message<{ port: number }>(proxy);
  const load = start("load", otherCore, [String(port), connections]);
  await pause(warmUpMs);
  const each: { readonly user: number; readonly system: number; readonly rate: number }[] = [];
  let before = await sample(proxy, load);
  for (let i = 0; i < windows; i++) {
    await pause(windowMs);
    const after = await sample(proxy, load);
    const requests = after.requests - before.requests;
    const user = (after.cpu.user - before.cpu.user) / requests;
    const system = (after.cpu.system - before.cpu.system) / requests;
    each.push({ user, system, rate: (requests / windowMs) * 1000 });
    before = after;
  }
  load.disconnect();
  proxy.disconnect();
  await Promise.all([once(load, "exit"), once(proxy, "exit")]);
  const best = each.toSorted((a, b) => a.user + a.system - b.user - b.system).slice(0, Math.ceil(windows / 10));
  const user = mean(best.map((window) => window.user));
  const system = mean(best.map((window) => window.system));
  const rate = mean(best.map((window) => window.rate));
  const total = user + system;
  console.log(
    `${script.padEnd(8)}${total.toFixed(1).padStart(6)} µs a request (user ${user.toFixed(1)}, system ${system.toFixed(1)})${rate.toFixed(0).padStart(8)}/s`,
  );
  return total;
}

const backend = start("backend", otherCore, []);
const { port: backendPort } = await message<{ port: number }>(backend);
const ratios: number[] = [];
for (let round = 0; round < Number(rounds); round++) {
  const floor = await measure("floor", backendPort);
  const proxy = await measure("proxy", backendPort);
  ratios.push(proxy / floor);
}
console.log(`proxy / floor: ${ratios.map((ratio) => ratio.toFixed(2)).join("  ")}`);
backend.disconnect();
