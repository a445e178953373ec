import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RequestTally, successRateNumbers } from "./success-rates.ts";

describe("the threshold of success rates", () => {
  test("is what Envoy computes of its documentation's example", () => {
    expect(successRateNumbers([50, 100, 100, 100, 100], 1900)).toEqual({ average: 90, ejectionThreshold: 52 });
  });

  test("is never above the average, and is the average where all are equal", () => {
    const rates = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(rates, fc.nat({ max: 5000 }), (list, factor) => {
        const { average, ejectionThreshold } = successRateNumbers(list, factor);
        expect(ejectionThreshold).toBeLessThanOrEqual(average);
      }),
    );
    expect(successRateNumbers([25, 25, 25], 1900)).toEqual({ average: 25, ejectionThreshold: 25 });
  });
});

test("a tally tells of the last interval only", () => {
  const tally = new RequestTally();
  tally.count(true);
  tally.count(false);
  expect(tally.volume).toBe(0);
  tally.turn();
  tally.count(true);
  expect([tally.volume, tally.successRate]).toEqual([2, 50]);
  tally.turn();
  expect([tally.volume, tally.successRate]).toEqual([1, 100]);
  tally.turn();
  expect(tally.volume).toBe(0);
});
