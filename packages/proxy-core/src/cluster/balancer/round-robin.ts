import type { Random } from "../../runtime/index.ts";
import type { Host, Picker } from "../contract.ts";
import { DeadlineHeap } from "./deadline-heap.ts";
import { commonWeight, emptyPicker, greatestCommonDivisor } from "./hosts.ts";
import type { SlowStart } from "./slow-start.ts";

/** The longest sequence that is written out (32 KiB of pointers); longer ones are computed pick by pick. */
const longestSchedule = 4096;

/**
 * Every host as often as its weight says in each cycle, spread evenly. A picker begins at a random place of the cycle: with hosts that
 * change often the first ones would otherwise get more than their share, from every proxy at once.
 */
export function roundRobinPicker(hosts: readonly Host[], random: Random, slowStart?: SlowStart): Picker {
  if (hosts.length === 0) return emptyPicker;
  if (slowStart?.concernsAny(hosts) === true) return new GrowingPicker(hosts, random, slowStart);
  if (commonWeight(hosts) !== undefined) return new CyclePicker(hosts, random.next());
  const divisor = hosts.reduce((common, host) => greatestCommonDivisor(common, host.weight), 0);
  const weights = hosts.map((host) => host.weight / divisor);
  const cycle = weights.reduce((sum, weight) => sum + weight, 0);
  const turns = new WeightedTurns(weights);
  if (cycle > longestSchedule) {
    for (let skipped = Math.floor(random.next() * hosts.length); skipped > 0; skipped--) turns.next();
    return new TurnsPicker(hosts, turns);
  }
  const schedule = Array.from({ length: cycle }, () => hosts[turns.next()] as Host);
  return new CyclePicker(schedule, random.next());
}

class CyclePicker implements Picker {
  readonly #hosts: readonly Host[];
  #next: number;

  /** @param start in [0, 1) */
  constructor(hosts: readonly Host[], start: number) {
    this.#hosts = hosts;
    this.#next = Math.floor(start * hosts.length);
  }

  pick(): Host | undefined {
    const hosts = this.#hosts;
    const index = this.#next;
    this.#next = index + 1 < hosts.length ? index + 1 : 0;
    return hosts[index];
  }
}

class TurnsPicker implements Picker {
  readonly #hosts: readonly Host[];
  readonly #turns: WeightedTurns;

  constructor(hosts: readonly Host[], turns: WeightedTurns) {
    this.#hosts = hosts;
    this.#turns = turns;
  }

  pick(): Host | undefined {
    return this.#hosts[this.#turns.next()];
  }
}

/** Earliest deadline first, with weights that are looked at pick by pick. */
class GrowingPicker implements Picker {
  readonly #hosts: readonly Host[];
  readonly #slowStart: SlowStart;
  readonly #heap: DeadlineHeap;

  constructor(hosts: readonly Host[], random: Random, slowStart: SlowStart) {
    this.#hosts = hosts;
    this.#slowStart = slowStart;
    this.#heap = new DeadlineHeap(Float64Array.from(hosts, (host) => random.next() / slowStart.weightOf(host)));
  }

  pick(): Host | undefined {
    const host = this.#hosts[this.#heap.first] as Host;
    this.#heap.postponeFirst(this.#heap.firstDeadline + 1 / this.#slowStart.weightOf(host));
    return host;
  }
}

/** The golden ratio's fraction: its multiples, taken modulo 1, are spread evenly however many there are. */
const goldenFraction = 0.618_033_988_749_895;

/**
 * Earliest deadline first. The k-th turn of weight w is due at (k + phase)/w with a phase in [0, 1), so that all turns of a cycle, w of
 * each, fall in [0, 1): a cycle is exact, and begins anew with deadlines that carry no rounding over from the one before. Phases differ,
 * or all light hosts would have their turns in a row.
 */
export class WeightedTurns {
  readonly #weights: readonly number[];
  readonly #cycle: number;
  readonly #heap: DeadlineHeap;
  readonly #taken: Float64Array;
  #left: number;
  readonly #firstDeadlineOf = (index: number): number => phaseOf(index) / (this.#weights[index] as number);

  constructor(weights: readonly number[]) {
    this.#weights = weights;
    this.#cycle = weights.reduce((sum, weight) => sum + weight, 0);
    this.#heap = new DeadlineHeap(Float64Array.from(weights, (_weight, index) => this.#firstDeadlineOf(index)));
    this.#taken = new Float64Array(weights.length);
    this.#left = this.#cycle;
  }

  /** The index whose turn it is. */
  next(): number {
    const index = this.#heap.first;
    const taken = (this.#taken[index] as number) + 1;
    this.#taken[index] = taken;
    if (--this.#left > 0) {
      this.#heap.postponeFirst((taken + phaseOf(index)) / (this.#weights[index] as number));
    } else {
      this.#left = this.#cycle;
      this.#taken.fill(0);
      this.#heap.reset(this.#firstDeadlineOf);
    }
    return index;
  }
}

function phaseOf(index: number): number {
  return (0.5 + index * goldenFraction) % 1;
}
