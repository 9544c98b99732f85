/**
 * The search index in the days of the events. A look-up is one search per day. Transactions end in any order, so
 * only events are added that are older than the slack of clocks and commits.
 */
import { widen } from "../../history/time-slack.ts";
import { positionsOfTime, rowsOfTime } from "../history/time-position.ts";
import { toOrder } from "../../paging.ts";
import type { Places } from "../../session.ts";
import type { SeenReads, SeenRow, SeenWrites } from "../../search/statements.ts";
import { firstRowId, toInstant } from "../accept/row-ids.ts";
import type { Connection } from "../connection.ts";
import { lockShared, LOCKS } from "../server/locks.ts";
import { wait } from "../session.ts";

/** Key of the upkeep lock: taken alone to add rows, and shared to delete the content of events. */
const SEALING_LOCK_KEY = 4;
const FAR_BEHIND_MS = 2 * 60_000;

export function seenReads(connection: Connection): SeenReads & Pick<Places, "eventsOfTime"> {
  return {
    readSeen: ({ key, low, high, upwards, count }) =>
      wait(async () => {
        const rows = await connection.sql<{ eventSeq: number }>(
          `SELECT event_seq FROM seen WHERE key = $1 AND event_seq >= $2 AND event_seq < $3
           ORDER BY event_seq ${toOrder(upwards)} LIMIT $4`,
          [key, low, high, count],
        );
        return rows.map(({ eventSeq }) => eventSeq);
      }),
    sealable: (now) =>
      wait(async () => {
        const [row] = await connection.sql<{ last: number | null }>(
          "SELECT max(seq) AS last FROM event",
        );
        // A quiet store has nothing newer to wait for, and a clock that is ahead must not hide later events.
        const newest = Math.min(now, toInstant(row?.last ?? 0));
        return firstRowId(widen({ since: newest }).since ?? 0);
      }),
    eventsOfTime: (time) => wait(async () => rowsOfTime(time)),
    placeFrom: (eventSeq) =>
      wait(async () => (await positionsOfTime(connection, { since: toInstant(eventSeq) })).low),
  };
}

export function seenWrites(tx: Connection): SeenWrites {
  return {
    isFarBehind: (sealedTo, end) => toInstant(end) - toInstant(sealedTo) > FAR_BEHIND_MS,
    addSeen: (rows) =>
      wait(async () => {
        await tx.run(
          `INSERT INTO seen (key, event_seq) SELECT * FROM unnest($1::bigint[], $2::bigint[])
           ON CONFLICT DO NOTHING`,
          toColumns(rows),
        );
      }),
    removeSeen: (rows) =>
      wait(async () => {
        if (rows.length === 0) return;
        const seqs = rows.map(({ eventSeq }) => eventSeq);
        // The bounds leave only the days of these events to search.
        await tx.run(
          `DELETE FROM seen USING unnest($1::bigint[], $2::bigint[]) AS given (key, event_seq)
           WHERE seen.key = given.key AND seen.event_seq = given.event_seq
             AND seen.event_seq >= $3 AND seen.event_seq <= $4`,
          [...toColumns(rows), Math.min(...seqs), Math.max(...seqs)],
        );
      }),
    beginSealing: () =>
      wait(async () => {
        const [row] = await tx.sql<{ held: boolean }>(
          "SELECT pg_try_advisory_xact_lock($1, $2) AS held",
          [LOCKS.upkeep, SEALING_LOCK_KEY],
        );
        return row?.held === true;
      }),
    pauseSealing: () => wait(() => lockShared(tx, "upkeep", [SEALING_LOCK_KEY])),
  };
}

function toColumns(rows: readonly SeenRow[]): readonly unknown[] {
  return [rows.map(({ key }) => key), rows.map(({ eventSeq }) => eventSeq)];
}
