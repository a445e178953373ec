import { hashText64, type Random } from "../../runtime/index.ts";
import type { Host, LoadBalancerContext, Picker } from "../contract.ts";
import type { HostKey, NormalizedWeights } from "./hash-table.ts";
import { emptyPicker } from "./hosts.ts";

export interface MaglevOptions {
  /** A prime; Envoy's default: 65537. */
  readonly tableSize: number;
  readonly key: HostKey;
}

/**
 * Envoy's MAGLEV (Eisenbud and others, NSDI 2016, §3.4): a table in which hosts take places in turn, each in an order of its own, as often as their
 * weights say. A request goes to the place at its hash's remainder: faster than a ring, and less stable.
 */
export function maglevPicker({ hosts, weights }: NormalizedWeights, random: Random, { tableSize, key }: MaglevOptions): Picker {
  if (hosts.length === 0) return emptyPicker;
  const most = Math.max(...weights);
  // In an order that does not depend on how the hosts are listed, or the table would.
  const entries = hosts
    .map((host, index) => new Entry(key(host), index, weights[index] as number, tableSize))
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const table = new Int32Array(tableSize).fill(-1);
  let taken = 0;
  for (let iteration = 1; taken < tableSize; iteration++) {
    for (let turn = 0; turn < entries.length && taken < tableSize; turn++) {
      const entry = entries[turn] as Entry;
      // One with a third of the greatest weight has every third turn.
      if (iteration * entry.weight < entry.targetWeight) continue;
      entry.targetWeight += most;
      table[entry.takePlace(table)] = entry.index;
      taken++;
    }
  }
  return new MaglevPicker(hosts, table, random);
}

class Entry {
  readonly key: string;
  /** Of its host. */
  readonly index: number;
  readonly weight: number;
  targetWeight = 0;
  readonly #offset: number;
  readonly #skip: number;
  readonly #size: number;
  #next = 0;

  constructor(key: string, index: number, weight: number, size: number) {
    this.key = key;
    this.index = index;
    this.weight = weight;
    this.#offset = hashText64(key).modulo(size);
    this.#skip = hashText64(key, 1).modulo(size - 1) + 1;
    this.#size = size;
  }

  /** The next place of the order that is free. */
  takePlace(table: Int32Array): number {
    for (;;) {
      const place = (this.#offset + this.#skip * this.#next++) % this.#size;
      if ((table[place] as number) < 0) return place;
    }
  }
}

class MaglevPicker implements Picker {
  readonly #hosts: readonly Host[];
  readonly #table: Int32Array;
  readonly #random: Random;

  constructor(hosts: readonly Host[], table: Int32Array, random: Random) {
    this.#hosts = hosts;
    this.#table = table;
    this.#random = random;
  }

  pick(context: LoadBalancerContext, attempt: number = 0): Host | undefined {
    const size = this.#table.length;
    const { hashKey } = context;
    const place = hashKey === undefined ? Math.floor(this.#random.next() * size) : hashKey.turned(attempt).modulo(size);
    return this.#hosts[this.#table[place] as number];
  }
}
