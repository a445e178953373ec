import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SeededRandom } from "../../runtime/testing.ts";
import { balancerProperties } from "../balancer-compliance.ts";
import type { Host } from "../contract.ts";
import { anyHost, looseHost } from "../testing.ts";
import { roundRobinPicker, WeightedTurns } from "./round-robin.ts";

const cycleOf = (weights: readonly number[], seed: number): (Host | undefined)[] => {
  const hosts = weights.map((weight, index) => looseHost(index, weight));
  const picker = roundRobinPicker(hosts, new SeededRandom(seed));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Array.from({ length: total }, () => picker.pick(anyHost));
};

const counts = (picked: readonly (Host | undefined)[], length: number): number[] =>
  Array.from({ length }, (_, index) => picked.filter((host) => host?.address.kind === "ip" && host.address.port === index).length);

describe("the round robin balancer", () => {
  for (const { name, run } of balancerProperties({
    followsWeights: true,
    create: (random) => (hosts) => roundRobinPicker(hosts, random),
  })) {
    test(name, run);
  }

  test("gives every host exactly its weight in every cycle, wherever it begins", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(weights, fc.nat(), (list, seed) => {
        expect(counts(cycleOf(list, seed), list.length)).toEqual(list);
      }),
    );
  });

  test("gives every host exactly its weight in cycles too long to be written out", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 4001 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(weights, (list) => {
        const turns = new WeightedTurns(list);
        const total = list.reduce((sum, weight) => sum + weight, 0);
        for (const cycle of [1, 2]) {
          const taken = list.map(() => 0);
          for (let turn = 0; turn < total; turn++) taken[turns.next()]!++;
          expect(taken, `cycle ${cycle}`).toEqual(list);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("lets no host have more turns between two turns of another than its weight asks for", () => {
    const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(weights, (list) => {
        const turns = new WeightedTurns(list);
        const total = list.reduce((sum, weight) => sum + weight, 0);
        const taken = Array.from({ length: 3 * total }, () => turns.next());
        list.forEach((weight, index) => {
          const between = taken
            .join(" ")
            .split(new RegExp(`\\b${index}\\b`))
            .slice(1, -1);
          list.forEach((otherWeight, other) => {
            const most = Math.max(
              0,
              ...between.map((turnsBetween) => turnsBetween.split(" ").filter((turn) => turn === String(other)).length),
            );
            if (other !== index) expect(most).toBeLessThanOrEqual(Math.ceil(otherWeight / weight));
          });
        });
      }),
    );
  });

  test("spreads 5, 1, 1 instead of sending five streams in a row", () => {
    const turns = new WeightedTurns([5, 1, 1]);
    expect(Array.from({ length: 7 }, () => turns.next())).toEqual([0, 1, 0, 0, 0, 2, 0]);
  });

  test("begins with different hosts from picker to picker", () => {
    const random = new SeededRandom();
    const hosts = [0, 1, 2, 3].map((index) => looseHost(index));
    const first = new Set(Array.from({ length: 100 }, () => roundRobinPicker(hosts, random).pick(anyHost)));
    expect(first.size).toBe(4);
  });

  test("remains exact with huge weights", () => {
    const hosts = [looseHost(0, 4_294_967_295), looseHost(1, 1), looseHost(2, 4_294_967_294)];
    const picker = roundRobinPicker(hosts, new SeededRandom());
    const picked = Array.from({ length: 10_000 }, () => picker.pick(anyHost));
    const [first = 0, second = 0, third = 0] = counts(picked, 3);
    expect(second).toBeLessThanOrEqual(1);
    expect(Math.abs(first - third)).toBeLessThanOrEqual(2);
  });
});
