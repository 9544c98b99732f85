/** Counts of failed tries in memory, by which further tries are refused. A restart forgets them. */
import { AppError } from "../core/error.ts";
import type { Limit } from "../core/limits/limit.ts";

const WINDOW_MS = 15 * 60_000;
/** Entries of each count; beyond this number the one with the oldest failure is forgotten. */
const MOST_REMEMBERED = 10_000;

/** A try that the limit refuses for a while. */
export type Wait = { readonly limit: Limit; readonly ms: number };

/** The limit is the number of failures within the window before the next try is refused. */
export function createFailures(now: () => number, limit: Limit) {
  const counts = new Map<string, { readonly since: number; readonly count: number }>();
  return {
    /** Null when the next try is allowed now. */
    findWait(key: string): Wait | null {
      const failed = counts.get(key);
      if (failed === undefined || failed.count < limit.value) return null;
      const ms = failed.since + WINDOW_MS - now();
      return ms > 0 ? { limit, ms } : null;
    },
    note(key: string): void {
      const at = now();
      const before = counts.get(key);
      const isFresh = before === undefined || at >= before.since + WINDOW_MS;
      counts.delete(key);
      counts.set(key, isFresh ? { since: at, count: 1 } : { ...before, count: before.count + 1 });
      if (counts.size > MOST_REMEMBERED) forgetOldest(counts);
    },
    forget(key: string): void {
      counts.delete(key);
    },
  };
}

/** Remembers the value, and forgets the oldest one beyond the bound. */
export function remember(values: Set<string>, value: string): void {
  values.delete(value);
  values.add(value);
  if (values.size > MOST_REMEMBERED) forgetOldest(values);
}

function forgetOldest(entries: { keys(): Iterable<string>; delete(key: string): boolean }): void {
  const [oldest] = entries.keys();
  if (oldest !== undefined) entries.delete(oldest);
}

/** Refuses with `rate_limited` and the longest of the waits; passes when there is none. */
export function refuseLongest(waits: readonly (Wait | null)[]): void {
  const [longest] = waits.filter((wait) => wait !== null).toSorted((a, b) => b.ms - a.ms);
  if (longest === undefined) return;
  const { limit, ms } = longest;
  throw new AppError(
    "rate_limited",
    `Too many failed logins; try again in ${Math.ceil(ms / 60_000)} minutes. Limit: ${limit.name}.`,
    { limit: limit.name, retryAfterSeconds: Math.ceil(ms / 1000) },
  );
}
