/**
 * Finds the position of an instant in a table whose rows are appended in time order: two dozen searches by
 * rowid replace an index by time. The order is not exact, so a range is widened (`time-slack.ts`).
 */
import { widen } from "../../history/time-slack.ts";
import type { PlaceRange } from "../../paging.ts";
import type { TimeRange } from "../../session.ts";
import type { Connection } from "../connection.ts";

const PROBES = {
  event: "SELECT seq, acceptedAt AS at FROM event WHERE seq >= ? ORDER BY seq LIMIT 1",
  delivery: "SELECT seq, acceptedAt AS at FROM delivery WHERE seq >= ? ORDER BY seq LIMIT 1",
  attempt: "SELECT seq, at FROM attempt WHERE seq >= ? ORDER BY seq LIMIT 1",
} as const;
const GREATEST = {
  event: "SELECT max(seq) AS seq FROM event",
  delivery: "SELECT max(seq) AS seq FROM delivery",
  attempt: "SELECT max(seq) AS seq FROM attempt",
} as const;

/** The rows that may be in `since <= at < until`; a missing bound is open. */
export function rangeOfTime(
  connection: Connection,
  table: keyof typeof PROBES,
  p: TimeRange,
): PlaceRange {
  const { since, until } = widen(p);
  return {
    low: since === null || since <= 0 ? 0 : firstFrom(connection, table, since),
    high: until === null ? Number.MAX_SAFE_INTEGER : firstFrom(connection, table, until),
  };
}

/** The first seq whose row is at `at` or later. */
function firstFrom(connection: Connection, table: keyof typeof PROBES, at: number): number {
  const greatest = connection.sql(GREATEST[table]).get()?.["seq"] as number | null | undefined;
  const probe = connection.sql(PROBES[table]);
  let low = 0;
  let high = (greatest ?? 0) + 1;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const row = probe.get(middle) as { seq: number; at: number } | undefined;
    if (row === undefined || row.at >= at) high = middle;
    else low = row.seq + 1;
  }
  return low;
}
