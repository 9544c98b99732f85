/**
 * Durations as counts in 14 fixed buckets. A chart of a year and a sum over many endpoints then cost the same, and
 * sums of buckets are exact. A percentile is estimated inside one bucket.
 */

/** Upper bounds of all buckets but the last, in milliseconds. The last one has none. */
export const BUCKET_BOUNDS_MS = [
  5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 15_000, 60_000, 3_600_000,
] as const;
export const BUCKETS = BUCKET_BOUNDS_MS.length + 1;

export function toBucket(ms: number): number {
  let bucket = 0;
  while (bucket < BUCKETS - 1 && ms > (BUCKET_BOUNDS_MS[bucket] as number)) bucket += 1;
  return bucket;
}

/**
 * The duration below which the share `q` of all counts lies, in milliseconds; null without counts. Counts are taken
 * as spread evenly over their bucket. In the last bucket the result is its lower bound.
 */
export function percentile(counts: readonly number[], q: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const wanted = total * q;
  let before = 0;
  for (const [bucket, count] of counts.entries()) {
    if (count > 0 && before + count >= wanted) {
      const low = bucket === 0 ? 0 : (BUCKET_BOUNDS_MS[bucket - 1] as number);
      const high = BUCKET_BOUNDS_MS[bucket] ?? low;
      return Math.round(low + ((high - low) * (wanted - before)) / count);
    }
    before += count;
  }
  return BUCKET_BOUNDS_MS.at(-1) as number;
}
