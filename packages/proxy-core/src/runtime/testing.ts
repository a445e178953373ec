import type { Clock } from "./clock.ts";
import { emptySnapshot, type RuntimeSnapshot } from "./flags.ts";
import { logLevels } from "./logger.ts";
import type { Logger, LogLevel } from "./logger.ts";
import type { Random } from "./random.ts";
import type { LookupFamily, ResolvedAddress, Resolver } from "./resolver.ts";
import type { Runtime } from "./runtime.ts";
import { TimerWheel } from "./timer-wheel.ts";

/** A clock that stands still until it is told. */
export class FakeClock implements Clock {
  #now = 0;
  #wall: number;

  /** @param wall milliseconds since 1970 at the start */
  constructor(wall: number = Date.UTC(2024, 0, 2, 3, 4, 5, 678)) {
    this.#wall = wall;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wall;
  }

  advance(ms: number): void {
    this.#now += ms;
    this.#wall += ms;
  }
}

/** The same numbers for the same seed (mulberry32). */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed: number = 1) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  uuid(): string {
    const hex = Array.from({ length: 32 }, () => Math.floor(this.next() * 16).toString(16));
    hex[12] = "4";
    hex[16] = "89ab".charAt(Math.floor(this.next() * 4));
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].map((part) => part.join("")).join("-");
  }
}

/** A name's answer, by hostname; changed while the test runs. */
export class ScriptedResolver implements Resolver {
  readonly #answers = new Map<string, readonly ResolvedAddress[] | Error>();
  /** What was asked, in order. */
  readonly asked: { readonly hostname: string; readonly family: LookupFamily }[] = [];

  /** Addresses in text, or the error to reject with. */
  answer(hostname: string, answer: readonly string[] | Error, ttlSeconds?: number): void {
    const addresses =
      answer instanceof Error
        ? answer
        : answer.map((address): ResolvedAddress => ({ address, family: address.includes(":") ? 6 : 4, ttlSeconds }));
    this.#answers.set(hostname, addresses);
  }

  async resolve(hostname: string, family: LookupFamily): Promise<readonly ResolvedAddress[]> {
    this.asked.push({ hostname, family });
    const answer = this.#answers.get(hostname);
    if (answer === undefined) return [];
    if (answer instanceof Error) throw answer;
    return answer.filter((address) => (family === "v4-only" ? address.family === 4 : family === "v6-only" ? address.family === 6 : true));
  }
}

/** A snapshot of numbers, each of any kind. */
export function snapshotOf(values: Readonly<Record<string, number>>): RuntimeSnapshot {
  const number = (key: string, fallback: number): number => values[key] ?? fallback;
  return {
    size: Object.keys(values).length,
    fraction: number,
    integer: number,
    number,
    boolean: (key, fallback) => (key in values ? values[key] !== 0 : fallback),
  };
}

export interface LogLine {
  readonly level: LogLevel;
  readonly component: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

/** Keeps what is logged. */
export class RecordingLogger implements Logger {
  readonly lines: LogLine[] = [];
  level: LogLevel = "trace";

  enabled(level: LogLevel): boolean {
    return logLevels.indexOf(level) >= logLevels.indexOf(this.level);
  }

  log(level: LogLevel, component: string, message: string, fields?: Readonly<Record<string, unknown>>): void {
    if (this.enabled(level)) this.lines.push({ level, component, message, fields });
  }
}

/** A runtime that a test drives. */
export interface TestRuntime extends Runtime {
  readonly clock: FakeClock;
  readonly random: SeededRandom;
  readonly logger: RecordingLogger;
  readonly resolver: ScriptedResolver;
  /** Lets time pass, turning the wheel as the process's timers would. */
  advance(ms: number): void;
}

/** Milliseconds between two turns of the wheel in `advance`. */
const stepMs = 16;

export function testRuntime(seed: number = 1): TestRuntime {
  const clock = new FakeClock();
  const timers = new TimerWheel(clock, () => () => {});
  return {
    clock,
    timers,
    random: new SeededRandom(seed),
    logger: new RecordingLogger(),
    resolver: new ScriptedResolver(),
    flags: { current: emptySnapshot },
    advance: (ms) => {
      for (let left = ms; left > 0; left -= stepMs) {
        clock.advance(Math.min(left, stepMs));
        timers.turn();
      }
    },
  };
}
