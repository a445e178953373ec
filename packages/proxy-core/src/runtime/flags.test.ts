import { expect, test } from "vitest";
import { emptySnapshot, RuntimeNumber, type RuntimeSnapshot } from "./flags.ts";
import { snapshotOf } from "./testing.ts";

test("a number is its fallback until the runtime has a value, and again when it has none any more", () => {
  const number = new RuntimeNumber("integer", "a", 7);
  expect(number.in(emptySnapshot)).toBe(7);
  expect(number.in(snapshotOf({ a: 1 }))).toBe(1);
  expect(number.in(snapshotOf({ b: 1 }))).toBe(7);
});

test("a number without a key is its fallback, whatever the runtime says", () => {
  expect(new RuntimeNumber("number", "", 7).in(snapshotOf({ "": 1 }))).toBe(7);
});

test("a number is looked up once in a snapshot, as what it is asked for", () => {
  const asked: string[] = [];
  const answer = (kind: string) => (key: string) => asked.push(`${kind} ${key}`);
  const snapshot: RuntimeSnapshot = {
    size: 1,
    fraction: answer("fraction"),
    integer: answer("integer"),
    number: answer("number"),
    boolean: () => false,
  };
  for (const kind of ["fraction", "integer", "number"] as const) {
    const number = new RuntimeNumber(kind, "k", 0);
    expect(number.in(snapshot)).toBe(number.in(snapshot));
  }
  expect(asked).toEqual(["fraction k", "integer k", "number k"]);
});
