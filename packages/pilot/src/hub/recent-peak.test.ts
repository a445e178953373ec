import fc from "fast-check";
import { expect, test } from "vitest";
import { RecentPeak } from "./recent-peak.ts";

test("the peak is the largest count that held at some moment of the window", () => {
  const steps = fc.array(fc.record({ afterMs: fc.nat(40), count: fc.nat(9) }), { maxLength: 40 });
  fc.assert(
    fc.property(steps, fc.nat(200), (all, restMs) => {
      const recent = new RecentPeak(100);
      const history: { readonly count: number; readonly fromMs: number }[] = [{ count: 0, fromMs: 0 }];
      let nowMs = 0;
      for (const { afterMs, count } of all) {
        nowMs += afterMs;
        recent.set(count, nowMs);
        history.push({ count, fromMs: nowMs });
      }
      nowMs += restMs;
      const held = history.filter((_, at) => (history[at + 1]?.fromMs ?? Number.POSITIVE_INFINITY) >= nowMs - 100);
      expect(recent.peak(nowMs)).toBe(Math.max(...held.map(({ count }) => count)));
      expect(recent.count).toBe(history.at(-1)?.count);
    }),
  );
});
