/** Counts of failed tries in memory, by which further tries are refused. A restart forgets them. */
import { AppError } from "../core/error.ts";

const WINDOW_MS = 15 * 60_000;
/** Entries of each count; beyond this number the one with the oldest failure is forgotten. */
const MOST_REMEMBERED = 10_000;

/** `most` is the number of failures within the window before the next try is refused. */
export function createFailures(now: () => number, most: number) {
  const counts = new Map<string, { readonly since: number; readonly count: number }>();
  return {
    /** Returns how long until the next try is allowed; 0 means now. */
    waitMs(key: string): number {
      const failed = counts.get(key);
      if (failed === undefined || failed.count < most) return 0;
      return Math.max(0, failed.since + WINDOW_MS - now());
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

export function tooManyFailures(waitMs: number): AppError {
  return new AppError(
    "rate_limited",
    `Too many failed logins; try again in ${Math.ceil(waitMs / 60_000)} minutes.`,
    { retryAfterSeconds: Math.ceil(waitMs / 1000) },
  );
}
