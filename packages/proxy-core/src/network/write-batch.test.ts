import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { WriteBatch } from "./write-batch.ts";

test("what was added in a turn is flushed at its end, in order and once", async () => {
  const batch = new WriteBatch();
  const flushed: string[] = [];
  for (const name of ["a", "b"]) batch.add({ flush: () => void flushed.push(name) });
  expect(flushed).toEqual([]);
  await setImmediate();
  await setImmediate();
  expect(flushed).toEqual(["a", "b"]);
});

test("what a flush adds is flushed in the next turn", async () => {
  const batch = new WriteBatch();
  const flushed: string[] = [];
  const second = { flush: (): void => void flushed.push("second") };
  batch.add({
    flush: () => {
      flushed.push("first");
      batch.add(second);
    },
  });
  batch.flush();
  expect(flushed).toEqual(["first"]);
  batch.flush();
  expect(flushed).toEqual(["first", "second"]);
  // The turns that were scheduled find nothing left.
  await setImmediate();
  await setImmediate();
  expect(flushed).toHaveLength(2);
});

test("a failure does not cost the others their flush", async () => {
  const batch = new WriteBatch();
  const flushed: string[] = [];
  batch.add({
    flush: () => {
      throw new Error("failed");
    },
  });
  batch.add({ flush: () => void flushed.push("other") });
  expect(() => batch.flush()).toThrow("failed");
  await setImmediate();
  await setImmediate();
  expect(flushed).toEqual(["other"]);
});
