import type { Random } from "../../runtime/index.ts";
import type { Counter } from "../../stats/index.ts";
import type { Host, LoadBalancerContext, Picker } from "../contract.ts";
import { coarseHealth, isExcluded } from "../host.ts";
import type { PickerFactory } from "./load-balancer.ts";
import { priorityLoads } from "./priority-load.ts";

/** The hosts of one priority by what is known of them; made anew whenever that changes. */
interface PriorityHosts {
  readonly all: readonly Host[];
  readonly healthy: readonly Host[];
  readonly degraded: readonly Host[];
  readonly excluded: number;
}

export interface PriorityOptions {
  /** Makes the picker among the hosts that a stream may go to. Localities inside a priority are one group; locality weights belong here. */
  readonly factory: PickerFactory;
  readonly random: Random;
  /** Counts the picks that disregard health. */
  readonly panicPicks: Counter;
  /** Percent. */
  readonly overprovisioningFactor: number;
  /** Percent. */
  readonly panicThreshold: number;
}

/** The picker of a cluster: chooses a priority, and lets the balancer choose among those of its hosts that are fit. */
export function priorityPicker(hosts: readonly Host[], options: PriorityOptions): Picker {
  const priorities = groupByPriority(hosts);
  const counts = priorities.map(({ all, healthy, degraded, excluded }) => ({
    hosts: all.length,
    excluded,
    healthy: healthy.length,
    degraded: degraded.length,
  }));
  const loads = priorityLoads(counts, options.overprovisioningFactor, options.panicThreshold);

  const choices: Choice[] = [];
  const choose = (load: number | undefined, priority: number, fit: readonly Host[]): void => {
    if (load === undefined || load === 0) return;
    const all = priorities[priority]?.all ?? [];
    const picker = loads.panic[priority] ? new PanicPicker(options.factory(all), options.panicPicks) : options.factory(fit);
    choices.push({ upTo: (choices.at(-1)?.upTo ?? 0) + load / 100, picker });
  };
  priorities.forEach(({ healthy }, priority) => choose(loads.healthy[priority], priority, healthy));
  priorities.forEach(({ degraded }, priority) => choose(loads.degraded[priority], priority, degraded));
  const [only, ...others] = choices;
  return only !== undefined && others.length === 0 ? only.picker : new SharedPicker(choices, options.random);
}

function groupByPriority(hosts: readonly Host[]): readonly PriorityHosts[] {
  const highest = hosts.reduce((found, host) => Math.max(found, host.priority), 0);
  return Array.from({ length: highest + 1 }, (_, priority) => {
    const all = hosts.filter((host) => host.priority === priority);
    return {
      all,
      healthy: all.filter((host) => coarseHealth(host.health) === "healthy"),
      degraded: all.filter((host) => coarseHealth(host.health) === "degraded"),
      excluded: all.reduce((count, host) => count + (isExcluded(host.health) ? 1 : 0), 0),
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

  constructor(choices: readonly Choice[], random: Random) {
    this.#choices = choices;
    this.#random = random;
  }

  pick(context: LoadBalancerContext): Host | undefined {
    const choices = this.#choices;
    const place = this.#random.next();
    let index = 0;
    while (index < choices.length - 1 && place >= (choices[index] as Choice).upTo) index++;
    return (choices[index] as Choice).picker.pick(context);
  }
}

class PanicPicker implements Picker {
  readonly #picker: Picker;
  readonly #picks: Counter;

  constructor(picker: Picker, picks: Counter) {
    this.#picker = picker;
    this.#picks = picks;
  }

  pick(context: LoadBalancerContext): Host | undefined {
    this.#picks.inc();
    return this.#picker.pick(context);
  }
}
