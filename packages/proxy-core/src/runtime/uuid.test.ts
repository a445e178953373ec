import { expect, test } from "vitest";
import { randomUuid } from "./uuid.ts";

/** More than the pool of random bytes holds. */
const count = 5000;

test("makes UUIDs of version 4, no two alike", () => {
  const all = Array.from({ length: count }, () => randomUuid());
  for (const each of all) expect(each).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
  expect(new Set(all).size).toBe(count);
});

test("each of the 122 random bits is set about half of the time", () => {
  const set = Array.from({ length: 128 }, () => 0);
  for (let i = 0; i < count; i++) {
    const bits = BigInt(`0x${randomUuid().replaceAll("-", "")}`);
    for (let bit = 0; bit < 128; bit++) if (((bits >> BigInt(127 - bit)) & 1n) === 1n) set[bit] = (set[bit] ?? 0) + 1;
  }
  const fixed = new Map([
    [48, 0],
    [49, count],
    [50, 0],
    [51, 0],
    [64, count],
    [65, 0],
  ]);
  // Ten standard deviations.
  const most = 10 * Math.sqrt(count / 4);
  for (const [bit, times] of set.entries()) {
    const expected = fixed.get(bit);
    if (expected === undefined) expect(Math.abs(times - count / 2)).toBeLessThan(most);
    else expect(times).toBe(expected);
  }
});
