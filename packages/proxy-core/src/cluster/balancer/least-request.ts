import type { Random } from "../../runtime/index.ts";
import type { Host, Picker } from "../contract.ts";
import { DeadlineHeap } from "./deadline-heap.ts";
import { commonWeight, emptyPicker } from "./hosts.ts";
import type { SlowStart } from "./slow-start.ts";

export interface LeastRequestOptions {
  /** How many hosts are drawn, with repetition, to choose the one with the fewest requests from. 2 or more; default 2. */
  readonly choiceCount: number;
  /** Looks at all hosts instead; of those with equally few requests each is as likely as the others. */
  readonly fullScan: boolean;
  /** 0 or more; default 1. How strongly requests in flight lower the weight of a host, where weights differ. */
  readonly activeRequestBias: number;
  /** Weights that grow while hosts are new. */
  readonly slowStart?: SlowStart | undefined;
}

/**
 * Envoy's LEAST_REQUEST: with equal weights the host with the fewest requests of those drawn at random; with different ones earliest
 * deadline first, each pick with the weight `weight / (active requests + 1) ^ bias`.
 */
export function leastRequestPicker(hosts: readonly Host[], random: Random, options: LeastRequestOptions): Picker {
  if (hosts.length === 0) return emptyPicker;
  const { slowStart, activeRequestBias } = options;
  const growing = slowStart?.concernsAny(hosts) === true ? slowStart : undefined;
  if (growing !== undefined || commonWeight(hosts) === undefined) {
    return new WeightedLeastRequestPicker(hosts, random, activeRequestBias, growing);
  }
  if (options.fullScan) return new FullScanPicker(hosts, random);
  return new DrawPicker(hosts, random, options.choiceCount);
}

class DrawPicker implements Picker {
  readonly #hosts: readonly Host[];
  readonly #random: Random;
  readonly #choiceCount: number;

  constructor(hosts: readonly Host[], random: Random, choiceCount: number) {
    this.#hosts = hosts;
    this.#random = random;
    this.#choiceCount = choiceCount;
  }

  pick(): Host | undefined {
    const hosts = this.#hosts;
    if (hosts.length === 1) return hosts[0];
    let best = this.#draw();
    for (let drawn = 1; drawn < this.#choiceCount; drawn++) {
      const other = this.#draw();
      if (other.stats.rqActive < best.stats.rqActive) best = other;
    }
    return best;
  }

  #draw(): Host {
    return this.#hosts[Math.floor(this.#random.next() * this.#hosts.length)] as Host;
  }
}

class FullScanPicker implements Picker {
  readonly #hosts: readonly Host[];
  readonly #random: Random;

  constructor(hosts: readonly Host[], random: Random) {
    this.#hosts = hosts;
    this.#random = random;
  }

  pick(): Host | undefined {
    const hosts = this.#hosts;
    let best = hosts[0] as Host;
    let ties = 1;
    for (let index = 1; index < hosts.length; index++) {
      const host = hosts[index] as Host;
      if (host.stats.rqActive > best.stats.rqActive) continue;
      ties = host.stats.rqActive < best.stats.rqActive ? 1 : ties + 1;
      // The n-th of equals replaces the one before with the chance 1/n: in the end all had the same.
      if (ties === 1 || this.#random.next() * ties < 1) best = host;
    }
    return best;
  }
}

class WeightedLeastRequestPicker implements Picker {
  readonly #hosts: readonly Host[];
  readonly #bias: number;
  readonly #slowStart: SlowStart | undefined;
  readonly #heap: DeadlineHeap;

  constructor(hosts: readonly Host[], random: Random, bias: number, slowStart: SlowStart | undefined) {
    this.#hosts = hosts;
    this.#bias = bias;
    this.#slowStart = slowStart;
    // Each host somewhere in its first period: proxies that start together do not all begin with the same one.
    this.#heap = new DeadlineHeap(Float64Array.from(hosts, (host) => random.next() / this.#weightOf(host)));
  }

  pick(): Host | undefined {
    const host = this.#hosts[this.#heap.first] as Host;
    this.#heap.postponeFirst(this.#heap.firstDeadline + this.#load(host.stats.rqActive) / this.#weightOf(host));
    return host;
  }

  #weightOf(host: Host): number {
    return this.#slowStart === undefined ? host.weight : this.#slowStart.weightOf(host);
  }

  #load(activeRequests: number): number {
    const bias = this.#bias;
    return bias === 1 ? activeRequests + 1 : (activeRequests + 1) ** bias;
  }
}
