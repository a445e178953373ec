import type { Random } from "../../runtime/index.ts";
import type { Counter } from "../../stats/index.ts";
import type { Host, LoadBalancerContext, Picker } from "../contract.ts";
import type { LocalityWeight } from "../endpoint.ts";
import { coarseHealth, isExcluded } from "../host.ts";
import type { Balancing } from "./load-balancer.ts";
import { localityPicker, weighHosts } from "./locality-picker.ts";
import { type PriorityCounts, priorityLoads } from "./priority-load.ts";

/** The hosts of one priority by what is known of them; made anew whenever that changes. */
interface PriorityHosts {
  readonly all: readonly Host[];
  readonly healthy: readonly Host[];
  readonly degraded: readonly Host[];
  readonly excluded: readonly Host[];
}

export interface PriorityOptions {
  /** How to choose among the hosts of a priority that a stream may go to. */
  readonly balancing: Balancing;
  readonly random: Random;
  /** Counts the picks that disregard health. */
  readonly panicPicks: Counter;
  /** Percent. */
  readonly overprovisioningFactor: number;
  /** Percent. */
  readonly panicThreshold: number;
  readonly localityWeights: readonly LocalityWeight[];
  /** What a priority can carry follows from its hosts' weights, instead of their number. */
  readonly weightedPriorityHealth: boolean;
}

/** The picker of a cluster: chooses a priority, and lets the balancer choose among those of its hosts that are fit. */
export function priorityPicker(hosts: readonly Host[], options: PriorityOptions): Picker {
  const { overprovisioningFactor, panicThreshold, random } = options;
  const priorities = groupByPriority(hosts);
  const counts = priorities.map((group) => measure(group, (list) => list.length));
  const weights = options.weightedPriorityHealth ? priorities.map((group) => measure(group, totalWeight)) : undefined;
  const loads = priorityLoads(counts, overprovisioningFactor, panicThreshold, weights);

  const choices: Choice[] = [];
  const choose = (load: number | undefined, priority: number, fit: "healthy" | "degraded"): void => {
    const group = priorities[priority];
    if (group === undefined || load === undefined || load === 0) return;
    const picker = loads.panic[priority] ? panicPicker(group, options) : pickerAmong(group, fit, options);
    choices.push({ upTo: (choices.at(-1)?.upTo ?? 0) + load / 100, picker });
  };
  loads.healthy.forEach((load, priority) => choose(load, priority, "healthy"));
  loads.degraded.forEach((load, priority) => choose(load, priority, "degraded"));
  const [only, ...others] = choices;
  return only !== undefined && others.length === 0 ? only.picker : new SharedPicker(choices, random, options.balancing.usesHash);
}

function measure({ all, excluded, healthy, degraded }: PriorityHosts, size: (hosts: readonly Host[]) => number): PriorityCounts {
  return { hosts: size(all), excluded: size(excluded), healthy: size(healthy), degraded: size(degraded) };
}

const totalWeight = (hosts: readonly Host[]): number => hosts.reduce((sum, { weight }) => sum + weight, 0);

/** Envoy: in panic neither health nor localities count. */
function panicPicker({ all }: PriorityHosts, { balancing, panicPicks }: PriorityOptions): Picker {
  return new PanicPicker(balancing.factory(all), panicPicks);
}

function pickerAmong(group: PriorityHosts, fit: "healthy" | "degraded", options: PriorityOptions): Picker {
  const { factory, localityWeighted, usesHash } = options.balancing;
  const { random, localityWeights: weights, overprovisioningFactor } = options;
  if (localityWeighted && usesHash) {
    const weighted = weighHosts(group[fit], weights);
    return factory(weighted.hosts, weighted.weights);
  }
  const byLocality = localityWeighted
    ? localityPicker(group.all, (host) => coarseHealth(host.health) === fit, { factory, random, weights, overprovisioningFactor })
    : undefined;
  return byLocality ?? factory(group[fit]);
}

function groupByPriority(hosts: readonly Host[]): readonly PriorityHosts[] {
  const highest = hosts.reduce((found, host) => Math.max(found, host.priority), 0);
  return Array.from({ length: highest + 1 }, (_, priority) => {
    const all = hosts.filter((host) => host.priority === priority);
    return {
      all,
      healthy: all.filter((host) => coarseHealth(host.health) === "healthy"),
      degraded: all.filter((host) => coarseHealth(host.health) === "degraded"),
      excluded: all.filter((host) => isExcluded(host.health)),
    };
  });
}

interface Choice {
  /** The share of the traffic for this choice and those before it, in (0, 1]. */
  readonly upTo: number;
  readonly picker: Picker;
}

/** Several groups of hosts share the traffic. */
class SharedPicker implements Picker {
  readonly #choices: readonly Choice[];
  readonly #random: Random;
  readonly #usesHash: boolean;

  constructor(choices: readonly Choice[], random: Random, usesHash: boolean) {
    this.#choices = choices;
    this.#random = random;
    this.#usesHash = usesHash;
  }

  pick(context: LoadBalancerContext, attempt?: number): Host | undefined {
    const choices = this.#choices;
    const hash = this.#usesHash ? context.hashKey : undefined;
    const place = hash === undefined ? this.#random.next() : hash.modulo(100) / 100;
    let index = 0;
    while (index < choices.length - 1 && place >= (choices[index] as Choice).upTo) index++;
    return (choices[index] as Choice).picker.pick(context, attempt);
  }
}

class PanicPicker implements Picker {
  readonly #picker: Picker;
  readonly #picks: Counter;

  constructor(picker: Picker, picks: Counter) {
    this.#picker = picker;
    this.#picks = picks;
  }

  pick(context: LoadBalancerContext, attempt?: number): Host | undefined {
    this.#picks.inc();
    return this.#picker.pick(context, attempt);
  }
}
