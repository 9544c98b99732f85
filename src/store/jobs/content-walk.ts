/**
 * The walk of the jobs that delete content: events of one application in the order of the feed, in chunks of
 * bounded bytes. A slice is the walk until its time is over.
 */
import { performance } from "node:perf_hooks";
import type { Steps, WriteSession } from "../session.ts";
import type { JobRow } from "./rows.ts";

/** Rows and bytes of content that are read at once, and events that are erased at once. */
const CHUNK_ROWS = 200;
const CHUNK_BYTES = 512 * 1024;
const MOST_ERASED = 20;

export type WalkedEvent = {
  readonly seq: number;
  /** In the feed. */
  readonly place: number;
};

/** `position` is the next place to read, `done` the number of erased events. */
export type ErasedSlice = { readonly position: number; readonly done: number };

export function* walkContent<Event extends Pick<WalkedEvent, "place">>(
  s: WriteSession,
  job: JobRow,
  p: {
    readonly stopAt: number;
    /** The events to erase, in the given order. */
    readonly find: (events: readonly WalkedEvent[]) => Steps<readonly Event[]>;
    /** False when the events have more deliveries and attempts than one step may change; it is called again. */
    readonly erase: (events: readonly Event[]) => Steps<boolean>;
  },
): Steps<ErasedSlice> {
  let { position } = job;
  let done = 0;
  while (position < job.high) {
    const chunk = yield* readChunk(s, job, position);
    const last = chunk.at(-1);
    if (last === undefined) return { position: job.high, done };
    const found = yield* p.find(chunk);
    const erased = found.slice(0, MOST_ERASED);
    if (yield* p.erase(erased)) {
      done += erased.length;
      position = found[MOST_ERASED]?.place ?? last.place + 1;
    }
    if (performance.now() >= p.stopAt) break;
  }
  return { position, done };
}

/** Lengths are known without reading the content, so the bytes of a chunk are bounded beforehand. */
function* readChunk(s: WriteSession, job: JobRow, position: number): Steps<readonly WalkedEvent[]> {
  const { feedPosition, indexedBy } = s.sql;
  const rows = yield* s.all<WalkedEvent & { bytes: number }>(
    `SELECT seq, ${feedPosition} AS place,
       coalesce(octet_length(payload), 0) + coalesce(octet_length(participants), 0) AS bytes
     FROM event ${indexedBy("event_app")}
     WHERE app_seq = ?1 AND ${feedPosition} >= ?2 AND ${feedPosition} < ?3
     ORDER BY ${feedPosition} LIMIT ${CHUNK_ROWS}`,
    [job.appSeq, position, job.high],
  );
  let bytes = 0;
  const end = rows.findIndex((row) => (bytes += row.bytes) > CHUNK_BYTES);
  return end === -1 ? rows : rows.slice(0, Math.max(1, end));
}
