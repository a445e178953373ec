import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type PriorityCounts, priorityLoads } from "./priority-load.ts";

const percentHealthy = (healthy: number): PriorityCounts => ({ hosts: 100, excluded: 0, healthy, degraded: 0 });

describe("priority loads", () => {
  // Envoy's documentation of priority levels.
  test.each([
    [
      [100, 100, 100],
      [100, 0, 0],
    ],
    [
      [72, 72, 100],
      [100, 0, 0],
    ],
    [
      [71, 71, 100],
      [99, 1, 0],
    ],
    [
      [50, 50, 100],
      [70, 30, 0],
    ],
    [
      [25, 100, 100],
      [35, 65, 0],
    ],
    [
      [25, 25, 100],
      [35, 35, 30],
    ],
  ])("with %j percent healthy are %j percent", (healthy, expected) => {
    const loads = priorityLoads(healthy.map(percentHealthy), 140, 50);
    expect(loads.healthy).toEqual(expected);
    expect(loads.panic).toEqual([false, false, false]);
  });

  test("panic only where the priorities together cannot carry the traffic, and those below the threshold", () => {
    expect(priorityLoads([percentHealthy(5), percentHealthy(65)], 140, 50)).toMatchObject({ healthy: [8, 92], panic: [true, false] });
    expect(priorityLoads([percentHealthy(25), percentHealthy(100)], 140, 50).panic).toEqual([false, false]);
  });

  test("follow the number of hosts where all priorities panic", () => {
    const few = { hosts: 10, excluded: 0, healthy: 0, degraded: 0 };
    expect(priorityLoads([{ ...few, hosts: 30 }, few], 140, 50)).toEqual({ healthy: [75, 25], degraded: [0, 0], panic: [true, true] });
  });

  test("leave everything to the highest priority where nobody is healthy and panic is switched off", () => {
    expect(priorityLoads([percentHealthy(0), percentHealthy(0)], 140, 0)).toEqual({
      healthy: [100, 0],
      degraded: [0, 0],
      panic: [false, false],
    });
  });

  test("take healthy hosts of any priority before degraded ones", () => {
    const mixed = { hosts: 100, excluded: 0, healthy: 50, degraded: 50 };
    expect(priorityLoads([mixed, percentHealthy(10)], 140, 50)).toEqual({ healthy: [70, 14], degraded: [16, 0], panic: [false, false] });
  });

  test("do not count hosts that are excluded", () => {
    expect(priorityLoads([{ hosts: 100, excluded: 50, healthy: 50, degraded: 0 }, percentHealthy(100)], 140, 50).healthy).toEqual([100, 0]);
  });

  test("always add up to 100", () => {
    const counts = fc
      .record({ hosts: fc.nat({ max: 50 }), healthy: fc.nat({ max: 50 }), degraded: fc.nat({ max: 50 }), excluded: fc.nat({ max: 50 }) })
      .map(({ hosts, healthy, degraded, excluded }): PriorityCounts => {
        const usable = Math.min(hosts, healthy);
        const rest = Math.min(hosts - usable, degraded);
        return { hosts, healthy: usable, degraded: rest, excluded: Math.min(hosts - usable - rest, excluded) };
      });
    fc.assert(
      fc.property(
        fc.array(counts, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 200 }),
        fc.nat({ max: 100 }),
        (list, factor, threshold) => {
          const { healthy, degraded } = priorityLoads(list, factor, threshold);
          expect([...healthy, ...degraded].reduce((sum, load) => sum + load, 0)).toBe(100);
          expect(Math.min(...healthy, ...degraded)).toBeGreaterThanOrEqual(0);
        },
      ),
    );
  });
});
