import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { LoopClock } from "./clock.ts";

function spin(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

test("gives one reading for a whole turn of the event loop and a later one for the next", async () => {
  const clock = new LoopClock();
  await setImmediate();
  const first = clock.now();
  spin(2);
  expect(clock.now()).toBe(first);
  await setImmediate();
  await setImmediate();
  expect(clock.now()).toBeGreaterThanOrEqual(first + 2);
});

test("reads the wall clock anew each time", () => {
  const clock = new LoopClock();
  const before = Date.now();
  const read = clock.wall();
  expect(read).toBeGreaterThanOrEqual(before);
  expect(read).toBeLessThanOrEqual(Date.now());
});
