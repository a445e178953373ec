import { readUsage } from "../../e2e/peers/usage.ts";

/** What one run of one proxy under one load came to. */
export interface Sample {
  readonly requestsPerSecond: number;
  /** CPU of the proxy's process, all its threads, user and system. */
  readonly cpuMicrosPerRequest: number;
  /** Microseconds; undefined where the load does not measure latency. */
  readonly p50?: number;
  readonly p99?: number;
  readonly p999?: number;
}

/** A row of a report: medians over the rounds, and the spread of the figure that counts. */
export interface Row extends Sample {
  readonly name: string;
  /** Least and most CPU microseconds a request over the rounds. */
  readonly cpuRange: readonly [number, number];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

export function summarize(name: string, samples: readonly Sample[]): Row {
  const cpu = samples.map((sample) => sample.cpuMicrosPerRequest);
  const optional = (pick: (sample: Sample) => number | undefined): number | undefined => {
    const values = samples.map(pick).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : median(values);
  };
  const p50 = optional((sample) => sample.p50);
  const p99 = optional((sample) => sample.p99);
  const p999 = optional((sample) => sample.p999);
  return {
    name,
    requestsPerSecond: median(samples.map((sample) => sample.requestsPerSecond)),
    cpuMicrosPerRequest: median(cpu),
    cpuRange: [Math.min(...cpu), Math.max(...cpu)],
    ...(p50 === undefined ? {} : { p50 }),
    ...(p99 === undefined ? {} : { p99 }),
    ...(p999 === undefined ? {} : { p999 }),
  };
}

/** Runs `load` and says what it cost the process meanwhile. `load` calls `begin` when its warm-up is over. */
export async function withCpuOf<T>(pid: number, load: (begin: () => void) => Promise<T>): Promise<{ result: T; cpuMicros: number }> {
  let before = readUsage(pid).cpuMicros;
  const result = await load(() => {
    before = readUsage(pid).cpuMicros;
  });
  return { result, cpuMicros: readUsage(pid).cpuMicros - before };
}

/** What the load programs print at their end. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly errors: number;
  /** Microseconds; 0 where the load does not measure latency. */
  readonly p50: number;
  readonly p99: number;
}

export function readLoadResult(line: string): LoadResult {
  const result: unknown = JSON.parse(line);
  const number = (name: string): number => {
    const value: unknown = typeof result === "object" && result !== null ? Reflect.get(result, name) : undefined;
    if (typeof value !== "number") throw new Error(`the load said ${line}`);
    return value;
  };
  return { requests: number("requests"), seconds: number("seconds"), errors: number("errors"), p50: number("p50"), p99: number("p99") };
}
