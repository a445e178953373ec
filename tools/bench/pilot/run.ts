/**
 * Simulated proxies in this process, for a pilot that runs: `node run.ts <pid> <address> <directory> <services> <sotw|delta> <clients> <alike|workloads> <seconds>`,
 * `seconds` bounding each kind of change. Prints one line of JSON, numbers by name.
 */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { readUsage } from "../../../e2e/peers/usage.ts";
import { median } from "../measure.ts";
import { quantile } from "../xds/figures.ts";
import { SimulatedProxy } from "./client.ts";
import { endpointAddress, endpointsPerService, MeshDirectory } from "./mesh.ts";
import { endpointsType, routesType, type Protocol } from "./wire.ts";

const leastChanges = 3;
const warmUpChanges = 2;
/** What follows a push (answers, garbage) is over when hardly any CPU was used for so long. */
const quietMs = 300;

const [pidText = "", address = "", directory = "", services = "", protocolName = "", clientCount = "", kind = "", seconds = ""] =
  process.argv.slice(2);
const pid = Number(pidText);
const protocol: Protocol = protocolName === "sotw" ? "sotw" : "delta";
const mesh = new MeshDirectory(directory, Number(services));

class Fleet {
  readonly proxies: readonly SimulatedProxy[];
  #awaited = "";
  #times: number[] = [];
  #began = 0;
  #seen = new Set<SimulatedProxy>();
  #done: () => void = () => {};

  constructor(of: string, count: number) {
    this.proxies = Array.from(
      { length: count },
      (_, index) =>
        new SimulatedProxy({
          address: of,
          protocol,
          nodeId: `sidecar~${addressOf(index)}~app-${index}.shop~shop.svc.cluster.local`,
          onResponse: (proxy, typeUrl) => this.#onResponse(proxy, typeUrl),
        }),
    );
  }

  get bytes(): number {
    return this.proxies.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get failures(): number {
    return this.proxies.reduce((sum, { failures }) => sum + failures, 0);
  }

  /** Milliseconds from `begin` until each proxy has acknowledged a response of the type. */
  async each(typeUrl: string, begin: () => void): Promise<readonly number[]> {
    this.#awaited = typeUrl;
    this.#times = [];
    this.#seen = new Set();
    const done = new Promise<void>((resolve) => {
      this.#done = resolve;
    });
    this.#began = performance.now();
    begin();
    await done;
    this.#awaited = "";
    return this.#times;
  }

  #onResponse(proxy: SimulatedProxy, typeUrl: string): void {
    if (typeUrl !== this.#awaited || this.#seen.has(proxy)) return;
    this.#seen.add(proxy);
    this.#times.push(performance.now() - this.#began);
    if (this.#seen.size === this.proxies.length) this.#done();
  }
}

/** `workloads`: each is an instance of one of the services, as in a mesh; `alike`: none of them is. */
function addressOf(index: number): string {
  if (kind === "alike") return `10.250.${index >> 8}.${index & 255}`;
  return endpointAddress(index % mesh.services, endpointsPerService - 1 - Math.floor(index / mesh.services));
}

interface Push {
  readonly times: readonly number[];
  readonly cpuMs: number;
  readonly bytes: number;
}

async function push(fleet: Fleet, typeUrl: string, change: () => void): Promise<Push> {
  const cpu = readUsage(pid).cpuMicros;
  const bytes = fleet.bytes;
  const times = await fleet.each(typeUrl, change);
  await settled();
  return { times, cpuMs: (readUsage(pid).cpuMicros - cpu) / 1000, bytes: (fleet.bytes - bytes) / fleet.proxies.length };
}

/** Resolves when the pilot has used hardly any CPU for a while. */
async function settled(): Promise<void> {
  for (let before = readUsage(pid).cpuMicros; ;) {
    await delay(quietMs);
    const now = readUsage(pid).cpuMicros;
    if (now - before < quietMs * 20) return;
    before = now;
  }
}

async function pushes(fleet: Fleet, name: string, typeUrl: string, change: (turn: number) => void): Promise<object> {
  const all: Push[] = [];
  const until = performance.now() + Number(seconds) * 1000;
  for (let turn = 0; turn < warmUpChanges || all.length < leastChanges || performance.now() < until; turn++) {
    const each = await push(fleet, typeUrl, () => change(turn));
    if (turn >= warmUpChanges) all.push(each);
  }
  const times = all.flatMap((each) => each.times);
  return {
    [`${name}P50Ms`]: quantile(times, 0.5),
    [`${name}P99Ms`]: quantile(times, 0.99),
    [`${name}LastMs`]: median(all.map((each) => Math.max(...each.times))),
    [`${name}CpuMs`]: median(all.map((each) => each.cpuMs)),
    [`${name}Bytes`]: median(all.map((each) => each.bytes)),
    [`${name}Changes`]: all.length,
  };
}

const highWaterKiB = (): number => Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);

async function measure(): Promise<object> {
  const rssAloneKiB = readUsage(pid).rssKiB;
  const fleet = new Fleet(address, Number(clientCount));
  const first = await push(fleet, routesType, () => {
    for (const proxy of fleet.proxies) proxy.open();
  });
  const refused = fleet.failures;
  const rssFirstKiB = readUsage(pid).rssKiB;
  const endpoint = await pushes(fleet, "endpoint", endpointsType, (turn) => mesh.moveEndpoint((turn * 7 + 3) % mesh.services));
  const weight = await pushes(fleet, "weight", routesType, (turn) => mesh.setWeight(((turn * 7) % 100) * 10, 89 - (turn % 80)));
  if (fleet.failures > refused) throw new Error(`${fleet.failures - refused} streams were ended`);
  return {
    rssAloneKiB,
    firstP50Ms: quantile(first.times, 0.5),
    firstLastMs: Math.max(...first.times),
    firstCpuMs: first.cpuMs,
    firstBytes: first.bytes,
    refused,
    rssFirstKiB,
    ...endpoint,
    ...weight,
    rssAfterKiB: readUsage(pid).rssKiB,
    rssHighestKiB: highWaterKiB(),
    loadCpuMs: (process.cpuUsage().user + process.cpuUsage().system) / 1000,
  };
}

console.log(JSON.stringify(await measure()));
process.exit();
