import fc from "fast-check";
import { Hash64, type Random } from "../runtime/index.ts";
import { SeededRandom } from "../runtime/testing.ts";
import type { PickerFactory } from "./balancer/load-balancer.ts";
import type { Host, LoadBalancerContext } from "./contract.ts";
import { looseHost } from "./testing.ts";

/** A named check that any test runner can execute. `run` throws when the property does not hold. */
export interface BalancerProperty {
  readonly name: string;
  readonly run: () => void;
}

export interface BalancerSubject {
  /** What is under test, with its source of chance. */
  create(random: Random): PickerFactory;
  /** Whether hosts without load get shares of the streams in proportion to their weights. */
  readonly followsWeights: boolean;
}

/**
 * What every load balancer must keep:
 *
 *     for (const { name, run } of balancerProperties(subject)) test(name, run);
 *
 * Hosts are frozen but for their statistics, so a balancer that writes to them fails.
 */
export function balancerProperties(subject: BalancerSubject): readonly BalancerProperty[] {
  const property = <T>(name: string, values: fc.Arbitrary<T>, holds: (value: T) => void, numRuns: number = 100): BalancerProperty => ({
    name,
    run: () => fc.assert(fc.property(values, holds), { numRuns }),
  });
  const picks = (hosts: readonly Host[], seed: number, count: number): (Host | undefined)[] => {
    const picker = subject.create(new SeededRandom(seed))(hosts);
    const hashes = new SeededRandom(seed + 1);
    return Array.from({ length: count }, () => picker.pick(streamWithHash(hashes)));
  };
  const properties = [
    property("chooses nothing where there are no hosts", fc.nat(), (seed) => {
      if (picks([], seed, 3).some((host) => host !== undefined)) throw new Error("a host came from nowhere");
    }),
    property("chooses one of the hosts that it was given, every time", fc.tuple(loadedHosts, fc.nat()), ([hosts, seed]) => {
      for (const host of picks(hosts, seed, 100)) {
        if (host === undefined || !hosts.includes(host)) throw new Error(`${host?.addressText ?? "nothing"} was chosen`);
      }
    }),
    property(
      "reaches every host, where none has more load than another",
      fc.tuple(idleHosts, fc.nat()),
      ([hosts, seed]) => {
        const chosen = new Set(picks(hosts, seed, 2000));
        for (const host of hosts) if (!chosen.has(host)) throw new Error(`${host.addressText} was never chosen`);
      },
      20,
    ),
  ];
  const weighted = property(
    "gives hosts shares in proportion to their weights, where none has more load than another",
    fc.tuple(idleHosts, fc.nat()),
    ([hosts, seed]) => checkShares(hosts, picks(hosts, seed, 5000)),
    20,
  );
  return subject.followsWeights ? [...properties, weighted] : properties;
}

const weights = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 8 });

const idleHosts = weights.map((list) => list.map((weight, index) => looseHost(index, weight)));

const loadedHosts = fc
  .array(fc.record({ weight: fc.integer({ min: 1, max: 2 ** 32 - 1 }), rqActive: fc.nat({ max: 1000 }) }), { minLength: 1, maxLength: 12 })
  .map((list) =>
    list.map(({ weight, rqActive }, index) => {
      const host = looseHost(index, weight);
      host.stats.rqActive = rqActive;
      return host;
    }),
  );

function streamWithHash(random: Random): LoadBalancerContext {
  return {
    hashKey: new Hash64(Math.floor(random.next() * 2 ** 32), Math.floor(random.next() * 2 ** 32)),
    shouldSkip: () => false,
    originalDestination: undefined,
    requestHeader: () => undefined,
  };
}

/** Six standard deviations: what chance brings about once in 500 million tries. */
function checkShares(hosts: readonly Host[], chosen: readonly (Host | undefined)[]): void {
  const total = hosts.reduce((sum, host) => sum + host.weight, 0);
  for (const host of hosts) {
    const expected = host.weight / total;
    const share = chosen.filter((other) => other === host).length / chosen.length;
    const tolerance = 6 * Math.sqrt((expected * (1 - expected)) / chosen.length);
    if (Math.abs(share - expected) > tolerance) {
      throw new Error(`${host.addressText} of weight ${host.weight} in ${total} got ${(100 * share).toFixed(1)} % of the streams`);
    }
  }
}
