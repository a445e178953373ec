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

/** Buckets are counted in pages of so many, made with their first sample: what a cluster's samples lie in is a few of hundreds of buckets. */
const pageBits = 5;
const pageSize = 1 << pageBits;
const pageCount = Math.ceil(bucketCount / pageSize);

const zeros = (length: number): number[] => Array.from({ length }, () => 0);

/** Counts of one histogram. Made with the first sample, as most histograms of most proxies stay empty. */
class Counts {
  readonly pages: (number[] | undefined)[] = Array.from({ length: pageCount }, () => undefined);
  readonly bounds: number[] = zeros(upperBounds.length + 1);
  count = 0;
  sum = 0;

  /** Where the bucket is counted. */
  page(index: number): number[] {
    const page = this.pages[index >> pageBits];
    return page === undefined ? this.#open(index >> pageBits) : page;
  }

  #open(at: number): number[] {
    const page = zeros(pageSize);
    this.pages[at] = page;
    return page;
  }
}

/** Records without allocating, but for the first samples: two array increments each. */
export class HistogramCell implements Histogram {
  readonly name: string;
  readonly identity: StatIdentity;
  holders = 0;
  #counts: Counts | undefined = undefined;
  /** All samples until the last interval ended. */
  #flushed: Distribution = emptyDistribution;
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
    const page = counts.page(index);
    const at = index & (pageSize - 1);
    page[at] = (page[at] as number) + 1;
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
    if (this.#counts === undefined || this.#counts.count === this.#flushed.count) {
      this.#interval = emptyDistribution;
      return;
    }
    const all = distributionOf(this.#counts);
    this.#interval = difference(all, this.#flushed);
    this.#flushed = all;
  }

  /** All samples. */
  cumulative(): Distribution {
    return this.#counts === undefined ? emptyDistribution : distributionOf(this.#counts);
  }

  /** The samples of the last interval that ended. */
  interval(): Distribution {
    return this.#interval;
  }
}

function distributionOf({ pages, bounds, count, sum }: Counts): Distribution {
  const buckets: number[] = [];
  for (const [at, page] of pages.entries()) {
    if (page === undefined) continue;
    for (let index = 0; index < pageSize; index++) {
      const inside = page[index] as number;
      if (inside > 0) buckets.push((at << pageBits) | index, inside);
    }
  }
  return { count, sum, buckets, bounds: [...bounds] };
}

/** What came after `earlier`, which is part of `all`. */
function difference(all: Distribution, earlier: Distribution): Distribution {
  const buckets: number[] = [];
  let seen = 0;
  for (let at = 0; at < all.buckets.length; at += 2) {
    const index = all.buckets[at] as number;
    let inside = all.buckets[at + 1] as number;
    if (earlier.buckets[seen] === index) {
      inside -= earlier.buckets[seen + 1] as number;
      seen += 2;
    }
    if (inside > 0) buckets.push(index, inside);
  }
  const bounds = all.bounds.map((inside, bound) => inside - (earlier.bounds[bound] as number));
  return { count: all.count - earlier.count, sum: all.sum - earlier.sum, buckets, bounds };
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
