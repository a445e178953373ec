import type { Config } from "@mesh/istio-config";
import { configId } from "../rules/index.ts";
import { serviceKey } from "./snapshot.ts";

type Entry = Config<"ServiceEntry">;

/** ServiceEntries of one namespace that have a host and make one service, the oldest first. */
export type EntryGroup = readonly [Entry, ...Entry[]];

export interface EntryGroups {
  readonly byKey: ReadonlyMap<string, EntryGroup>;
  /** For people: what could not be merged with the oldest one of its host, and has no effect there. */
  readonly problems: readonly string[];
}

/** @param entries the oldest first */
export function groupEntries(entries: readonly Entry[]): EntryGroups {
  const byKey = new Map<string, EntryGroup>();
  const problems: string[] = [];
  for (const entry of entries) {
    for (const key of new Set(entry.spec.hosts.map((hostname) => serviceKey({ hostname, namespace: entry.namespace })))) {
      const group = byKey.get(key);
      const difference = group === undefined ? undefined : differenceOf(group[0], entry);
      if (group === undefined) byKey.set(key, [entry]);
      else if (difference === undefined) byKey.set(key, [...group, entry]);
      else problems.push(`${place(entry)} has no effect for ${key}: its ${difference} differs from that of ${place(group[0])}`);
    }
  }
  return { byKey, problems };
}

export function isSameGroup(one: EntryGroup | undefined, other: EntryGroup): boolean {
  return one !== undefined && one.length === other.length && one.every((entry, at) => entry === other[at]);
}

/** Why two of a namespace are not of one service (Istio: `canMergeServices`). */
function differenceOf({ spec: one, labels: oneLabels }: Entry, { spec: other, labels }: Entry): string | undefined {
  if (one.resolution !== other.resolution) return "resolution";
  if (!isSame(oneLabels, labels)) return "labels";
  if (!isSame(one.workloadSelector?.labels ?? {}, other.workloadSelector?.labels ?? {})) return "workloadSelector";
  return isSame(setOf(one.exportTo), setOf(other.exportTo)) ? undefined : "exportTo";
}

type Labels = Readonly<Record<string, string>>;

const setOf = (names: readonly string[]): Labels => Object.fromEntries(names.map((name) => [name, ""]));

function isSame(one: Labels, other: Labels): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => Object.hasOwn(other, name) && one[name] === other[name]);
}

const place = (entry: Entry): string => `ServiceEntry ${configId(entry)} (${entry.origin.file}:${entry.origin.line})`;
