/**
 * One proxy of one start, configured by a control plane in this process: `node run.ts <mosn|Envoy> <services> <sotw|delta> <port> <port> <phase> …`, the ports
 * being those of two back ends. Phases are `changes <how many>` and `loaded <updates a second> <warm-up seconds> <seconds>`. Prints one line of JSON, numbers by name.
 */
import { setTimeout as delay } from "node:timers/promises";
import { startEnvoy } from "../../../e2e/peers/envoy.ts";
import { envoyXdsBootstrap } from "../../../e2e/peers/envoy-xds.ts";
import { freePort } from "../../../e2e/peers/ports.ts";
import type { Peer } from "../../../e2e/peers/process.ts";
import { readUsage } from "../../../e2e/peers/usage.ts";
import { runWrk } from "../../../e2e/peers/wrk.ts";
import { sampleLatencies } from "../h2load.ts";
import { withCpuOf, type Sample } from "../measure.ts";
import { loadCpu, proxyCpu, startMosn } from "../proxies.ts";
import { Asker } from "./asker.ts";
import { quantile } from "./figures.ts";
import { MovingPlane } from "./plane.ts";
import { serviceName } from "./resources.ts";

const [proxyName = "", services = "", protocolName = "", firstPort = "", secondPort = "", phase = "", ...phaseArguments] =
  process.argv.slice(2);
const ports = [Number(firstPort), Number(secondPort)] as const;
const protocol = protocolName === "sotw" ? "sotw" : "delta";

async function measure(): Promise<object> {
  const port = await freePort();
  const plane = await MovingPlane.start(Number(services), port, ports);
  const bootstrap = envoyXdsBootstrap({ address: plane.address, protocol });
  const began = performance.now();
  const peer = await (proxyName === "mosn" ? startMosn(bootstrap, []) : startEnvoy({ bootstrap, ports: [], cpu: proxyCpu }));
  try {
    await configured(plane, port);
    const startMs = performance.now() - began;
    // What follows from the first configuration is to be over: warnings, the compiler at work, memory that is given back.
    await delay(1000);
    return phase === "changes" ? { startMs, ...(await measureChanges(plane, peer, port)) } : await measureLoaded(plane, peer, port);
  } finally {
    await peer.stop();
  }
}

/** Waits until the last of the services is answered for. */
async function configured(plane: MovingPlane, port: number): Promise<void> {
  await plane.taken();
  for (;;) {
    const asker = new Asker(port);
    const backend = await asker.ask(serviceName(plane.count - 1));
    asker.close();
    if (backend !== undefined) return;
    await delay(2);
  }
}

interface Changes {
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly cpuMicrosPerChange: number;
  readonly rssBeforeKiB: number;
  readonly rssAfterKiB: number;
}

/** Each change concerns another service than those shortly before it. */
function* everyService(count: number): Generator<number, never> {
  for (let step = 0; ; step++) yield (step * 7) % count;
}

async function measureChanges(plane: MovingPlane, { pid }: Peer, port: number): Promise<Changes> {
  const changes = Number(phaseArguments[0]);
  const rssBeforeKiB = readUsage(pid).rssKiB;
  const turns = everyService(plane.count);
  const asker = new Asker(port);
  for (let warmUp = 0; warmUp < changes / 2; warmUp++) await timeOfChange(plane, asker, turns.next().value);
  const micros: number[] = [];
  for (let change = 0; change < changes; change++) micros.push(await timeOfChange(plane, asker, turns.next().value));
  asker.close();
  // Without the requests, which would be most of the CPU.
  const { cpuMicros } = await withCpuOf(pid, async () => {
    for (let change = 0; change < changes; change++) await plane.moveAndWait(turns.next().value);
  });
  return {
    p50: quantile(micros, 0.5),
    p99: quantile(micros, 0.99),
    cpuMicrosPerChange: cpuMicros / changes,
    rssBeforeKiB,
    rssAfterKiB: readUsage(pid).rssKiB,
  };
}

/** Microseconds from the control plane's write until the new endpoint answers. */
async function timeOfChange(plane: MovingPlane, asker: Asker, service: number): Promise<number> {
  const name = serviceName(service);
  const before = plane.portOf(service);
  const backend = await asker.ask(name);
  if (backend !== `n${before}`) throw new Error(`${name} is answered for by ${backend}, not by n${before}`);
  const taken = plane.moveAndWait(service);
  const since = performance.now();
  const after = `n${plane.portOf(service)}`;
  while ((await asker.ask(name)) !== after);
  const micros = (performance.now() - since) * 1000;
  await taken;
  return micros;
}

/** Requests at a fixed rate for the first service. */
async function measureLoaded(plane: MovingPlane, { pid }: Peer, port: number): Promise<Sample> {
  const [updatesPerSecond = 0, warmUpSeconds = 0, seconds = 0] = phaseArguments.map(Number);
  await runWrk(`http://127.0.0.1:${port}/bytes/1024`, { connections: 64, seconds: warmUpSeconds, cpu: loadCpu });
  if (updatesPerSecond === 0) return runLoad(pid, port, seconds);
  const turns = everyService(plane.count);
  let updates = 0;
  // Once in ten it is the service that is asked for.
  const updating = setInterval(() => plane.move(updates++ % 10 === 0 ? 0 : turns.next().value), 1000 / updatesPerSecond);
  const sample = await runLoad(pid, port, seconds);
  clearInterval(updating);
  return sample;
}

function runLoad(pid: number, port: number, seconds: number): Promise<Sample> {
  const load = { connections: 8, requestsPerSecond: 2000, seconds };
  return sampleLatencies(proxyName, pid, `http://127.0.0.1:${port}/bytes/1024`, load);
}

console.log(JSON.stringify(await measure()));
// The control plane's connections would keep the process.
process.exit();
