/**
 * The slice of each kind of job: it walks one index from the end of the last slice and makes the job's
 * deliveries due. A row is examined once, so a delivery that fails again meanwhile is not sent again by the
 * same job.
 */
import { performance } from "node:perf_hooks";
import { STATES } from "../../queue/delivery-state.ts";
import { type EventTraits, passesFilter } from "../../history/event-filter.ts";
import { missedParts, readsParticipants } from "../../accept/event-matching.ts";
import type { JobKind, ReplayFilter, ReplayParams } from "../../interface/jobs.ts";
import { createReplays, hasten, reopen, type ReopenedRow } from "./replay.ts";
import type { CachedEndpoint } from "../thread/writer-state.ts";
import type { Writer } from "../thread/writer-types.ts";

export type SliceContext = {
  readonly now: number;
  readonly keptSince: number;
  readonly endpoint: CachedEndpoint;
  readonly params: ReplayParams;
  /** Maximum number of deliveries that the slice makes due. */
  readonly room: number;
  /** The first row that no longer belongs to the job. */
  readonly high: number;
  /** Instant of the process's clock after which no further chunk begins. */
  readonly stopAt: number;
};
/** `position` is the next row to examine. `isFull` is true when the slice stopped for lack of room. */
export type Sliced = { readonly position: number; readonly done: number; readonly isFull: boolean };
type Slice = (writer: Writer, cx: SliceContext, position: number) => Sliced;

export const SLICES: Readonly<Record<JobKind, Slice>> = {
  "endpoint.recover": recover,
  "endpoint.replay": replayMissed,
  "endpoint.bulk-replay": replayFiltered,
};

const CHUNK = 100;

type DeliveryRow = ReopenedRow & {
  readonly seq: number;
  readonly eventSeq: number;
  readonly acceptedAt: number;
};
type ReplayedEvent = EventTraits & {
  readonly acceptedAt: number;
  readonly deliverAt: number | null;
  readonly hasContent: number;
};

const DELIVERY = "SELECT seq, eventSeq, state, fence, orderingKey, acceptedAt FROM delivery";
const OF_ENDPOINT = "WHERE endpointSeq = ? AND seq >= ? AND seq < ?";
const IN_ORDER = "ORDER BY seq LIMIT ?";
const FAILED_DELIVERIES = `${DELIVERY} INDEXED BY delivery_failed ${OF_ENDPOINT} AND state = 2 ${IN_ORDER}`;
const ALL_DELIVERIES = `${DELIVERY} INDEXED BY delivery_endpoint ${OF_ENDPOINT} ${IN_ORDER}`;

/** Failed deliveries. While the endpoint is not enabled also parked ones, which are then sent first. */
function recover(writer: Writer, cx: SliceContext, position: number): Sliced {
  const isParked = cx.endpoint.status !== "enabled";
  return walkDeliveries(writer, cx, position, {
    text: isParked ? ALL_DELIVERIES : FAILED_DELIVERIES,
    states: isParked ? [STATES.failed, STATES.pending] : [STATES.failed],
    wants: () => true,
  });
}

function replayFiltered(writer: Writer, cx: SliceContext, position: number): Sliced {
  const { filter } = cx.params;
  const states =
    filter.state === undefined ? [STATES.delivered, STATES.failed] : [STATES[filter.state]];
  return walkDeliveries(writer, cx, position, {
    text: filter.state === "failed" ? FAILED_DELIVERIES : ALL_DELIVERIES,
    states,
    wants: (row, event) =>
      passesFilter(filter, event) && isOfClass(writer, row, filter.statusCodeClass),
  });
}

function walkDeliveries(
  writer: Writer,
  cx: SliceContext,
  position: number,
  p: {
    text: string;
    states: readonly number[];
    wants: (row: DeliveryRow, event: ReplayedEvent) => boolean;
  },
): Sliced {
  const { endpoint, params, now } = cx;
  const event = writer.sql(
    `SELECT type, channels, tags, acceptedAt, deliverAt, payload IS NOT NULL AS hasContent
     FROM event WHERE seq = ?`,
  );
  return walk<DeliveryRow>(cx, position, {
    read: (from, count) =>
      writer.sql(p.text).all(endpoint.seq, from, cx.high, count) as DeliveryRow[],
    visit(row) {
      if (!p.states.includes(row.state) || !isInTime(row.acceptedAt, params)) return "passed";
      const of = event.get(row.eventSeq) as ReplayedEvent | undefined;
      if (of === undefined || !isReplayable(of, cx)) return "passed";
      // No replay sends an event before its `deliverAt`.
      if ((of.deliverAt ?? 0) > now || !p.wants(row, of)) return "passed";
      if (params.filter.keepsSchedule === true) {
        return hasten(writer, endpoint, row, now) ? "done" : "passed";
      }
      if (row.state !== STATES.pending && isFull(writer, endpoint)) return "full";
      return reopen(writer, endpoint, row, now) ? "done" : "passed";
    },
  });
}

