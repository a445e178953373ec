import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketCount, bucketOf, bucketStart, bucketWidth, firstBound, upperBounds } from "./buckets.ts";

const twelveDaysMs = 2 ** 40 / 1000;

describe("log-linear buckets", () => {
  test("every value lies in its bucket, and the bucket is at most a sixteenth of it wide, or a microsecond", () => {
    const value = fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 10_000, noNaN: true }),
      fc.double({ min: 0, max: twelveDaysMs, maxExcluded: true, noNaN: true }),
    );
    fc.assert(
      fc.property(value, (ms) => {
        const index = bucketOf(ms);
        const micros = ms * 1000;
        expect(index).toBeLessThan(bucketCount);
        // Starts are whole microseconds, and thus exact.
        expect(Math.round(bucketStart(index) * 1000)).toBeLessThanOrEqual(micros);
        expect(Math.round(bucketStart(index + 1) * 1000)).toBeGreaterThan(micros);
        expect(bucketWidth(index)).toBeLessThanOrEqual(Math.max(0.001_000_1, ms / 16));
      }),
    );
  });

  test("buckets follow each other without gaps, ascending", () => {
    for (let index = 0; index + 1 < bucketCount; index++) {
      expect(bucketOf(Math.round(bucketStart(index) * 1000) / 1000)).toBe(index);
      expect(bucketStart(index + 1)).toBeGreaterThan(bucketStart(index));
    }
  });

  test("what is longer than twelve days is in the last bucket", () => {
    for (const ms of [twelveDaysMs, twelveDaysMs * 1000, Number.MAX_VALUE, Number.POSITIVE_INFINITY])
      expect(bucketOf(ms)).toBe(bucketCount - 1);
  });

  test("the first upper bound of a bucket and at most one more step find the bound of a value", () => {
    fc.assert(
      fc.property(fc.oneof(fc.double({ min: 0, max: 1e7, noNaN: true }), fc.constantFrom(...upperBounds)), (ms) => {
        let bound = firstBound[bucketOf(ms)] ?? 0;
        if (bound < upperBounds.length && ms > (upperBounds[bound] ?? 0)) bound++;
        const expected = upperBounds.findIndex((upper) => ms <= upper);
        expect(bound).toBe(expected < 0 ? upperBounds.length : expected);
      }),
    );
  });
});
