/**
 * The places of an instant. A row id begins with its minute, so a range of time is a range of ids. A position
 * in the feed is found by the ids around it. The order is not exact, so ranges are widened (`time-slack.ts`).
 */
import { widen } from "../../history/time-slack.ts";
import type { PlaceRange } from "../../paging.ts";
import type { TimeRange } from "../../session.ts";
import type { Connection } from "../connection.ts";
import { firstRowId, toInstant, rowIdRange } from "../accept/row-ids.ts";

/** Ids of rows that may have been created in `since <= at < until`. */
export function rowsOfTime(time: TimeRange): PlaceRange {
  return rowIdRange(widen(time));
}

/** The least id that a delivery or an attempt of this event can have. */
export function toLeastId(eventSeq: number): number {
  return rowsOfTime({ since: toInstant(eventSeq) }).low;
}

/** Positions of events that may have been accepted in that time. */
export async function positionsOfTime(
  connection: Connection,
  time: TimeRange,
): Promise<PlaceRange> {
  const { since, until } = widen(time);
  const low = since === null ? 0 : firstRowId(since);
  const high = until === null ? Number.MAX_SAFE_INTEGER : firstRowId(until);
  if (low === 0 && high === Number.MAX_SAFE_INTEGER) return { low, high };
  const [row] = await connection.sql<{ low: number | null; high: number | null }>(
    `SELECT (SELECT position FROM event WHERE seq >= $1 ORDER BY seq LIMIT 1) AS low,
       (SELECT position FROM event WHERE seq >= $2 ORDER BY seq LIMIT 1) AS high`,
    [low, high],
  );
  return {
    low: low === 0 ? 0 : (row?.low ?? Number.MAX_SAFE_INTEGER),
    high: row?.high ?? Number.MAX_SAFE_INTEGER,
  };
}
