/**
 * The walk that all jobs share: rows are read in the order of one index, chosen, and then locked, as far as
 * room and time allow. A row that has changed in between is left alone.
 */
import { performance } from "node:perf_hooks";
import type { EventTraits } from "../../history/event-filter.ts";
import type { ReplayParams } from "../../interface/jobs.ts";
import type { RoutedEndpoint } from "../cluster/routed-endpoint.ts";
import type { PlacedParams } from "./job-places.ts";
import type { Tx } from "../types.ts";

export type SliceContext = {
  readonly now: number;
  readonly keptSince: number;
  readonly endpoint: RoutedEndpoint;
  readonly params: PlacedParams;
  /** Maximum number of deliveries that the slice may make due. */
  readonly room: number;
  /** The first place after the job's range. */
  readonly high: number;
  /** End of the slice by the process's clock: no further chunk begins after it. */
  readonly stopAt: number;
  /** Deliveries that this transaction has made pending, by endpoint. */
  readonly added: Map<number, number>;
};
/** `position` is the next place to read; `isFull` means that the slice stopped for lack of room. */
export type Sliced = { readonly position: number; readonly done: number; readonly isFull: boolean };
const FIRST_CHUNK = 100;
const LARGEST_CHUNK = 400;

export type ReplayedEvent = EventTraits & {
  readonly eventPosition: number;
  readonly eventAcceptedAt: number;
  readonly deliverAt: number | null;
  readonly hasContent: boolean;
};
/**
 * Walks chunk by chunk as far as room and time allow; every row is handled whole or not at all. `adds` is the
 * number of deliveries that a row makes pending.
 */
export async function walk<Row extends { readonly place: number }>(
  tx: Tx,
  cx: SliceContext,
  from: number,
  p: {
    read: (from: number, count: number) => Promise<readonly Row[]>;
    select: (rows: readonly Row[]) => Promise<readonly Row[]>;
    adds: (row: Row) => number;
    /** Returns the number of rows that were made due. */
    apply: (rows: readonly Row[]) => Promise<number>;
  },
): Promise<Sliced> {
  let position = from;
  let done = 0;
  for (let count = FIRST_CHUNK; ; count = Math.min(count * 2, LARGEST_CHUNK)) {
    const rows = await p.read(position, count);
    const wanted = rows.length === 0 ? [] : await p.select(rows);
    const fitting = takeFitting(tx, cx, wanted, { most: cx.room - done, adds: p.adds });
    if (fitting.length > 0) done += await p.apply(fitting);
    const next = wanted[fitting.length];
    const isFull =
      next !== undefined && done < cx.room && p.adds(next) > 0 && isEndpointFull(tx, cx);
    const isOver = next === undefined && rows.length < count;
    position = isOver ? cx.high : (next?.place ?? (rows.at(-1) as Row).place + 1);
    if (isFull || isOver || done >= cx.room) return { position, done, isFull };
    if (performance.now() >= cx.stopAt) return { position, done, isFull: false };
  }
}

function takeFitting<Row>(
  tx: Tx,
  cx: SliceContext,
  wanted: readonly Row[],
  p: { most: number; adds: (row: Row) => number },
): readonly Row[] {
  const { seq } = cx.endpoint;
  for (const [count, row] of wanted.entries()) {
    const adds = p.adds(row);
    if (count === p.most || (adds > 0 && isEndpointFull(tx, cx))) return wanted.slice(0, count);
    cx.added.set(seq, (cx.added.get(seq) ?? 0) + adds);
  }
  return wanted;
}

/** Whether the endpoint's quota is used up, or so much of the app's that publishing would soon be refused. */
function isEndpointFull({ node }: Tx, { endpoint, added }: SliceContext): boolean {
  const { seq, appSeq } = endpoint;
  return node.backlog.isFull(seq, added.get(seq) ?? 0) || node.pendingBytes.isHalfFull(appSeq);
}

export function isInTime(at: number, { since, until }: ReplayParams): boolean {
  return at >= since && (until === null || at < until);
}

/** Whether the event existed when the job was created, and keeps its content long enough for an attempt. */
export function isReplayable(event: ReplayedEvent, { keptSince, params }: SliceContext): boolean {
  return (
    event.hasContent && event.eventPosition < params.before && event.eventAcceptedAt >= keptSince
  );
}

/** Locks the events that still have their content: no transaction blanks them until this one ends. */
export async function lockEvents(
  tx: Tx,
  rows: readonly { readonly eventSeq: number }[],
  strength: "SHARE" | "NO KEY UPDATE",
): Promise<ReadonlySet<number>> {
  const locked = await tx.sql<{ seq: number }>(
    `SELECT seq FROM event WHERE seq = ANY ($1::bigint[]) AND payload IS NOT NULL
     ORDER BY seq FOR ${strength}`,
    [[...new Set(rows.map(({ eventSeq }) => eventSeq))]],
  );
  return new Set(locked.map(({ seq }) => seq));
}
