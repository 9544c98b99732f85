/** The walk of the job that sends an endpoint the events which it would get now and never had. */
import { readPayloadFilter } from "../../core/payload-filter/payload-filter.ts";
import { missedParts, readsParticipants } from "../accept/event-matching.ts";
import { keepPassing } from "../accept/stored-payload.ts";
import { toMatch } from "../endpoints/endpoint-row.ts";
import type { Session, Steps } from "../session.ts";
import { createReplays, lockEvents } from "./reopen.ts";
import {
  eventColumns,
  isInTime,
  isReplayable,
  type ReplayedEvent,
  type Walk,
  type WalkContext,
  type WalkReads,
} from "./walk.ts";

type EventRow = ReplayedEvent & {
  readonly seq: number;
  readonly matching: string | null;
  readonly participants: string | null;
};

/** Events of which a payload filter may have to read each one. */
const FILTERED_CHUNK = 16;

/** Events are in the order of the feed. */
export function walkMissed(s: WalkReads, cx: WalkContext): Walk<EventRow> {
  const { endpoint, params, now } = cx;
  const match = toMatch(endpoint);
  const filter = readPayloadFilter(match.filter);
  const { feedPosition, indexedBy } = s.sql;
  const participants = readsParticipants(match) ? "participants" : "NULL AS participants";
  const text = `SELECT seq, ${eventColumns(s)}, matching, ${participants}
    FROM event ${indexedBy("event_app")}
    WHERE app_seq = ?1 AND ${feedPosition} >= ?2 AND ${feedPosition} < ?3
    ORDER BY ${feedPosition} LIMIT ?4`;
  /** The webhooks of each event of the chunk that the endpoint would get now. */
  const parts = new Map<number, readonly number[]>();
  return {
    ...(filter === null ? undefined : { largestChunk: FILTERED_CHUNK }),
    read: (place, count) => s.all<EventRow>(text, [endpoint.appSeq, place, cx.high, count]),
    *select(rows) {
      parts.clear();
      const found = rows.filter((row) => {
        if (!isInTime(row.acceptedAt, params) || !isReplayable(row, cx)) return false;
        const missed = missedParts(match, row);
        parts.set(row.seq, missed);
        return missed.length > 0;
      });
      const existing = yield* findDelivered(s, endpoint.seq, found);
      return yield* keepPassing(
        s,
        filter,
        found.filter(({ seq }) => !existing.has(seq)),
      );
    },
    toPlace: ({ place }) => place,
    behind: ({ place }) => place + 1,
    end: cx.high,
    adds: ({ seq }) => parts.get(seq)?.length ?? 0,
    *apply(write, rows) {
      const locked = yield* lockEvents(write, rows.map(toSeq), write.sql.forNoKeyUpdate);
      // Another replay may have created them before the events were locked.
      const existing = yield* findDelivered(s, endpoint.seq, rows);
      const replays = rows.flatMap(({ seq, deliverAt }) => {
        const bytes = locked.get(seq);
        if (bytes === undefined || existing.has(seq)) return [];
        const dueAt = Math.max(now, deliverAt ?? now);
        return [{ eventSeq: seq, parts: parts.get(seq) ?? [], bytes, dueAt }];
      });
      yield* createReplays(write, endpoint, replays, now);
      return replays.length;
    },
  };
}

/** The events of which the endpoint has a delivery. */
function* findDelivered(
  s: Session,
  endpointSeq: number,
  events: readonly EventRow[],
): Steps<ReadonlySet<number>> {
  if (events.length === 0) return new Set();
  const eventSeqs = events.map(toSeq);
  const existing = yield* s.all<{ eventSeq: number }>(
    `SELECT event_seq FROM delivery
     WHERE ${s.sql.oneOf("event_seq", "?1", "bigint")} AND endpoint_seq = ?2 AND seq >= ?3`,
    [eventSeqs, endpointSeq, s.leastDelivery(Math.min(...eventSeqs))],
  );
  return new Set(existing.map(({ eventSeq }) => eventSeq));
}

function toSeq({ seq }: EventRow): number {
  return seq;
}
