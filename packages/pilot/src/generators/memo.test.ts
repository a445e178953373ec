import { expect, test } from "vitest";
import { absent, Memo } from "./memo.ts";

test("what was made of the same parts in the same order is made once", () => {
  const memo = new Memo<{ readonly made: number }>();
  const [one, other] = [{}, {}];
  let made = 0;
  const make = (): { readonly made: number } => ({ made: ++made });
  expect(memo.get([one, other], make)).toBe(memo.get([one, other], make));
  expect(memo.get([one, other], make).made).toBe(1);
});

test("other parts, fewer parts and another order have values of their own", () => {
  const memo = new Memo<object>();
  const [one, other] = [{}, {}];
  const make = (): object => ({});
  const values = [[one, other], [other, one], [one], [one, absent], [one, other, absent], []].map((parts) => memo.get(parts, make));
  expect(new Set(values).size).toBe(values.length);
});
