/**
 * The walk that all jobs share: rows are read in the order of one index, chosen, and then locked, as far as
 * room and time allow. A row that has changed in between is left alone.
 */
import { performance } from "node:perf_hooks";
import type { EndpointRow } from "../endpoints/endpoint-row.ts";
import { type EventTraits, TRAIT_COLUMNS } from "../history/event-filter.ts";
import type { ReplayParams } from "../interface/jobs.ts";
import type { Places, Session, Steps, WriteSession } from "../session.ts";
import type { StoredParams } from "./places.ts";
import type { Room } from "./room.ts";

/** The reads of a walk; an estimate has no others. */
export type WalkReads = Session & Places;

/** The rows that a walk is about. */
export type WalkContext = {
  readonly now: number;
  readonly keptSince: number;
  readonly endpoint: EndpointRow;
  readonly params: StoredParams;
  /** The first place after the job's range. */
  readonly high: number;
};

export type SliceContext = WalkContext & {
  /** Maximum number of deliveries that the slice makes due. */
  readonly limit: number;
  /** Deliveries that may still become pending. */
  readonly room: Room;
  /** Instant of the process's clock after which no further chunk begins. */
  readonly stopAt: number;
};
/** `position` is the next place to read. `isFull` is true when the slice stopped for lack of room. */
export type Sliced<Place = number> = {
  readonly position: Place;
  readonly done: number;
  readonly isFull: boolean;
};

const FIRST_CHUNK = 100;
const LARGEST_CHUNK = 400;

export type ReplayedEvent = EventTraits & {
  /** Place in the feed. */
  readonly place: number;
  readonly acceptedAt: number;
  readonly deliverAt: number | null;
  /** SQLite returns 0 and 1. */
  readonly hasContent: boolean | number;
};

/** The columns of a `ReplayedEvent`. */
export function eventColumns(s: Session): string {
  return `${s.sql.feedPosition} AS place, ${TRAIT_COLUMNS}, accepted_at, deliver_at,
    payload IS NOT NULL AS has_content`;
}

/** How a job finds its rows: `Place` is a place in the order of its index. */
export type Walk<Row, Place = number> = {
  read: (from: Place, count: number) => Steps<readonly Row[]>;
  /** The rows that the job takes; the others are passed. */
  select: (rows: readonly Row[]) => Steps<readonly Row[]>;
  toPlace: (row: Row) => Place;
  /** The place behind the row. */
  behind: (row: Row) => Place;
  /** The end of the job's range. */
  end: Place;
  /** The number of deliveries that a row makes pending. */
  adds: (row: Row) => number;
  /** Chunks never grow beyond it: rows that take long, one by one, hold SQLite's writer. */
  largestChunk?: number;
  /** Returns the number of rows that were made due. */
  apply: (s: WriteSession, rows: readonly Row[]) => Steps<number>;
};

/** Walks chunk by chunk; every row is handled whole or not at all. */
export function* walk<Row, Place = number>(
  s: WriteSession,
  cx: Pick<SliceContext, "limit" | "room" | "stopAt">,
  from: Place,
  p: Walk<Row, Place>,
): Steps<Sliced<Place>> {
  let position = from;
  let done = 0;
  const { largestChunk = LARGEST_CHUNK } = p;
  let count = Math.min(FIRST_CHUNK, largestChunk);
  for (;;) {
    const begunAt = performance.now();
    const rows = yield* p.read(position, count);
    const wanted = rows.length === 0 ? [] : yield* p.select(rows);
    const fitting = takeFitting(wanted, { ...p, most: cx.limit - done, room: cx.room });
    if (fitting.length > 0) done += yield* p.apply(s, fitting);
    const next = wanted[fitting.length];
    const isFull = next !== undefined && done < cx.limit && p.adds(next) > 0 && cx.room.free <= 0;
    const isOver = next === undefined && rows.length < count;
    if (isOver) position = p.end;
    else position = next === undefined ? p.behind(rows.at(-1) as Row) : p.toPlace(next);
    if (isFull || isOver || done >= cx.limit) return { position, done, isFull };
    const endedAt = performance.now();
    if (endedAt >= cx.stopAt) return { position, done, isFull: false };
    // A larger chunk must not hold SQLite's writer beyond the slice.
    const twiceAsLongMs = (endedAt - begunAt) * 2;
    if (endedAt + twiceAsLongMs < cx.stopAt) count = Math.min(count * 2, largestChunk);
  }
}

function takeFitting<Row>(
  wanted: readonly Row[],
  p: { most: number; room: Room; adds: (row: Row) => number },
): readonly Row[] {
  for (const [count, row] of wanted.entries()) {
    const adds = p.adds(row);
    if (count === p.most || (adds > 0 && p.room.free <= 0)) return wanted.slice(0, count);
    p.room.free -= adds;
  }
  return wanted;
}

export function isInTime(at: number, { since, until }: ReplayParams): boolean {
  return at >= since && (until === null || at < until);
}

/** True when the event existed before the job, and keeps its content long enough for an attempt. */
export function isReplayable(
  event: ReplayedEvent,
  { keptSince, params }: Pick<WalkContext, "keptSince" | "params">,
): boolean {
  const { before = Infinity } = params;
  return Boolean(event.hasContent) && event.place < before && event.acceptedAt >= keptSince;
}
