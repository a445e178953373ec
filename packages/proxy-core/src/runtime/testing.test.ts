import { expect, test } from "vitest";
import { TimerEntry } from "./timer-wheel.ts";
import { SeededRandom, testRuntime } from "./testing.ts";

class Recorder extends TimerEntry {
  readonly at: number[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    super();
    this.#now = now;
  }

  override onTimer(): void {
    this.at.push(this.#now());
  }
}

test("time passes only by advance(), which turns the wheel slot by slot", () => {
  const runtime = testRuntime();
  const wall = runtime.clock.wall();
  const entry = new Recorder(() => runtime.clock.now());
  runtime.timers.arm(entry, 1000);
  runtime.advance(999);
  expect(entry.at).toEqual([]);
  runtime.advance(17);
  expect(entry.at).toHaveLength(1);
  expect(runtime.clock.wall() - wall).toBe(1016);
});

test("the same seed gives the same numbers, spread over [0, 1)", () => {
  const [first, second] = [new SeededRandom(42), new SeededRandom(42)];
  const numbers = Array.from({ length: 10_000 }, () => first.next());
  expect(numbers).toEqual(Array.from({ length: 10_000 }, () => second.next()));
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  expect(numbers.reduce((sum, number) => sum + number, 0) / numbers.length).toBeCloseTo(0.5, 1);
  expect(first.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
});

test("the scripted resolver answers by name and family, and rejects where it is told", async () => {
  const { resolver } = testRuntime();
  resolver.answer("a.test", ["10.0.0.1", "fd00::1"], 30);
  resolver.answer("b.test", new Error("servers are away"));
  await expect(resolver.resolve("a.test", "v4-only")).resolves.toEqual([{ address: "10.0.0.1", family: 4, ttlSeconds: 30 }]);
  await expect(resolver.resolve("a.test", "all")).resolves.toHaveLength(2);
  await expect(resolver.resolve("b.test", "all")).rejects.toThrow("servers are away");
  await expect(resolver.resolve("c.test", "all")).resolves.toEqual([]);
  expect(resolver.asked.map((question) => question.hostname)).toEqual(["a.test", "a.test", "b.test", "c.test"]);
});

test("the recording logger keeps lines of its level and above", () => {
  const { logger } = testRuntime();
  logger.level = "warning";
  logger.log("info", "router", "not kept");
  logger.log("error", "router", "kept", { code: 1 });
  expect(logger.lines).toEqual([{ level: "error", component: "router", message: "kept", fields: { code: 1 } }]);
});
