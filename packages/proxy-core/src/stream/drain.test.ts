import { describe, expect, test } from "vitest";
import { testRuntime } from "../runtime/testing.ts";
import { Drain, DrainQueue } from "./drain.ts";

describe("a drain", () => {
  test("at once ends a connection with each response", () => {
    const { clock } = testRuntime();
    const drain = new Drain({ clock, random: { next: () => 0.999_999, uuid: () => "" } }, "now", 10_000);
    expect([drain.endsWithResponse(), drain.isImmediate, drain.spreadMs]).toEqual([true, true, 0]);
  });

  test.each(["at last", "in turn"] as const)(
    "that ends the silent ones %s ends the share of the drain time that has passed",
    (silenceEnds) => {
      const runtime = testRuntime();
      runtime.clock.advance(12_345);
      const drain = new Drain(runtime, silenceEnds, 10_000);
      expect([drain.isImmediate, drain.spreadMs]).toEqual([false, 2500]);
      const ended = (): number => Array.from({ length: 1000 }, () => drain.endsWithResponse()).filter(Boolean).length;
      expect(ended()).toBe(0);
      runtime.clock.advance(1000);
      expect(Math.abs(ended() - 100)).toBeLessThan(30);
      runtime.clock.advance(6000);
      expect(Math.abs(ended() - 700)).toBeLessThan(45);
      runtime.clock.advance(3000);
      expect(ended()).toBe(1000);
      runtime.clock.advance(100_000);
      expect(ended()).toBe(1000);
    },
  );

  test("decides by chance, once a response", () => {
    const { clock } = testRuntime();
    const numbers = [0.2999, 0.3, 0.9, 0.1];
    const drain = new Drain({ clock, random: { next: () => numbers.shift() ?? 1, uuid: () => "" } }, "at last", 1000);
    clock.advance(300);
    expect([0, 0, 0, 0].map(() => drain.endsWithResponse())).toEqual([true, false, false, true]);
    expect(numbers).toEqual([]);
  });

  test("that may take no time ends all", () => {
    expect(new Drain(testRuntime(), "at last", 0).endsWithResponse()).toBe(true);
  });

  test("is stronger than one that lets silent connections live longer", () => {
    const runtime = testRuntime();
    const [atLast, inTurn, now] = (["at last", "in turn", "now"] as const).map((ends) => new Drain(runtime, ends, 1000));
    const all = [undefined, atLast, inTurn, now];
    expect(all.map((other) => atLast?.isStrongerThan(other))).toEqual([true, false, false, false]);
    expect(all.map((other) => inTurn?.isStrongerThan(other))).toEqual([true, true, false, false]);
    expect(all.map((other) => now?.isStrongerThan(other))).toEqual([true, true, true, false]);
  });
});

describe("a queue", () => {
  test("comes to one after the other, evenly", () => {
    const runtime = testRuntime();
    const turns: [string, number][] = [];
    const queue = new DrainQueue<string>(runtime, (name) => turns.push([name, runtime.clock.now()]));
    queue.begin(["a", "b", "c", "d"], 1600);
    runtime.advance(10_000);
    expect(turns).toEqual([
      ["a", 0],
      ["b", 400],
      ["c", 800],
      ["d", 1200],
    ]);
  });

  test("comes to as many at a time as have to be where there are more than the timers tell apart", () => {
    const runtime = testRuntime();
    let count = 0;
    const queue = new DrainQueue<number>(runtime, () => count++);
    queue.begin(Array(1000).keys(), 160);
    expect(count).toBe(1);
    runtime.advance(80);
    expect(count).toBe(501);
    runtime.advance(80);
    expect(count).toBe(1000);
  });

  test("without time comes to all at once, and without members to none", () => {
    const runtime = testRuntime();
    const turns: string[] = [];
    const queue = new DrainQueue<string>(runtime, (name) => turns.push(name));
    queue.begin(["a", "b"], 0);
    expect(turns).toEqual(["a", "b"]);
    queue.begin([], 1000);
    runtime.advance(2000);
    expect(turns).toEqual(["a", "b"]);
  });

  test("with all the time there is comes to the first one", () => {
    const runtime = testRuntime();
    const turns: string[] = [];
    const queue = new DrainQueue<string>(runtime, (name) => turns.push(name));
    queue.begin(["a", "b"], Infinity);
    runtime.advance(100_000);
    expect(turns).toEqual(["a"]);
  });

  test("that begins anew, or stops, forgets those that wait", () => {
    const runtime = testRuntime();
    const turns: string[] = [];
    const queue = new DrainQueue<string>(runtime, (name) => turns.push(name));
    queue.begin(["a", "b"], 1000);
    queue.begin(["c", "d"], 1000);
    runtime.advance(400);
    queue.stop();
    runtime.advance(2000);
    expect(turns).toEqual(["a", "c"]);
  });
});
