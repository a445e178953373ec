/**
 * Log-linear buckets over microseconds: each power of two is cut into 16 equal parts, so a bucket is at most 1/16 of its lower bound wide.
 *
 *     µs      0  1  2 … 15 │ 16 17 … 31 │ 32 34 … 62 │ 64 68 … 124 │ …
 *     index   0  1  2 … 15 │ 16 17 … 31 │ 32 33 … 47 │ 48 49 …  63 │ …
 *
 * The last power of two begins at 2³⁹ µs (6 days); what is longer than 12 days is counted in the last bucket.
 */
export const bucketCount: number = (40 - 3) * 16;

const microsPerUnit = 1000;
const twoTo32 = 0x1_0000_0000;
const twoTo16 = 0x1_0000;
const tooLong = 2 ** 40;

/** The bucket of a value in milliseconds, 0 or more. */
export function bucketOf(value: number): number {
  const micros = value * microsPerUnit;
  if (micros < 16) return micros | 0;
  if (micros < twoTo32) {
    const whole = micros >>> 0;
    const exponent = 31 - Math.clz32(whole);
    return ((exponent - 3) << 4) + ((whole >>> (exponent - 4)) & 15);
  }
  if (micros >= tooLong) return bucketCount - 1;
  const high = (micros / twoTo16) >>> 0;
  const exponent = 31 - Math.clz32(high);
  return ((exponent + 16 - 3) << 4) + ((high >>> (exponent - 4)) & 15);
}

/** Where a bucket begins, in milliseconds. */
export function bucketStart(index: number): number {
  if (index < 16) return index / microsPerUnit;
  const exponent = (index >> 4) + 3;
  return ((16 + (index & 15)) * 2 ** (exponent - 4)) / microsPerUnit;
}

/** How wide it is, in milliseconds. The first one holds zero, as far as can be seen. */
export function bucketWidth(index: number): number {
  return index === 0 ? 0 : bucketStart(index + 1) - bucketStart(index);
}

/** Upper bounds of the buckets that Prometheus and `histogram_buckets` are given, in milliseconds: Envoy's default. */
export const upperBounds: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000,
];

/** By log-linear bucket: the first upper bound that is not below its start. No bucket has two bounds inside, as they are further apart than its width. */
export const firstBound: Uint8Array = Uint8Array.from({ length: bucketCount }, (_, index) => {
  const start = bucketStart(index);
  const bound = upperBounds.findIndex((upper) => upper >= start);
  return bound < 0 ? upperBounds.length : bound;
});
