/**
 * Numbers that this node keeps of what all nodes change: counted once, kept in step with this node's
 * own commits, and counted anew when they are old, because what the others did is in none of them.
 * They are for quotas, which may be off by what happened since.
 */
export type ApproximateCounts = {
  /** Null when it was never counted. */
  of(key: number): number | null;
  /** Those that have to be counted, for the first time or anew. */
  stale(keys: readonly number[]): readonly number[];
  /** `tookMs` is what counting them took together. */
  counted(counts: ReadonlyMap<number, number>, tookMs: number): void;
  /** After a commit of this node. What was never counted stays so. */
  add(key: number, change: number): void;
};

type Counted = {
  count: number;
  readonly first: number;
  readonly at: number;
  readonly took: number;
};

const AGE_MS = 10_000;
/** Far below the limit it takes long to get there. */
const FAR_AGE_MS = 30_000;
/** Counting may take one part in so many of a node's time, and is not put off for longer than this. */
const TIMES_AS_LONG = 100;
const GREATEST_AGE_MS = 60_000;
/** Keys that are kept; at this many counting starts anew. */
const MOST_KEYS = 100_000;

/** Whether a number is above one of the `marks` decides something, so crossing one is looked at anew. */
export function createApproximateCounts(p: {
  marks: readonly number[];
  now?: () => number;
}): ApproximateCounts {
  const now = p.now ?? (() => performance.now());
  const least = Math.min(...p.marks);
  const counts = new Map<number, Counted>();

  function isStale({ count, first, at, took }: Counted): boolean {
    if (p.marks.some((mark) => first < mark && count >= mark)) return true;
    const age = count < least / 2 ? FAR_AGE_MS : AGE_MS;
    return now() - at >= Math.min(GREATEST_AGE_MS, Math.max(age, took * TIMES_AS_LONG));
  }
  return {
    of: (key) => counts.get(key)?.count ?? null,
    stale: (keys) =>
      keys.filter((key) => {
        const known = counts.get(key);
        return known === undefined || isStale(known);
      }),
    counted(fresh, tookMs) {
      if (counts.size + fresh.size > MOST_KEYS) counts.clear();
      const at = now();
      for (const [key, count] of fresh) {
        counts.set(key, { count, first: count, at, took: tookMs });
      }
    },
    add(key, change) {
      const known = counts.get(key);
      if (known !== undefined) known.count += change;
    },
  };
}
