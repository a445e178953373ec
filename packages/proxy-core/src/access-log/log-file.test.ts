import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { testRuntime } from "../runtime/testing.ts";
import { StatsStore } from "../stats/index.ts";
import { statValue } from "../stats/testing.ts";
import { LogFile, LogStats } from "./log-file.ts";
import type { LogOutput } from "./log-output.ts";

/** Keeps what is written; writes end when the test says so. */
class ManualOutput implements LogOutput {
  readonly events: string[] = [];
  #under = Promise.withResolvers<void>();

  write(bytes: Buffer): Promise<void> {
    this.events.push(bytes.length > 100 ? `${bytes.length} bytes` : bytes.toString());
    this.#under = Promise.withResolvers();
    return this.#under.promise;
  }

  /** Ends the write under way, and lets those who wait for it go on. */
  async settle(): Promise<void> {
    this.#under.resolve();
    await setImmediate();
  }

  async fail(): Promise<void> {
    this.#under.reject(new Error("ENOSPC"));
    await setImmediate();
  }

  reopen(): void {
    this.events.push("reopen");
  }

  close(): void {
    this.events.push("close");
  }
}

function setup(): { output: ManualOutput; file: LogFile; runtime: ReturnType<typeof testRuntime>; stat: (name: string) => number } {
  const runtime = testRuntime();
  const store = new StatsStore();
  const output = new ManualOutput();
  const file = new LogFile(output, runtime.timers, new LogStats(store), 1000);
  return { output, file, runtime, stat: (name) => statValue(store, `filesystem.${name}`) };
}

describe("log file", () => {
  test("writes lines together, a second after the first", async () => {
    const { output, file, runtime, stat } = setup();
    file.write("a\n");
    runtime.advance(900);
    file.write("b\n");
    expect(output.events).toEqual([]);
    expect(stat("write_total_buffered")).toBe(4);
    runtime.advance(150);
    expect(output.events).toEqual(["a\nb\n"]);
    await output.settle();
    expect([stat("write_buffered"), stat("write_completed"), stat("flushed_by_timer"), stat("write_total_buffered")]).toEqual([2, 1, 1, 0]);
    runtime.advance(5000);
    expect(output.events).toHaveLength(1);
  });

  test("writes at once when 64 KiB are waiting, but not while a write is under way", async () => {
    const { output, file } = setup();
    const line = `${"x".repeat(65_535)}\n`;
    file.write(line);
    file.write(line);
    file.write("last\n");
    expect(output.events).toEqual(["65536 bytes"]);
    await output.settle();
    expect(output.events).toEqual(["65536 bytes", "65541 bytes"]);
  });

  test("what comes during a write is written when the timer has passed again", async () => {
    const { output, file, runtime } = setup();
    file.write("a\n");
    runtime.advance(1100);
    file.write("b\n");
    runtime.advance(5000);
    expect(output.events).toEqual(["a\n"]);
    await output.settle();
    runtime.advance(1100);
    expect(output.events).toEqual(["a\n", "b\n"]);
  });

  test("a write that fails loses its lines and is counted; the next ones are written", async () => {
    const { output, file, runtime, stat } = setup();
    file.write("a\n");
    runtime.advance(1100);
    await output.fail();
    expect([stat("write_failed"), stat("write_completed"), stat("write_total_buffered")]).toEqual([1, 0, 0]);
    file.write("b\n");
    runtime.advance(1100);
    await output.settle();
    expect(output.events).toEqual(["a\n", "b\n"]);
    expect(stat("write_completed")).toBe(1);
  });

  test("lines beyond 16 MiB that wait for a slow disk are lost and counted", () => {
    const { file, stat } = setup();
    const line = "x".repeat(1024 * 1024);
    for (let count = 0; count < 30; count++) file.write(line);
    expect(stat("write_failed")).toBeGreaterThan(10);
    expect(stat("write_total_buffered")).toBeLessThan(19 * 1024 * 1024);
  });

  test("reopens between two writes", async () => {
    const { output, file, runtime } = setup();
    file.reopen();
    file.write("a\n");
    runtime.advance(1100);
    file.reopen();
    expect(output.events).toEqual(["reopen", "a\n"]);
    await output.settle();
    expect(output.events).toEqual(["reopen", "a\n", "reopen"]);
  });

  test("a reopening that fails is counted", () => {
    const { output, file, stat } = setup();
    output.reopen = () => {
      throw new Error("EACCES");
    };
    file.reopen();
    expect(stat("reopen_failed")).toBe(1);
  });

  test("closing writes what is left; lines that come later are lost and counted", async () => {
    const { output, file, stat } = setup();
    file.write("a\n");
    const closed = file.close();
    await output.settle();
    await closed;
    await file.close();
    file.write("late\n");
    expect(output.events).toEqual(["a\n", "close"]);
    expect(stat("write_failed")).toBe(1);
  });
});
