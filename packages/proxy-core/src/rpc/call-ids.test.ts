import { expect, test } from "vitest";
import { CallIds } from "./call-ids.ts";

const none = new Map<number, unknown>();
const takeSome = (ids: CallIds, count: number, taken: ReadonlyMap<number, unknown> = none): number[] =>
  Array.from({ length: count }, () => ids.take(taken));

test("ids count up from zero", () => {
  expect(takeSome(new CallIds(), 4)).toEqual([0, 1, 2, 3]);
});

test("after the largest they go on with the smallest, and after minus one with zero", () => {
  expect(takeSome(new CallIds(0x7fff_fffe), 4)).toEqual([0x7fff_fffe, 0x7fff_ffff, -0x8000_0000, -0x7fff_ffff]);
  expect(takeSome(new CallIds(-2), 4)).toEqual([-2, -1, 0, 1]);
});

test("once they have gone round, those of calls that still wait are passed over", () => {
  const taken = new Map([0, 1, 3, 4, 5].map((id) => [id, "waiting"]));
  expect(takeSome(new CallIds(-1), 4, taken)).toEqual([-1, 2, 6, 7]);
});
