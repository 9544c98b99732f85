/**
 * What a slice of each kind of job does: it walks one index from where the last slice stopped, and
 * makes due what the job is for. A row is looked at once, so what fails again meanwhile is not sent
 * again by the same job.
 */
import { performance } from "node:perf_hooks";
import { STATES } from "../delivery-state.ts";
import { type EventTraits, passesFilter } from "../event-filter.ts";
import { missedParts, readsParticipants } from "../event-matching.ts";
import type { JobKind, ReplayFilter, ReplayParams } from "../jobs.ts";
import { createReplays, hasten, reopen, type ReopenedRow } from "./replay.ts";
import type { CachedEndpoint } from "./writer-state.ts";
import type { Writer } from "./writer-types.ts";

export type SliceContext = {
  readonly now: number;
  readonly keptSince: number;
  readonly endpoint: CachedEndpoint;
  readonly params: ReplayParams;
  /** Most that the slice may make due. */
  readonly room: number;
  /** The first row that is not the job's any more. */
  readonly high: number;
  /** By the process's clock: no further chunk is begun after it. */
  readonly stopAt: number;
};
/** `position` is the next row to look at; `isFull`: it stopped for want of room. */
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

/** What failed; and while the endpoint is not enabled, what is parked, which then leaves first. */
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
      // Not before its time, whatever is replayed.
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

/** Events that the endpoint would get now and has no delivery of. */
function replayMissed(writer: Writer, cx: SliceContext, position: number): Sliced {
  const { endpoint, params, now } = cx;
  const owed = writer.sql("SELECT 1 FROM delivery WHERE eventSeq = ? AND endpointSeq = ? LIMIT 1");
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
      if (parts === 0 || owed.get(row.seq, endpoint.seq) !== undefined) return "passed";
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

/** Row by row as far as room and time go; every row is looked at whole or not at all. */
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
      const came = p.visit(row);
      if (came === "full") return { position: row.seq, done, isFull: true };
      if (came === "done") done += 1;
      position = row.seq + 1;
    }
    if (rows.length < CHUNK) return { position: cx.high, done, isFull: false };
    if (performance.now() >= cx.stopAt) return { position, done, isFull: false };
  }
}

/** The endpoint has its whole quota pending, or its app is owed so much that publishing is in danger. */
function isFull(writer: Writer, { seq, appSeq }: CachedEndpoint): boolean {
  return writer.backlog.isFull(seq) || writer.pendingBytes.isHalfFull(appSeq);
}

function isInTime(at: number, { since, until }: ReplayParams): boolean {
  return at >= since && (until === null || at < until);
}

/** Its content is there, and stays long enough for an attempt. */
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
