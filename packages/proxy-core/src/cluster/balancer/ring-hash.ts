import { hashText64, type Random } from "../../runtime/index.ts";
import type { Host, LoadBalancerContext, Picker } from "../contract.ts";
import type { HostKey, NormalizedWeights } from "./hash-table.ts";
import { emptyPicker } from "./hosts.ts";

export interface RingHashOptions {
  /** 1 or more; Envoy's default: 1024. */
  readonly minimumSize: number;
  /** Default: 8388608. */
  readonly maximumSize: number;
  readonly key: HostKey;
}

/**
 * Envoy's RING_HASH (ketama): each host has places on a ring, as many as its weight says, at the hashes of `key_0`, `key_1`, …; a request goes to
 * the first place at its hash or after it. When a host goes, the others keep what they had.
 */
export function ringHashPicker({ hosts, weights }: NormalizedWeights, random: Random, options: RingHashOptions): Picker {
  if (hosts.length === 0) return emptyPicker;
  const least = weights.reduce((smallest, weight) => Math.min(smallest, weight), 1);
  // The lightest host gets a whole number of places, the others about what their weights say.
  const scale = Math.min(Math.ceil(least * options.minimumSize) / least, options.maximumSize);
  const places: { readonly at: number; readonly host: Host }[] = [];
  let target = 0;
  hosts.forEach((host, index) => {
    target += scale * (weights[index] as number);
    const key = options.key(host);
    for (let i = 0; places.length < target; i++) places.push({ at: hashText64(`${key}_${i}`).order, host });
  });
  places.sort((a, b) => a.at - b.at);
  return new RingPicker(
    Float64Array.from(places, ({ at }) => at),
    places.map(({ host }) => host),
    random,
  );
}

class RingPicker implements Picker {
  readonly #places: Float64Array;
  readonly #hosts: readonly Host[];
  readonly #random: Random;

  constructor(places: Float64Array, hosts: readonly Host[], random: Random) {
    this.#places = places;
    this.#hosts = hosts;
    this.#random = random;
  }

  pick(context: LoadBalancerContext, attempt: number = 0): Host | undefined {
    const { hashKey } = context;
    const at = hashKey === undefined ? Math.floor(this.#random.next() * 2 ** 53) : hashKey.order;
    return this.#hosts[(this.#find(at) + attempt) % this.#hosts.length];
  }

  /** The first place that is not before; after the last one comes the first. */
  #find(at: number): number {
    const places = this.#places;
    let low = 0;
    let high = places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((places[middle] as number) < at) low = middle + 1;
      else high = middle;
    }
    return low === places.length ? 0 : low;
  }
}
