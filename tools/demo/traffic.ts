/** What a window of the last seconds saw of one kind of traffic. */
export interface TrafficReport {
  readonly name: string;
  readonly total: number;
  readonly errors: number;
  /** Over the last second. */
  readonly perSecond: number;
  /** Milliseconds, of the last few thousand requests; undefined where they were not measured. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  /** Who answered, in the last second. */
  readonly answeredBy: ReadonlyMap<string, number>;
  readonly lastError: string | undefined;
}

const keptLatencies = 4096;

/** Counts requests, errors and latencies of one kind of traffic. */
export class Traffic {
  readonly name: string;
  #total = 0;
  #kept = 0;
  #elsewhere: { readonly p50: number; readonly p99: number } | undefined = undefined;
  #errors = 0;
  #inWindow = 0;
  #lastError: string | undefined = undefined;
  readonly #latencies: number[] = [];
  #answeredBy = new Map<string, number>();
  #windowStart = performance.now();

  constructor(name: string) {
    this.name = name;
  }

  /**
   * @param latencyMs undefined where it is not known
   * @param answeredBy the instance that answered
   */
  succeeded(latencyMs: number | undefined, answeredBy: string): void {
    if (latencyMs !== undefined) this.#latencies[this.#kept++ % keptLatencies] = latencyMs;
    this.#total++;
    this.#inWindow++;
    this.#answeredBy.set(answeredBy, (this.#answeredBy.get(answeredBy) ?? 0) + 1);
  }

  /** Quantiles in milliseconds that somebody else measured, in place of those of single requests. */
  measured(p50: number, p99: number): void {
    this.#elsewhere = { p50, p99 };
  }

  failed(reason: string): void {
    this.#total++;
    this.#errors++;
    this.#inWindow++;
    this.#lastError = reason;
  }

  /** What happened since the last report. */
  report(): TrafficReport {
    const now = performance.now();
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const at = (quantile: number): number | undefined => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))];
    const report: TrafficReport = {
      name: this.name,
      total: this.#total,
      errors: this.#errors,
      perSecond: (this.#inWindow * 1000) / Math.max(1, now - this.#windowStart),
      p50: this.#elsewhere?.p50 ?? at(0.5),
      p99: this.#elsewhere?.p99 ?? at(0.99),
      answeredBy: this.#answeredBy,
      lastError: this.#lastError,
    };
    this.#inWindow = 0;
    this.#windowStart = now;
    this.#answeredBy = new Map();
    return report;
  }
}
