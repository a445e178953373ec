import type { Random } from "../../runtime/index.ts";
import type { Host, LoadBalancerContext, Locality, Picker } from "../contract.ts";
import type { LocalityWeight } from "../endpoint.ts";
import { isExcluded } from "../host.ts";
import { DeadlineHeap } from "./deadline-heap.ts";
import type { PickerFactory } from "./load-balancer.ts";

/** The hosts of one locality in one priority. */
interface LocalityHosts {
  /** Those that a stream may go to. */
  readonly fit: Host[];
  /** All that count. */
  total: number;
}

export interface LocalityOptions {
  /** Makes the picker among the hosts of the locality that was chosen. */
  readonly factory: PickerFactory;
  readonly random: Random;
  /** Of all priorities. */
  readonly weights: readonly LocalityWeight[];
  /** Percent. */
  readonly overprovisioningFactor: number;
}

/**
 * Envoy's locality weighted load balancing: chooses a locality by its weight, which falls with the share of its hosts that are fit as soon
 * as these, times the overprovisioning factor, are fewer than there are; then one of its hosts. Localities without a weight get nothing.
 *
 * @param all the hosts of one priority
 * @param isFit whether a stream may go to the host
 * @returns undefined where no locality has both a weight and a host that is fit: then weights are disregarded
 */
export function localityPicker(all: readonly Host[], isFit: (host: Host) => boolean, options: LocalityOptions): Picker | undefined {
  const priority = all[0]?.priority;
  const weights = new Map(
    options.weights.filter((entry) => entry.priority === priority).map(({ locality, weight }) => [keyOf(locality), weight]),
  );
  if (weights.size === 0) return undefined;
  const pickers: Picker[] = [];
  const effective: number[] = [];
  for (const [key, { fit, total }] of groupByLocality(all, isFit)) {
    const weight = effectiveWeight(weights.get(key) ?? 0, fit.length, total, options.overprovisioningFactor);
    if (weight === 0) continue;
    pickers.push(options.factory(fit));
    effective.push(weight);
  }
  return pickers.length > 1 ? new WeightedLocalityPicker(pickers, effective, options.random) : pickers[0];
}

/**
 * For balancers that hash, which have one table of all localities (Envoy's thread-aware balancers): each locality's weight is shared among its hosts.
 * Localities without a weight get nothing; where none has one, weights are disregarded.
 *
 * @param hosts of one priority, all of which are fit
 */
export function weighHosts(
  hosts: readonly Host[],
  localityWeights: readonly LocalityWeight[],
): { readonly hosts: readonly Host[]; readonly weights: readonly number[] | undefined } {
  const priority = hosts[0]?.priority;
  const ofLocality = new Map(
    localityWeights.filter((entry) => entry.priority === priority).map(({ locality, weight }) => [keyOf(locality), weight]),
  );
  const totals = new Map<string, number>();
  for (const { locality, weight } of hosts) totals.set(keyOf(locality), (totals.get(keyOf(locality)) ?? 0) + weight);
  const weighed = hosts.filter(({ locality }) => ofLocality.has(keyOf(locality)));
  if (weighed.length === 0) return { hosts, weights: undefined };
  const weights = weighed.map(({ locality, weight }) => {
    const key = keyOf(locality);
    return ((ofLocality.get(key) ?? 0) * weight) / (totals.get(key) ?? 1);
  });
  return { hosts: weighed, weights };
}

/** @param overprovisioningFactor percent */
function effectiveWeight(weight: number, fit: number, total: number, overprovisioningFactor: number): number {
  return total === 0 ? 0 : weight * Math.min(1, ((overprovisioningFactor / 100) * fit) / total);
}

function groupByLocality(all: readonly Host[], isFit: (host: Host) => boolean): ReadonlyMap<string, LocalityHosts> {
  const groups = new Map<string, LocalityHosts>();
  // Hosts that were configured together share the object.
  const known = new Map<Locality, LocalityHosts>();
  for (const host of all) {
    const { locality } = host;
    let group = known.get(locality);
    if (group === undefined) {
      const key = keyOf(locality);
      group = groups.get(key) ?? { fit: [], total: 0 };
      groups.set(key, group);
      known.set(locality, group);
    }
    if (!isExcluded(host.health)) group.total++;
    if (isFit(host)) group.fit.push(host);
  }
  return groups;
}

const keyOf = ({ region, zone, subZone }: Locality): string => JSON.stringify([region, zone, subZone]);

/** Earliest deadline first: each locality comes back after 1/weight. */
class WeightedLocalityPicker implements Picker {
  readonly #pickers: readonly Picker[];
  readonly #periods: Float64Array;
  readonly #heap: DeadlineHeap;

  constructor(pickers: readonly Picker[], weights: readonly number[], random: Random) {
    this.#pickers = pickers;
    this.#periods = Float64Array.from(weights, (weight) => 1 / weight);
    // Each somewhere in its first period: proxies that start together do not all begin with the same one.
    this.#heap = new DeadlineHeap(this.#periods.map((period) => random.next() * period));
  }

  pick(context: LoadBalancerContext, attempt?: number): Host | undefined {
    const index = this.#heap.first;
    this.#heap.postponeFirst(this.#heap.firstDeadline + (this.#periods[index] as number));
    return (this.#pickers[index] as Picker).pick(context, attempt);
  }
}
