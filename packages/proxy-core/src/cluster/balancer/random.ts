import type { Random } from "../../runtime/index.ts";
import type { Host, Picker } from "../contract.ts";
import { commonWeight, emptyPicker } from "./hosts.ts";

/** Any host, each as likely as its weight says. (Envoy's RANDOM disregards weights; with equal ones there is no difference.) */
export function randomPicker(hosts: readonly Host[], random: Random): Picker {
  if (hosts.length === 0) return emptyPicker;
  return commonWeight(hosts) === undefined ? new WeightedPicker(hosts, random) : new UniformPicker(hosts, random);
}

class UniformPicker implements Picker {
  readonly #hosts: readonly Host[];
  readonly #random: Random;

  constructor(hosts: readonly Host[], random: Random) {
    this.#hosts = hosts;
    this.#random = random;
  }

  pick(): Host | undefined {
    return this.#hosts[Math.floor(this.#random.next() * this.#hosts.length)];
  }
}

/**
 * Walker's alias method, in constant time: the weights are cut into as many equal columns as there are hosts. A column belongs to its own
 * host up to the threshold, and above it to the alias.
 *
 *     weights 5, 1, 3        columns   ┌───┐┌───┐┌───┐
 *     mean 3                           │   ││ 0 ││   │
 *                                      │ 0 │├───┤│ 2 │      thresholds 1, ⅓, 1
 *                                      │   ││ 1 ││   │      aliases    -, 0, -
 *                                      └───┘└───┘└───┘
 */
class WeightedPicker implements Picker {
  readonly #hosts: readonly Host[];
  readonly #random: Random;
  readonly #thresholds: Float64Array;
  readonly #aliases: Int32Array;

  constructor(hosts: readonly Host[], random: Random) {
    this.#hosts = hosts;
    this.#random = random;
    const total = hosts.reduce((sum, host) => sum + host.weight, 0);
    this.#thresholds = Float64Array.from(hosts, (host) => (host.weight * hosts.length) / total);
    this.#aliases = Int32Array.from(hosts, (_host, index) => index);
    this.#fillColumns();
  }

  pick(): Host | undefined {
    const place = this.#random.next() * this.#hosts.length;
    const column = Math.floor(place);
    const inside = place - column < (this.#thresholds[column] as number);
    return this.#hosts[inside ? column : (this.#aliases[column] as number)];
  }

  #fillColumns(): void {
    const thresholds = this.#thresholds;
    const small: number[] = [];
    const large: number[] = [];
    thresholds.forEach((threshold, index) => (threshold < 1 ? small : large).push(index));
    for (;;) {
      const taker = small.pop();
      const giver = large.at(-1);
      if (taker === undefined || giver === undefined) return;
      this.#aliases[taker] = giver;
      const left = (thresholds[giver] as number) - (1 - (thresholds[taker] as number));
      thresholds[giver] = left;
      if (left < 1) small.push(large.pop() as number);
    }
  }
}
