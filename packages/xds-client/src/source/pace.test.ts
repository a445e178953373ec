import { expect, test } from "vitest";
import { ManualRuntime } from "../testing/manual-runtime.ts";
import { inSlices, TurnPace, unhurried } from "./pace.ts";

/** A pace on a clock that goes by so many milliseconds with each look at it. */
function paceOf(msPerLook: number): { readonly pace: TurnPace; readonly runtime: ManualRuntime } {
  const runtime = new ManualRuntime();
  runtime.perStep = msPerLook;
  const pace = new TurnPace(runtime);
  pace.begin();
  return { pace, runtime };
}

/** Steps up to that number; which of them each turn did. */
function countTo(last: number): { readonly step: () => boolean; readonly turns: number[][] } {
  let at = 0;
  const turns: number[][] = [];
  let turn: number[] | undefined;
  const step = (): boolean => {
    if (turn === undefined) {
      turn = [];
      turns.push(turn);
      setImmediate(() => (turn = undefined));
    }
    turn.push(++at);
    return at < last;
  };
  return { step, turns };
}

test("what fits into one turn is done at once", () => {
  const { step, turns } = countTo(5);
  expect(inSlices(paceOf(0).pace, step)).toBeUndefined();
  expect(inSlices(unhurried, () => false)).toBeUndefined();
  expect(turns).toEqual([[1, 2, 3, 4, 5]]);
});

test("what takes longer is done in turns of four milliseconds each", async () => {
  const { step, turns } = countTo(7);
  await inSlices(paceOf(2).pace, step);
  expect(turns).toEqual([[1, 2], [3, 4], [5, 6], [7]]);
});

test("what throws ends it", async () => {
  let count = 0;
  const done = inSlices(paceOf(4).pace, () => {
    if (++count === 3) throw new Error("no");
    return true;
  });
  await expect(done).rejects.toThrow("no");
  expect(count).toBe(3);
});

test("those who wait for the next turn share it", async () => {
  const { pace, runtime } = paceOf(0);
  let turns = 0;
  runtime.nextTurn = (callback) => {
    turns++;
    setImmediate(callback);
  };
  await Promise.all([pace.next(), pace.next()]);
  expect(turns).toBe(1);
  await pace.next();
  expect(turns).toBe(2);
});

test("a step that waits is followed by the next when its wait is over", async () => {
  let at = 0;
  let go = (): void => {};
  const done = inSlices(unhurried, () => {
    if (++at !== 2) return at < 4;
    return new Promise<void>((resolve) => {
      go = resolve;
    });
  });
  await Promise.resolve();
  expect(at).toBe(2);
  go();
  await done;
  expect(at).toBe(4);
});