type EventRow = ReplayedEvent & { readonly seq: number; readonly matching: string | null };

/** Events that the endpoint would match now and has no delivery of. */
function replayMissed(writer: Writer, cx: SliceContext, position: number): Sliced {
  const { endpoint, params, now } = cx;
  const existing = writer.sql(
    "SELECT 1 FROM delivery WHERE eventSeq = ? AND endpointSeq = ? LIMIT 1",
  );
  return walk<EventRow>(cx, position, {
    read: (from, count) =>
      writer
        .sql(
          `SELECT seq, type, channels, tags, acceptedAt, deliverAt, matching,
             payload IS NOT NULL AS hasContent
           FROM event INDEXED BY event_app WHERE appSeq = ? AND seq >= ? AND seq < ?
           ORDER BY seq LIMIT ?`,
        )
        .all(endpoint.appSeq, from, cx.high, count) as EventRow[],
    visit(row) {
      if (!isInTime(row.acceptedAt, params) || !isReplayable(row, cx)) return "passed";
      const participants = readsParticipants(endpoint) ? participantsText(writer, row.seq) : null;
      const parts = missedParts(endpoint, { ...row, participants });
      if (parts === 0 || existing.get(row.seq, endpoint.seq) !== undefined) return "passed";
      if (isFull(writer, endpoint)) return "full";
      const dueAt = Math.max(now, row.deliverAt ?? now);
      createReplays(writer, endpoint, { eventSeq: row.seq, parts, dueAt, now });
      return "done";
    },
  });
}

function participantsText(writer: Writer, eventSeq: number): string | null {
  const row = writer.sql("SELECT participants FROM event WHERE seq = ?").get(eventSeq);
  return (row?.["participants"] as string | null | undefined) ?? null;
}

/** Row by row while room and time last; every row is examined completely or not at all. */
function walk<Row extends { readonly seq: number }>(
  cx: SliceContext,
  from: number,
  p: {
    read: (from: number, count: number) => readonly Row[];
    visit: (row: Row) => "done" | "passed" | "full";
  },
): Sliced {
  let position = from;
  let done = 0;
  for (;;) {
    const rows = p.read(position, CHUNK);
    for (const row of rows) {
      if (done === cx.room) return { position: row.seq, done, isFull: false };
      const result = p.visit(row);
      if (result === "full") return { position: row.seq, done, isFull: true };
      if (result === "done") done += 1;
      position = row.seq + 1;
    }
    if (rows.length < CHUNK) return { position: cx.high, done, isFull: false };
    if (performance.now() >= cx.stopAt) return { position, done, isFull: false };
  }
}

/**
 * True when the endpoint has used its quota, or its app has so many pending bytes that publishing is at risk.
 */
function isFull(writer: Writer, { seq, appSeq }: CachedEndpoint): boolean {
  return writer.backlog.isFull(seq) || writer.pendingBytes.isHalfFull(appSeq);
}

function isInTime(at: number, { since, until }: ReplayParams): boolean {
  return at >= since && (until === null || at < until);
}

/** True when the content exists and stays long enough for an attempt. */
function isReplayable(event: ReplayedEvent, { keptSince }: SliceContext): boolean {
  return event.hasContent === 1 && event.acceptedAt >= keptSince;
}

function isOfClass(
  writer: Writer,
  row: DeliveryRow,
  asked: ReplayFilter["statusCodeClass"],
): boolean {
  if (asked === undefined) return true;
  const last = writer
    .sql(
      `SELECT statusCode FROM attempt INDEXED BY attempt_event
       WHERE eventSeq = ? AND deliverySeq = ? ORDER BY seq DESC LIMIT 1`,
    )
    .get(row.eventSeq, row.seq)?.["statusCode"] as number | undefined;
  return last !== undefined && Math.floor(last / 100) * 100 === asked;
}
