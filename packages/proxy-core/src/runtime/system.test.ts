import { expect, test } from "vitest";
import { systemRuntime } from "./system.ts";
import { FakeClock, RecordingLogger, SeededRandom } from "./testing.ts";
import { TimerEntry, TimerWheel } from "./timer-wheel.ts";

test("the system's runtime tells the time, expires timers, and makes numbers and identifiers", async () => {
  const { clock, timers, random, logger } = systemRuntime();
  const before = clock.now();
  const alive = setInterval(() => {}, 1000);
  await new Promise<void>((resolve) => {
    class Once extends TimerEntry {
      override onTimer(): void {
        resolve();
      }
    }
    timers.arm(new Once(), 1);
  });
  clearInterval(alive);
  timers.stop();
  expect(clock.now()).toBeGreaterThanOrEqual(before + 1);
  expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u);
  expect(random.next()).toBeLessThan(1);
  expect(logger.enabled("critical")).toBe(false);
});

test("each part can be replaced, and the wheel runs on the clock that is given", () => {
  const parts = { clock: new FakeClock(), random: new SeededRandom(), logger: new RecordingLogger() };
  const runtime = systemRuntime(parts);
  expect(runtime).toMatchObject(parts);
  runtime.timers.stop();
  const timers = new TimerWheel(parts.clock, () => () => {});
  expect(systemRuntime({ timers }).timers).toBe(timers);
});
