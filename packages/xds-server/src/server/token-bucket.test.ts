import { describe, expect, test } from "vitest";
import { TokenBucket } from "./token-bucket.ts";

describe("a token bucket", () => {
  test("gives its burst at once, and then tokens at its rate, in advance up to the wait", () => {
    const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, 0);
    const waits = Array.from({ length: 6 }, () => bucket.take(0, 1000));
    expect(waits).toEqual([0, 0, 0, 500, 1000, undefined]);
    expect(bucket.take(500, 1000)).toBe(1000);
    expect(bucket.take(10_000, 0)).toBe(0);
  });

  test("does not save more than its burst", () => {
    const bucket = new TokenBucket({ perSecond: 100, burst: 1 }, 0);
    expect([bucket.take(60_000, 0), bucket.take(60_000, 0)]).toEqual([0, undefined]);
  });

  test("takes back what was not used", () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, 0);
    bucket.take(0, 1000);
    expect(bucket.take(0, 1000)).toBe(1000);
    bucket.giveBack();
    expect(bucket.take(0, 1000)).toBe(1000);
  });
});
