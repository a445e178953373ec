import { expect, test } from "vitest";
import { BackOff } from "./back-off.ts";

test("waits are uniform below a bound that doubles up to the highest and begins anew after an answer", () => {
  const backOff = new BackOff({ baseMs: 100, maxMs: 500 }, () => 0.99);
  expect([1, 2, 3, 4, 5].map(() => backOff.next())).toEqual([99, 198, 396, 495, 495]);
  backOff.reset();
  expect(backOff.next()).toBe(99);
});

test("by default they begin below 500 ms and end below 30 s, as Envoy's", () => {
  const backOff = new BackOff({}, () => 0.5);
  expect(Array.from({ length: 8 }, () => backOff.next())).toEqual([250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
});
