/** The choice of the deliveries that a walk takes, and their locks. */
import { lastAttempts } from "../failures/last-attempts.ts";
import { passesFilter } from "../history/event-filter.ts";
import type { Steps, WriteSession } from "../session.ts";
import { lockEvents, type ReopenedRow } from "./reopen.ts";
import {
  eventColumns,
  isReplayable,
  type ReplayedEvent,
  type WalkContext,
  type WalkReads,
} from "./walk.ts";

type DeliveryRow = { readonly seq: number; readonly eventSeq: number };

/** Locks the rows and their events. Returns the rows that still have one of the states. */
export function* lockPresent(
  s: WriteSession,
  rows: readonly DeliveryRow[],
  states: readonly number[],
): Steps<readonly ReopenedRow[]> {
  const { forShare, forUpdate, oneOf } = s.sql;
  const events = yield* lockEvents(
    s,
    rows.map(({ eventSeq }) => eventSeq),
    forShare,
  );
  const locked = yield* s.all<ReopenedRow & { eventSeq: number }>(
    `SELECT seq, event_seq, state, ordering_key FROM delivery
     WHERE ${oneOf("seq", "?1", "bigint")} ORDER BY seq ${forUpdate}`,
    [rows.map(({ seq }) => seq)],
  );
  return locked.filter(({ eventSeq, state }) => events.has(eventSeq) && states.includes(state));
}

/** The deliveries of which the event may be sent and passes the filter. */
export function* selectDeliveries<Row extends DeliveryRow>(
  s: WalkReads,
  cx: Pick<WalkContext, "now" | "keptSince" | "params">,
  rows: readonly Row[],
): Steps<readonly Row[]> {
  if (rows.length === 0) return [];
  const { filter } = cx.params;
  const found = yield* s.all<ReplayedEvent & { seq: number }>(
    `SELECT seq, ${eventColumns(s)} FROM event WHERE ${s.sql.oneOf("seq", "?1", "bigint")}`,
    [[...new Set(rows.map(({ eventSeq }) => eventSeq))]],
  );
  const events = new Map(found.map((event) => [event.seq, event]));
  const passing = rows.filter(({ eventSeq }) => {
    const event = events.get(eventSeq);
    if (event === undefined || !isReplayable(event, cx)) return false;
    // No replay sends an event before its `deliverAt`.
    return (event.deliverAt ?? 0) <= cx.now && passesFilter(filter, event);
  });
  const asked = filter.statusCodeClass;
  if (asked === undefined || passing.length === 0) return passing;
  const last = yield* lastAttempts(s, passing);
  const classes = new Map(last.map((row) => [row.deliverySeq, toClass(row.statusCode)]));
  return passing.filter(({ seq }) => classes.get(seq) === asked);
}

/** Status class (0, 100 … 500). */
function toClass(statusCode: number): number {
  return Math.floor(statusCode / 100) * 100;
}
