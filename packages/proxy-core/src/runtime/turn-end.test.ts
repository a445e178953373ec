import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { atTurnEnd } from "./turn-end.ts";

test("functions are called once, in order, when the turn ends", async () => {
  const calls: string[] = [];
  atTurnEnd(() => calls.push("a"));
  atTurnEnd(() => calls.push("b"));
  queueMicrotask(() => calls.push("of this turn"));
  await nextTurn();
  expect(calls).toEqual(["of this turn", "a", "b"]);
  await nextTurn();
  expect(calls).toHaveLength(3);
});

test("what a function asks for comes a turn later", async () => {
  const calls: string[] = [];
  atTurnEnd(() => {
    calls.push("first");
    atTurnEnd(() => calls.push("second"));
  });
  await nextTurn();
  expect(calls).toEqual(["first"]);
  await nextTurn();
  expect(calls).toEqual(["first", "second"]);
});

test("a function that throws does not cost the others their call", async () => {
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  const caught = new Promise<Error>((resolve) => process.once("uncaughtException", resolve));
  try {
    const called = new Promise<void>((resolve) => {
      atTurnEnd(() => {
        throw new Error("thrown in a turn");
      });
      atTurnEnd(resolve);
    });
    expect((await caught).message).toBe("thrown in a turn");
    await called;
  } finally {
    for (const listener of others) process.on("uncaughtException", listener);
  }
});
