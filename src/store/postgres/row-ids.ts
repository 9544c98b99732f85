/**
 * Row ids of the tables that are divided by days: the minute of an instant, then a number from the
 * table's sequence. An id alone therefore tells in which day its row lies, rows lie in the order of
 * their time, and a range of time is a range of ids. Below 2^53 until the year 2097.
 */
const NUMBERS_PER_MINUTE = 2 ** 27;
const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** `number` as the sequences give it: below 2^27. */
export function rowId(instant: number, number: number): number {
  return firstRowId(instant) + number;
}

/** The least id of the minute that `instant` is in. */
export function firstRowId(instant: number): number {
  return Math.max(0, Math.floor(instant / MINUTE_MS)) * NUMBERS_PER_MINUTE;
}

/** The minute in which the row was made, as an instant. */
export function toInstant(id: number): number {
  return Math.floor(id / NUMBERS_PER_MINUTE) * MINUTE_MS;
}

/** Ids of rows made from `since` on and before `until`; rows of the first and last minute may be outside. */
export function rowIdRange(p: { since: number | null; until: number | null }): {
  low: number;
  high: number;
} {
  const low = p.since === null ? 0 : firstRowId(p.since);
  const high =
    p.until === null ? Number.MAX_SAFE_INTEGER : firstRowId(p.until) + NUMBERS_PER_MINUTE;
  return { low, high };
}

/** Midnight (UTC) at or before the instant. */
export function toDay(instant: number): number {
  return Math.floor(instant / DAY_MS) * DAY_MS;
}
