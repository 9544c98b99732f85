/**
 * Where the rows of a new job are: rows that exist now and may be in the time of the job. Rows that come
 * later are not part of it.
 */
import type { Starter } from "../interface/audit.ts";
import type { NewJob, ReplayFilter, ReplayParams } from "../interface/jobs.ts";
import type { PlaceRange } from "../paging.ts";
import type { Steps, WriteSession } from "../session.ts";

/**
 * Events accepted before the job was created have a place in the feed below `before`. A row id may not
 * show this. Jobs that were created by older versions on SQLite have none.
 */
export type StoredParams = ReplayParams & {
  readonly startedBy?: Starter;
  readonly before?: number;
  /** With a walk in the order of failures: the least delivery at the instant of `position`. */
  readonly seq?: number;
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
export function* findPlaces(
  s: WriteSession,
  endpoint: { readonly seq: number; readonly appSeq: number },
  job: NewJob,
): Steps<JobPlaces> {
  const { appSeq } = endpoint;
  const params = { ...job.params, before: yield* s.nextEventPlace() };
  const { failures } = params.filter;
  if (failures !== undefined) {
    const { low, high } = toInstants(failures, job.createdAt);
    const first = yield* s.one<{ at: number | null }>(
      `SELECT min(finished_at) AS at FROM delivery ${s.sql.indexedBy("delivery_failedOf")}
       WHERE state = 2 AND endpoint_seq = ?1 AND finished_at >= ?2 AND finished_at < ?3`,
      [endpoint.seq, low, high],
    );
    return { low: first?.at ?? high, high, params };
  }
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

/** A delivery that fails after the request is not part of it. */
export function toInstants(
  { failedSince = 0, failedUntil = Infinity }: NonNullable<ReplayFilter["failures"]>,
  createdAt: number,
): PlaceRange {
  const high = Math.min(failedUntil, createdAt + 1);
  return { low: Math.min(failedSince, high), high };
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
