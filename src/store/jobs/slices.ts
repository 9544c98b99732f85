/**
 * The slice of each kind of job: it walks one index from the end of the last slice, and makes the job's
 * deliveries due. A row is read once, so a delivery that fails again meanwhile is not sent again by the same
 * job.
 */
import { passesFilter } from "../history/event-filter.ts";
import type { ReplayKind } from "../interface/jobs.ts";
import { STATES } from "../queue/delivery-state.ts";
import type { Steps, WriteSession } from "../session.ts";
import { replayMissed } from "./missed.ts";
import { lockEvents, makeDueNow, reopen, type ReopenedRow } from "./reopen.ts";
import {
  eventColumns,
  isInTime,
  isReplayable,
  type ReplayedEvent,
  type SliceContext,
  type Sliced,
  walk,
} from "./walk.ts";

type Slice = (s: WriteSession, cx: SliceContext, from: number) => Steps<Sliced>;

export const SLICES: Readonly<Record<ReplayKind, Slice>> = {
  "endpoint.recover": recover,
  "endpoint.replay": replayMissed,
  "endpoint.bulk-replay": replayFiltered,
};

type DeliveryRow = {
  readonly seq: number;
  readonly eventSeq: number;
  readonly state: number;
  readonly acceptedAt: number;
};

/** Failed deliveries. While the endpoint is not enabled also parked ones, which are then sent first. */
function* recover(s: WriteSession, cx: SliceContext, from: number): Steps<Sliced> {
  const isParked = cx.endpoint.status !== "enabled";
  const states = isParked ? [STATES.failed, STATES.pending] : [STATES.failed];
  return yield* walkDeliveries(s, cx, from, states);
}

function* replayFiltered(s: WriteSession, cx: SliceContext, from: number): Steps<Sliced> {
  const { state } = cx.params.filter;
  const states = state === undefined ? [STATES.delivered, STATES.failed] : [STATES[state]];
  return yield* walkDeliveries(s, cx, from, states);
}

function* walkDeliveries(
  s: WriteSession,
  cx: SliceContext,
  from: number,
  states: readonly number[],
): Steps<Sliced> {
  const { endpoint, params, now } = cx;
  // Failed deliveries are few, and a partial index has them.
  const isFailedOnly = states.length === 1 && states[0] === STATES.failed;
  const { indexedBy, forShare, forUpdate, oneOf } = s.sql;
  const text = `SELECT seq, event_seq, state, accepted_at
    FROM delivery ${indexedBy(isFailedOnly ? "delivery_failed" : "delivery_endpoint")}
    WHERE endpoint_seq = ?1 AND seq >= ?2 AND seq < ?3 ${isFailedOnly ? "AND state = 2" : ""}
    ORDER BY seq LIMIT ?4`;
  return yield* walk<DeliveryRow>(cx, from, {
    read: (place, count) => s.all<DeliveryRow>(text, [endpoint.seq, place, cx.high, count]),
    select: (rows) =>
      selectDeliveries(
        s,
        cx,
        rows.filter((row) => states.includes(row.state) && isInTime(row.acceptedAt, params)),
      ),
    toPlace: ({ seq }) => seq,
    adds: ({ state }) => (state === STATES.pending ? 0 : 1),
    *apply(rows) {
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
      const present = locked.filter(
        ({ eventSeq, state }) => events.has(eventSeq) && states.includes(state),
      );
      const change = params.filter.keepsSchedule === true ? makeDueNow : reopen;
      return yield* change(s, endpoint, present, now);
    },
  });
}

/** The deliveries of which the event may be sent and passes the filter. */
function* selectDeliveries(
  s: WriteSession,
  cx: SliceContext,
  rows: readonly DeliveryRow[],
): Steps<readonly DeliveryRow[]> {
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
  const classes = yield* lastClasses(s, passing);
  return passing.filter(({ seq }) => classes.get(seq) === asked);
}

/** Status class (0, 100 … 500) of the last attempt of each tried delivery, by the delivery. */
function* lastClasses(
  s: WriteSession,
  rows: readonly DeliveryRow[],
): Steps<ReadonlyMap<number, number>> {
  const eventSeqs = rows.map(({ eventSeq }) => eventSeq);
  const attempts = yield* s.all<{ seq: number; deliverySeq: number; statusCode: number }>(
    `SELECT seq, delivery_seq, status_code FROM attempt ${s.sql.indexedBy("attempt_event")}
     WHERE ${s.sql.oneOf("event_seq", "?1", "bigint")}
       AND ${s.sql.oneOf("delivery_seq", "?2", "bigint")} AND seq >= ?3`,
    [eventSeqs, rows.map(({ seq }) => seq), s.leastDelivery(Math.min(...eventSeqs))],
  );
  const inOrder = attempts.toSorted((one, other) => one.seq - other.seq);
  return new Map(
    inOrder.map(({ deliverySeq, statusCode }) => [deliverySeq, Math.floor(statusCode / 100) * 100]),
  );
}
