import { expect, test } from "vitest";
import { Batch } from "./batch.ts";

test("what was added is dealt with in order and once", () => {
  const batch = new Batch<string>();
  const seen: string[] = [];
  const see = (each: string): void => void seen.push(each);
  expect(batch.isEmpty).toBe(true);
  batch.add("a");
  batch.add("b");
  expect(batch.isEmpty).toBe(false);
  expect(batch.find((each) => each === "b")).toBe("b");
  batch.drain(see);
  expect(batch.isEmpty).toBe(true);
  expect(batch.find((each) => each === "b")).toBeUndefined();
  batch.drain(see);
  expect(seen).toEqual(["a", "b"]);
});

test("what is added meanwhile waits for the next time", () => {
  const batch = new Batch<number>();
  const seen: number[] = [];
  const see = (each: number): void => {
    seen.push(each);
    if (each < 3) batch.add(each + 1);
  };
  batch.add(1);
  batch.drain(see);
  expect(seen).toEqual([1]);
  batch.drain(see);
  batch.drain(see);
  batch.drain(see);
  expect(seen).toEqual([1, 2, 3]);
});

test("a drain within a drain deals with what was added since, and loses nothing", () => {
  const batch = new Batch<string>();
  const seen: string[] = [];
  const see = (each: string): void => {
    seen.push(each);
    if (each === "1") {
      batch.add("a");
      batch.drain(see);
    }
    if (each === "a") for (const more of ["x", "y", "z"]) batch.add(more);
  };
  for (const each of ["1", "2", "3", "4"]) batch.add(each);
  batch.drain(see);
  expect(seen).toEqual(["1", "a", "2", "3", "4"]);
  batch.drain(see);
  batch.drain(see);
  expect(seen.slice(5)).toEqual(["x", "y", "z"]);
});

test("a failure leaves the others, and none of them twice", () => {
  const batch = new Batch<string>();
  const seen: string[] = [];
  const see = (each: string): void => {
    seen.push(each);
    if (each === "bad") throw new Error("bad");
  };
  for (const each of ["a", "bad", "b", "c"]) batch.add(each);
  expect(() => batch.drain(see)).toThrow("bad");
  batch.drain(see);
  expect(seen).toEqual(["a", "bad", "b", "c"]);
});

test("keeps nothing alive that is over", async () => {
  const batch = new Batch<object>();
  const dealt: WeakRef<object>[] = [];
  batch.add({});
  batch.drain((each) => void dealt.push(new WeakRef(each)));
  // A weak reference holds what it refers to until the end of the turn.
  await new Promise(setImmediate);
  if (globalThis.gc === undefined) (await import("node:v8")).setFlagsFromString("--expose-gc");
  const collect = globalThis.gc ?? ((await import("node:vm")).runInNewContext("gc") as () => void);
  collect();
  expect(dealt[0]?.deref()).toBeUndefined();
});
