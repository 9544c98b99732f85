/** A slice of the job that sends an endpoint the events which it would get now and never had. */
import { missedParts, readsParticipants } from "../../accept/event-matching.ts";
import {
  isInTime,
  isReplayable,
  lockEvents,
  type ReplayedEvent,
  type SliceContext,
  type Sliced,
  walk,
} from "./jobs-walk.ts";
import { createReplays } from "./replay.ts";
import { toLeastId } from "../history/time-position.ts";
import type { Tx } from "../types.ts";

type EventRow = ReplayedEvent & {
  readonly place: number;
  readonly eventSeq: number;
  readonly matching: string | null;
  readonly participants: string | null;
};
type MissedRow = EventRow & { readonly parts: number };

/** Rows are in the order of the feed. */
const EVENTS = `SELECT position AS place, position AS event_position, seq AS event_seq, type, channels,
    tags, accepted_at AS event_accepted_at, deliver_at, matching,
    CASE WHEN $5::boolean THEN participants END AS participants, payload IS NOT NULL AS has_content
  FROM event WHERE app_seq = $1 AND position >= $2 AND position < $3 ORDER BY position LIMIT $4`;

export async function replayMissed(tx: Tx, cx: SliceContext, position: number): Promise<Sliced> {
  const { endpoint, params, now } = cx;
  const withParticipants = readsParticipants(endpoint);
  return await walk<MissedRow>(tx, cx, position, {
    async read(from, count) {
      const rows = await tx.sql<EventRow>(EVENTS, [
        endpoint.appSeq,
        from,
        cx.high,
        count,
        withParticipants,
      ]);
      return rows.map((row) => ({ ...row, parts: missedParts(endpoint, row) }));
    },
    async select(rows) {
      const missed = rows.filter(
        (row) => row.parts > 0 && isInTime(row.eventAcceptedAt, params) && isReplayable(row, cx),
      );
      const existing = await pendingEvents(tx, endpoint.seq, missed);
      return missed.filter(({ eventSeq }) => !existing.has(eventSeq));
    },
    adds: ({ parts }) => parts,
    async apply(rows) {
      const there = await lockEvents(tx, rows, "NO KEY UPDATE");
      // Another replay may have created them before the events were locked.
      const existing = await pendingEvents(tx, endpoint.seq, rows);
      const replays = rows.filter(({ eventSeq }) => there.has(eventSeq) && !existing.has(eventSeq));
      await createReplays(
        tx,
        endpoint,
        replays.map(({ eventSeq, parts, deliverAt }) => ({
          eventSeq,
          parts,
          dueAt: Math.max(now, deliverAt ?? now),
        })),
        now,
      );
      return replays.length;
    },
  });
}

async function pendingEvents(
  tx: Tx,
  endpointSeq: number,
  rows: readonly EventRow[],
): Promise<ReadonlySet<number>> {
  if (rows.length === 0) return new Set();
  const eventSeqs = rows.map(({ eventSeq }) => eventSeq);
  const existing = await tx.sql<{ eventSeq: number }>(
    `SELECT DISTINCT event_seq FROM delivery
     WHERE event_seq = ANY ($1::bigint[]) AND endpoint_seq = $2 AND seq >= $3`,
    [eventSeqs, endpointSeq, toLeastId(Math.min(...eventSeqs))],
  );
  return new Set(existing.map(({ eventSeq }) => eventSeq));
}
