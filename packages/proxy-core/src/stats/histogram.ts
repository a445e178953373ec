import { bucketCount, bucketOf, bucketStart, bucketWidth, firstBound, upperBounds } from "./buckets.ts";
import type { Histogram } from "./contract.ts";
import type { StatIdentity } from "./metrics.ts";

/** Samples counted by bucket. Plain data: it travels between processes. */
export interface Distribution {
  readonly count: number;
  readonly sum: number;
  /** Log-linear buckets that are not empty, ascending: index and count, alternating. */
  readonly buckets: readonly number[];
  /** Samples by upper bound, those of lower bounds not included; the last entry is what lies above all bounds. */
  readonly bounds: readonly number[];
}

export const emptyDistribution: Distribution = { count: 0, sum: 0, buckets: [], bounds: upperBounds.map(() => 0).concat(0) };

/** Counts of one histogram. Made with the first sample, as most histograms of most proxies stay empty. */
class Counts {
  readonly buckets: Float64Array = new Float64Array(bucketCount);
  readonly bounds: Float64Array = new Float64Array(upperBounds.length + 1);
  count = 0;
  sum = 0;

  copyFrom(other: Counts): void {
    this.buckets.set(other.buckets);
    this.bounds.set(other.bounds);
    this.count = other.count;
    this.sum = other.sum;
  }
}

/** Records without allocating: two array increments a sample. */
export class HistogramCell implements Histogram {
  readonly name: string;
  readonly identity: StatIdentity;
  holders = 0;
  #counts: Counts | undefined = undefined;
  /** The counts when the last interval ended. */
  #flushed: Counts | undefined = undefined;
  #interval: Distribution = emptyDistribution;

  constructor(identity: StatIdentity) {
    this.name = identity.name;
    this.identity = identity;
  }

  record(value: number): void {
    const counts = (this.#counts ??= new Counts());
    // Also for NaN.
    const sample = value > 0 ? value : 0;
    const index = bucketOf(sample);
    counts.buckets[index] = (counts.buckets[index] as number) + 1;
    let bound = firstBound[index] as number;
    if (bound < upperBounds.length && sample > (upperBounds[bound] as number)) bound++;
    counts.bounds[bound] = (counts.bounds[bound] as number) + 1;
    counts.count++;
    counts.sum += sample;
  }

  get used(): boolean {
    return this.#counts !== undefined;
  }

  /** Ends an interval and begins the next. */
  flush(): void {
    const counts = this.#counts;
    if (counts === undefined || counts.count === this.#flushed?.count) {
      this.#interval = emptyDistribution;
      return;
    }
    this.#interval = difference(counts, this.#flushed);
    this.#flushed ??= new Counts();
    this.#flushed.copyFrom(counts);
  }

  /** All samples. */
  cumulative(): Distribution {
    return this.#counts === undefined ? emptyDistribution : difference(this.#counts, undefined);
  }

  /** The samples of the last interval that ended. */
  interval(): Distribution {
    return this.#interval;
  }
}

function difference(counts: Counts, earlier: Counts | undefined): Distribution {
  const buckets: number[] = [];
  for (let index = 0; index < bucketCount; index++) {
    const count = (counts.buckets[index] as number) - (earlier?.buckets[index] ?? 0);
    if (count > 0) buckets.push(index, count);
  }
  const bounds = Array.from(counts.bounds, (count, bound) => count - (earlier?.bounds[bound] ?? 0));
  return { count: counts.count - (earlier?.count ?? 0), sum: counts.sum - (earlier?.sum ?? 0), buckets, bounds };
}

/** The samples of both. */
export function mergeDistributions(left: Distribution, right: Distribution): Distribution {
  const counts = new Map<number, number>();
  for (const { buckets } of [left, right]) {
    for (let at = 0; at < buckets.length; at += 2) {
      const index = buckets[at] as number;
      counts.set(index, (counts.get(index) ?? 0) + (buckets[at + 1] as number));
    }
  }
  return {
    count: left.count + right.count,
    sum: left.sum + right.sum,
    buckets: [...counts].sort((a, b) => a[0] - b[0]).flat(),
    bounds: left.bounds.map((count, bound) => count + (right.bounds[bound] ?? 0)),
  };
}

/** Below which value that share of the samples lies, in milliseconds, linear within a bucket; NaN without samples. */
export function quantile(distribution: Distribution, share: number): number {
  const { buckets, count } = distribution;
  const rank = share * count;
  let below = 0;
  for (let at = 0; at < buckets.length; at += 2) {
    const index = buckets[at] as number;
    const inside = buckets[at + 1] as number;
    if (below + inside >= rank || at === buckets.length - 2) {
      return bucketStart(index) + bucketWidth(index) * Math.min(1, (rank - below) / inside);
    }
    below += inside;
  }
  return Number.NaN;
}
