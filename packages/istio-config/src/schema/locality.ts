/** LocalityLoadBalancerSetting, of DestinationRules and of the MeshConfig. */
import type { LocalityLbSetting } from "../kinds/index.ts";
import type { Report } from "./issues.ts";
import { message, type MessageSchema } from "./message.ts";
import { flag, list, map, may, text, texts, count, type Verdict } from "./scalars.ts";

const distribute = message("LocalityLoadBalancerSetting.Distribute", { from: text, to: map(count) });
const failover = message("LocalityLoadBalancerSetting.Failover", { from: text, to: text });

const topologyLabels = new Set(["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"]);

export function localityVerdict(locality: string): Verdict {
  const parts = locality.split("/");
  const wildcard = locality.indexOf("*");
  if (parts.length > 3 || parts.includes("")) return "must be region, region/zone or region/zone/subzone, with nothing left empty";
  return wildcard >= 0 && wildcard !== locality.length - 1 ? "must have a * at the end only" : undefined;
}

/** Whether every place of the second locality is in the first. */
function isWithin(outer: string, inner: string): boolean {
  if (outer === "*") return true;
  const prefix = outer.endsWith("/*") ? outer.slice(0, -1) : `${outer}/`;
  return `${inner}/`.startsWith(prefix);
}

function checkOverlap(localities: readonly string[], report: (index: number, words: string) => void): void {
  for (const [index, locality] of localities.entries()) {
    const earlier = localities.slice(0, index).find((other) => isWithin(other, locality) || isWithin(locality, other));
    if (earlier !== undefined) report(index, `${locality} must not overlap ${earlier}`);
  }
}

function checkDistribute({ distribute: entries }: LocalityLbSetting, report: Report): void {
  checkOverlap(
    entries.map(({ from }) => from),
    (index, words) => report(["distribute", index, "from"], "locality/overlap", words),
  );
  for (const [index, { from, to }] of entries.entries()) {
    const at = ["distribute", index];
    const wrongFrom = localityVerdict(from);
    if (wrongFrom !== undefined) report([...at, "from"], "locality/syntax", wrongFrom);
    const names = Object.keys(to);
    checkOverlap(names, (which, words) => report([...at, "to", names[which] ?? ""], "locality/overlap", words));
    for (const [name, weight] of Object.entries(to)) {
      const wrongTo = localityVerdict(name);
      if (wrongTo !== undefined) report([...at, "to", name], "locality/syntax", wrongTo);
      if (weight < 1 || weight > 100) report([...at, "to", name], "locality/weights", `must be from 1 to 100, but is ${weight}`);
    }
    const sum = Object.values(to).reduce((total, weight) => total + weight, 0);
    if (sum !== 100) report([...at, "to"], "locality/weights", `must add up to 100, but the sum is ${sum}`);
  }
}

function checkFailover({ failover: entries }: LocalityLbSetting, report: Report): void {
  for (const [index, { from, to }] of entries.entries()) {
    if (from === to) report(["failover", index, "to"], "locality/failover", "must be another region than from");
    for (const [field, region] of [
      ["from", from],
      ["to", to],
    ] as const) {
      if (/[/*]/.test(region)) report(["failover", index, field], "locality/failover", "must be a region, without zones and wildcards");
    }
  }
}

export const localityLbSetting: MessageSchema<LocalityLbSetting> = message(
  "LocalityLoadBalancerSetting",
  { distribute: list(distribute), failover: list(failover), failoverPriority: texts, enabled: may(flag) },
  {
    rules(value, report) {
      if (value.distribute.length > 0 && value.failover.length > 0) {
        report(["failover"], "locality/conflict", "must not be set together with distribute");
      }
      const topology = value.failoverPriority.findIndex((name) => topologyLabels.has(name.split("=")[0] ?? ""));
      if (value.failover.length > 0 && topology >= 0) {
        report(["failoverPriority", topology], "locality/conflict", "must not be a label of the locality where failover is set");
      }
      checkDistribute(value, report);
      checkFailover(value, report);
    },
  },
);
