/** What was seen of one kind of traffic, and what the last second saw of it. */
export interface TrafficReport {
  readonly name: string;
  readonly total: number;
  readonly errors: number;
  /** Over the last second. */
  readonly perSecond: number;
  /** Milliseconds, of the last few thousand requests; undefined where they were not measured. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  /** v2's part of the answers of the last second, from 0 to 1; undefined where there were none. */
  readonly v2Share: number | undefined;
  readonly lastError: string | undefined;
}

const keptLatencies = 4096;

export type Version = "v1" | "v2";

/** Counts requests, errors and latencies of one kind of traffic. */
export class Traffic {
  readonly name: string;
  #total = 0;
  #kept = 0;
  #elsewhere: { readonly p50: number; readonly p99: number } | undefined = undefined;
  #errors = 0;
  #inWindow = 0;
  #lastError: string | undefined = undefined;
  #isOver = false;
  readonly #latencies: number[] = [];
  readonly #inWindowBy: Record<Version, number> = { v1: 0, v2: 0 };
  readonly #lastAt: Record<Version, number> = { v1: 0, v2: 0 };
  #windowStart = performance.now();

  constructor(name: string) {
    this.name = name;
  }

  get errors(): number {
    return this.#errors;
  }

  /**
   * @param latencyMs undefined where it is not known
   * @param instance that answered: `v1`, `v2-a`
   */
  succeeded(latencyMs: number | undefined, instance: string): void {
    if (this.#isOver) return;
    if (latencyMs !== undefined) this.#latencies[this.#kept++ % keptLatencies] = latencyMs;
    this.#total++;
    this.#inWindow++;
    const version = instance.startsWith("v2") ? "v2" : "v1";
    this.#inWindowBy[version]++;
    this.#lastAt[version] = performance.now();
  }

  /** Quantiles in milliseconds that somebody else measured, in place of those of single requests. */
  measured(p50: number, p99: number): void {
    this.#elsewhere = { p50, p99 };
  }

  failed(reason: string): void {
    if (this.#isOver) return;
    this.#total++;
    this.#errors++;
    this.#inWindow++;
    this.#lastError = reason;
  }

  /** When a version answered last, as `performance.now()` has it; 0 for never. */
  lastAt(version: Version): number {
    return this.#lastAt[version];
  }

  /** From now on nothing counts: what fails because the demo ends is no failure. */
  end(): void {
    this.#isOver = true;
  }

  /** What happened since the last report. */
  report(): TrafficReport {
    const now = performance.now();
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const at = (quantile: number): number | undefined => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))];
    const { v1, v2 } = this.#inWindowBy;
    const report: TrafficReport = {
      name: this.name,
      total: this.#total,
      errors: this.#errors,
      perSecond: (this.#inWindow * 1000) / Math.max(1, now - this.#windowStart),
      p50: this.#elsewhere?.p50 ?? at(0.5),
      p99: this.#elsewhere?.p99 ?? at(0.99),
      v2Share: v1 + v2 === 0 ? undefined : v2 / (v1 + v2),
      lastError: this.#lastError,
    };
    this.#inWindow = 0;
    this.#windowStart = now;
    this.#inWindowBy.v1 = 0;
    this.#inWindowBy.v2 = 0;
    return report;
  }
}
