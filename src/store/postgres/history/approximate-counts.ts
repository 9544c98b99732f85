/**
 * Counts that this node keeps of rows that all nodes change. A count is read once and follows this node's
 * commits. It is read again when it is old, because it lacks the changes of other nodes. Counts are for
 * quotas, which may be off by those changes.
 */
import { COUNTED_LIMIT } from "../../queue/quotas.ts";

export type ApproximateCounts = {
  /** Null when the key was never counted. */
  of(key: number): number | null;
  /** The keys that must be counted, for the first time or again. */
  stale(keys: readonly number[]): readonly number[];
  /** `tookMs` is the time that counting all of them took. */
  counted(counts: ReadonlyMap<number, number>, tookMs: number): void;
  /** Call this after a commit of this node. A key that was never counted stays unknown. */
  add(key: number, change: number): void;
};

type Counted = {
  count: number;
  readonly first: number;
  readonly at: number;
  readonly took: number;
};

const AGE_MS = 10_000;
/** Maximum age of a count far below the limit, which takes long to reach. */
const FAR_AGE_MS = 30_000;
/**
 * Counting may take 1/`TIMES_AS_LONG` of a node's time, but no count becomes older than `GREATEST_AGE_MS`.
 */
const TIMES_AS_LONG = 100;
const GREATEST_AGE_MS = 60_000;
/**
 * Decisions depend on whether a count is above one of the key's `marks`, so a count that crosses one is stale.
 */
export function createApproximateCounts(p: {
  marks: (key: number) => readonly number[];
  now?: () => number;
}): ApproximateCounts {
  const now = p.now ?? (() => performance.now());
  const counts = new Map<number, Counted>();

  function isStale(key: number, { count, first, at, took }: Counted): boolean {
    const marks = p.marks(key);
    if (marks.some((mark) => first < mark && count >= mark)) return true;
    const age = count < Math.min(...marks) / 2 ? FAR_AGE_MS : AGE_MS;
    return now() - at >= Math.min(GREATEST_AGE_MS, Math.max(age, took * TIMES_AS_LONG));
  }
  return {
    of: (key) => counts.get(key)?.count ?? null,
    stale: (keys) =>
      keys.filter((key) => {
        const known = counts.get(key);
        return known === undefined || isStale(key, known);
      }),
    counted(fresh, tookMs) {
      if (counts.size + fresh.size > COUNTED_LIMIT) counts.clear();
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
