import { TimerEntry } from "../runtime/index.ts";
import type { TimerWheel } from "../runtime/index.ts";
import type { Counter, Gauge, StatsScope } from "../stats/index.ts";
import type { LogOutput } from "./log-output.ts";

/** Takes lines, line ends included. Never throws and never waits. */
export interface LogSink {
  write(line: string): void;
}

/** Envoy's `filesystem.` statistics, shared by all files. */
export class LogStats {
  readonly writeBuffered: Counter;
  readonly writeCompleted: Counter;
  readonly writeFailed: Counter;
  readonly flushedByTimer: Counter;
  readonly reopenFailed: Counter;
  readonly writeTotalBuffered: Gauge;

  constructor(stats: StatsScope) {
    const scope = stats.scope("filesystem");
    this.writeBuffered = scope.counter("write_buffered");
    this.writeCompleted = scope.counter("write_completed");
    this.writeFailed = scope.counter("write_failed");
    this.flushedByTimer = scope.counter("flushed_by_timer");
    this.reopenFailed = scope.counter("reopen_failed");
    this.writeTotalBuffered = scope.gauge("write_total_buffered");
  }
}

/** Characters after which lines are written without waiting for the timer. */
const flushAtLength = 64 * 1024;
/** Characters that may wait for a disk that does not keep up; lines beyond are lost, and counted. */
const maxPendingLength = 16 * 1024 * 1024;

/**
 * Collects lines and writes them together: once a second, or as soon as there are 64 KiB of them. A write that fails loses its lines
 * (`filesystem.write_failed`) and nothing else.
 */
export class LogFile extends TimerEntry implements LogSink {
  readonly #output: LogOutput;
  readonly #timers: TimerWheel;
  readonly #stats: LogStats;
  readonly #flushIntervalMs: number;
  #pending = "";
  #writing: Promise<void> | undefined = undefined;
  #reopenWanted = false;
  #closed = false;

  constructor(output: LogOutput, timers: TimerWheel, stats: LogStats, flushIntervalMs: number) {
    super();
    this.#output = output;
    this.#timers = timers;
    this.#stats = stats;
    this.#flushIntervalMs = flushIntervalMs;
  }

  write(line: string): void {
    if (this.#closed || this.#pending.length > maxPendingLength) {
      this.#stats.writeFailed.inc();
      return;
    }
    if (this.#pending === "") this.#timers.arm(this, this.#flushIntervalMs);
    this.#pending += line;
    this.#stats.writeBuffered.inc();
    this.#stats.writeTotalBuffered.add(line.length);
    if (this.#pending.length >= flushAtLength && this.#writing === undefined) this.#start();
  }

  override onTimer(): void {
    if (this.#writing !== undefined || this.#pending === "") return;
    this.#stats.flushedByTimer.inc();
    this.#start();
  }

  /** Opens the file anew as soon as no write is under way. */
  reopen(): void {
    this.#reopenWanted = true;
    if (this.#writing === undefined) this.#reopenIfWanted();
  }

  /** Resolves when everything logged so far is written or has failed. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined || this.#pending !== "") {
      if (this.#writing === undefined) this.#start();
      await this.#writing;
    }
  }

  /** Writes what is left and closes the file. Lines that come later are lost. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.flush();
    this.#timers.disarm(this);
    this.#output.close();
  }

  #start(): void {
    this.#timers.disarm(this);
    const text = this.#pending;
    this.#pending = "";
    this.#writing = this.#writeOut(text);
  }

  async #writeOut(text: string): Promise<void> {
    try {
      await this.#output.write(Buffer.from(text));
      this.#stats.writeCompleted.inc();
    } catch {
      this.#stats.writeFailed.inc();
    }
    this.#stats.writeTotalBuffered.add(-text.length);
    this.#writing = undefined;
    this.#reopenIfWanted();
    if (this.#pending.length >= flushAtLength) this.#start();
    // The timer may have come and gone while the write was under way.
    else if (this.#pending !== "" && !this.#closed) this.#timers.arm(this, this.#flushIntervalMs);
  }

  #reopenIfWanted(): void {
    if (!this.#reopenWanted) return;
    this.#reopenWanted = false;
    try {
      this.#output.reopen();
    } catch {
      this.#stats.reopenFailed.inc();
    }
  }
}
