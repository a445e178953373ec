import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { upperBounds } from "./buckets.ts";
import { HistogramCell, mergeDistributions, quantile } from "./histogram.ts";

const histogram = (): HistogramCell => new HistogramCell({ name: "h", tagged: "h", tags: [] });
const samples = fc.array(fc.double({ min: 0, max: 4_000_000, noNaN: true }), { minLength: 1, maxLength: 200 });

function recorded(values: readonly number[]): HistogramCell {
  const cell = histogram();
  for (const value of values) cell.record(value);
  return cell;
}

describe("histogram", () => {
  test("counts and sums are exact, and upper bounds count what lies at or below them, as an exact oracle does", () => {
    fc.assert(
      fc.property(samples, (values) => {
        const { count, sum, bounds } = recorded(values).cumulative();
        expect(count).toBe(values.length);
        expect(sum).toBeCloseTo(
          values.reduce((total, value) => total + value, 0),
          3,
        );
        const oracle = [...upperBounds, Number.POSITIVE_INFINITY].map((upper) => values.filter((value) => value <= upper).length);
        let below = 0;
        expect(bounds.map((inside) => (below += inside))).toEqual(oracle);
      }),
    );
  });

  test("a quantile is within a bucket's width of the exact one", () => {
    fc.assert(
      fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const sorted = values.toSorted((left, right) => left - right);
        const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
        const estimate = quantile(recorded(values).cumulative(), share);
        expect(Math.abs(estimate - exact)).toBeLessThanOrEqual(Math.max(0.001_000_1, exact / 15));
      }),
    );
  });

  test("quantiles grow with their share", () => {
    fc.assert(
      fc.property(samples, (values) => {
        const distribution = recorded(values).cumulative();
        const quantiles = Array.from({ length: 21 }, (_, step) => quantile(distribution, step / 20));
        expect(quantiles).toEqual(quantiles.toSorted((left, right) => left - right));
      }),
    );
  });

  test("merging two histograms is recording both into one", () => {
    fc.assert(
      fc.property(samples, samples, (left, right) => {
        const merged = mergeDistributions(recorded(left).cumulative(), recorded(right).cumulative());
        const both = recorded([...left, ...right]).cumulative();
        expect({ ...merged, sum: 0 }).toEqual({ ...both, sum: 0 });
        expect(merged.sum).toBeCloseTo(both.sum, 3);
      }),
    );
  });

  test("an interval has the samples between two flushes only", () => {
    const cell = recorded([1, 2]);
    expect(cell.interval().count).toBe(0);
    cell.flush();
    expect(cell.interval().count).toBe(2);
    cell.record(700);
    cell.flush();
    expect(cell.interval()).toMatchObject({ count: 1, sum: 700 });
    expect(quantile(cell.interval(), 0.5)).toBeCloseTo(700, -2);
    cell.flush();
    expect(cell.interval().count).toBe(0);
    expect(cell.cumulative().count).toBe(3);
  });

  test("its intervals are what was recorded in them, whatever that is", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.double({ min: 0, max: 4_000_000, noNaN: true }), { maxLength: 30 }), { maxLength: 8 }),
        (intervals) => {
          const cell = histogram();
          for (const values of intervals) {
            for (const value of values) cell.record(value);
            cell.flush();
            const { count, buckets, bounds } = cell.interval();
            const expected = recorded(values).cumulative();
            expect({ count, buckets, bounds }).toEqual({ count: expected.count, buckets: expected.buckets, bounds: expected.bounds });
          }
        },
      ),
    );
  });

  test("has no quantiles without samples", () => {
    expect(histogram().used).toBe(false);
    expect(quantile(histogram().cumulative(), 0.5)).toBeNaN();
  });

  test("takes what is not a duration as zero", () => {
    const cell = recorded([Number.NaN, -1]);
    expect(cell.cumulative()).toMatchObject({ count: 2, sum: 0, buckets: [0, 2] });
    expect(quantile(cell.cumulative(), 1)).toBe(0);
  });
});
