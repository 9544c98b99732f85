/**
 * Where the rows of a new job are: rows that exist now and may be in the time of the job. Rows that come
 * later are not part of it.
 */
import type { NewJob, ReplayParams } from "../interface/jobs.ts";
import type { PlaceRange } from "../paging.ts";
import type { Steps, WriteSession } from "../session.ts";

/**
 * Events accepted before the job was created have a place in the feed below `before`. A row id may not
 * show this. Jobs that were created by older versions on SQLite have none.
 */
export type StoredParams = ReplayParams & {
  readonly before?: number;
  /** The number or user id to erase, while the job runs. */
  readonly number?: string;
  /** The statistics have only the applications that the request named. */
  readonly named?: true;
  /** The job deletes the content of every event. */
  readonly all?: true;
  /** The other addresses of the same person. */
  readonly otherAddresses?: readonly string[];
};

export type JobPlaces = PlaceRange & { readonly params: StoredParams };

/** The range begins at the first row that exists, so that the progress of a job is that of its rows. */
export function* findPlaces(s: WriteSession, appSeq: number, job: NewJob): Steps<JobPlaces> {
  const params = { ...job.params, before: yield* s.nextEventPlace() };
  const table = job.kind === "endpoint.replay" ? "event" : "delivery";
  const range = yield* s.placesOfTime(table, params);
  const end = table === "event" ? params.before : yield* nextDelivery(s);
  const high = Math.min(range.high, end);
  const first =
    table === "event"
      ? yield* firstEvent(s, appSeq, range.low)
      : yield* firstDelivery(s, range.low);
  return { low: Math.min(first ?? high, high), high, params };
}

export function* nextDelivery(s: WriteSession): Steps<number> {
  const row = yield* s.one<{ last: number | null }>("SELECT max(seq) AS last FROM delivery");
  return (row?.last ?? 0) + 1;
}

function* firstDelivery(s: WriteSession, low: number): Steps<number | null> {
  const row = yield* s.one<{ seq: number }>(
    "SELECT seq FROM delivery WHERE seq >= ?1 ORDER BY seq LIMIT 1",
    [low],
  );
  return row?.seq ?? null;
}

export function* firstEvent(s: WriteSession, appSeq: number, low: number): Steps<number | null> {
  const { feedPosition } = s.sql;
  const row = yield* s.one<{ place: number | null }>(
    `SELECT min(${feedPosition}) AS place FROM event WHERE app_seq = ?1 AND ${feedPosition} >= ?2`,
    [appSeq, low],
  );
  return row?.place ?? null;
}
