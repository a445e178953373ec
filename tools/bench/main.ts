/**
 * `npm run bench`: proxies side by side, on this machine and in one run. The proxy has a CPU for itself; load and back end share the other.
 * Ratios carry over to other machines, absolute figures do not.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { envoy } from "../../e2e/peers/envoy.ts";
import { haproxy } from "../../e2e/peers/haproxy.ts";
import { nginx } from "../../e2e/peers/nginx.ts";
import type { BenchOptions } from "./options.ts";
import { describeMachine, formatFact, formatTable, versionOf, type Fact, type Report, type Table } from "./report.ts";
import { benchBolt } from "./scenarios/bolt.ts";
import { benchDubbo } from "./scenarios/dubbo.ts";
import { benchHttp1 } from "./scenarios/http1.ts";
import { benchIdle } from "./scenarios/idle.ts";
import { benchPilot } from "./scenarios/pilot.ts";
import { benchSoak } from "./scenarios/soak.ts";
import { benchStart } from "./scenarios/start.ts";
import { benchTcp } from "./scenarios/tcp.ts";
import { benchXds } from "./scenarios/xds.ts";

interface Results {
  readonly tables?: readonly Table[];
  readonly facts?: readonly Fact[];
}

const scenarios: Readonly<Record<string, (options: BenchOptions) => Promise<Results>>> = {
  bolt: async (options) => ({ tables: await benchBolt(options) }),
  dubbo: async (options) => ({ tables: await benchDubbo(options) }),
  http1: async (options) => ({ tables: await benchHttp1(options) }),
  tcp: async (options) => ({ tables: await benchTcp(options) }),
  start: async (options) => ({ facts: await benchStart(options) }),
  idle: async () => ({ facts: await benchIdle() }),
  xds: benchXds,
  pilot: async (options) => ({ facts: await benchPilot(options) }),
  soak: async (options) => ({ facts: await benchSoak(options) }),
};

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "3" },
    "warm-up": { type: "string", default: "5" },
    "soak-seconds": { type: "string", default: "600" },
    output: { type: "string", default: "bench/out/report.json" },
  },
});

const chosen = values.only?.split(",") ?? Object.keys(scenarios).filter((name) => name !== "soak");
const unknown = chosen.filter((name) => !(name in scenarios));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(", ")}; there are ${Object.keys(scenarios).join(", ")}`);
  process.exit(2);
}
if (cpus().length < 2) {
  console.error("needs two CPUs: one for the proxy, one for load and back end");
  process.exit(2);
}

const options: BenchOptions = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  warmUpSeconds: Number(values["warm-up"]),
  soakSeconds: Number(values["soak-seconds"]),
};
const machine = describeMachine({
  Envoy: versionOf(envoy.find(), "--version"),
  nginx: versionOf(nginx.find(), "-v"),
  HAProxy: versionOf(haproxy.find(), "-v"),
});
const tables: Table[] = [];
const facts: Fact[] = [];
for (const name of chosen) {
  const results = await scenarios[name]?.(options);
  for (const table of results?.tables ?? []) {
    tables.push(table);
    console.log(`\n${formatTable(table)}`);
  }
  for (const fact of results?.facts ?? []) {
    facts.push(fact);
    console.log(`\n${formatFact(fact)}`);
  }
}
const report: Report = { machine, tables, facts };
mkdirSync("bench/out", { recursive: true });
writeFileSync(values.output, `${JSON.stringify(report, undefined, 2)}\n`);
console.log(
  `\n${Object.entries(machine)
    .map(([key, value]) => `${key}: ${value}`)
    .join("\n")}\nsaved in ${values.output}`,
);
