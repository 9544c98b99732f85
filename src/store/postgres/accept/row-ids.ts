/**
 * Row ids of the daily tables: the minute of an instant, then a number from the table's sequence. So an id
 * alone identifies the day of its row. Rows are in the order of time, and a range of time is a range of ids.
 * Ids are below 2^53 until the year 2097.
 */
const NUMBERS_PER_MINUTE = 2 ** 27;
const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

/** `number` comes from a sequence and is below 2^27. */
export function rowId(instant: number, number: number): number {
  return firstRowId(instant) + number;
}

/** The least id of the minute that `instant` is in. */
export function firstRowId(instant: number): number {
  return Math.max(0, Math.floor(instant / MINUTE_MS)) * NUMBERS_PER_MINUTE;
}

/** The minute in which the row was created, as an instant. */
export function toInstant(id: number): number {
  return Math.floor(id / NUMBERS_PER_MINUTE) * MINUTE_MS;
}

/**
 * Ids of rows created from `since` on and before `until`; rows of the first and last minute may be outside.
 */
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
