/** The slices of statistics tasks: a walk over rows of all applications, whose amounts are added up. */
import { performance } from "node:perf_hooks";
import type { StatisticsKind } from "../interface/jobs.ts";
import { readNames } from "../endpoints/endpoint-row.ts";
import type { NewRow, Steps, WriteSession } from "../session.ts";
import type { StoredParams } from "./places.ts";
import type { JobRow } from "./rows.ts";

/** `done` is the number of rows that counted. */
export type StatisticsSlice = {
  readonly position: number;
  readonly done: number;
  readonly failure?: "result_too_large";
};

type Chunk = { readonly position: number; readonly done: number };
type ReadChunk = (s: WriteSession, job: JobRow, position: number) => Steps<Chunk>;

/** Each takes a millisecond or two. */
const DELIVERY_ROWS = 1_000;
const ENDPOINT_ROWS = 200;
const ENDPOINT_BYTES = 64 * 1024;

const CHUNKS: Readonly<Record<StatisticsKind, ReadChunk>> = {
  "application.stats": countDeliveries,
  "event-type.aggregate": collectTypes,
};

export function* statisticsSlice(
  s: WriteSession,
  job: JobRow,
  p: { readonly kind: StatisticsKind; readonly stopAt: number },
): Steps<StatisticsSlice> {
  let { position } = job;
  let done = 0;
  while (position < job.high) {
    const chunk = yield* CHUNKS[p.kind](s, job, position);
    position = chunk.position;
    done += chunk.done;
    if (performance.now() >= p.stopAt) break;
  }
  const isTooLarge = yield* hasTooMany(s, job.seq);
  return { position, done, ...(isTooLarge ? { failure: "result_too_large" } : undefined) };
}

function* hasTooMany(s: WriteSession, jobSeq: number): Steps<boolean> {
  const most = s.limits.taskResultRows;
  const counted = yield* s.one<{ rows: number }>(
    `SELECT count(*) AS rows FROM (SELECT 1 FROM job_result WHERE job_seq = ?1 LIMIT ?2) AS counted`,
    [jobSeq, most + 1],
  );
  return (counted?.rows ?? 0) > most;
}

type Counted = {
  readonly appSeq: number | null;
  readonly amount: number;
  readonly rows: number;
  readonly last: number;
};

/** Deliveries are read in the order of their table, whichever application they belong to. */
function* countDeliveries(s: WriteSession, job: JobRow, position: number): Steps<Chunk> {
  const { since, until, named = false } = JSON.parse(job.params) as StoredParams;
  const counted = yield* s.all<Counted>(
    `SELECT endpoint.app_seq, max(chunk.seq) AS last, count(*) AS rows,
       count(*) FILTER (WHERE accepted_at >= ?3 AND accepted_at < ?4) AS amount
     FROM (SELECT seq, endpoint_seq, accepted_at FROM delivery
       WHERE seq >= ?1 AND seq < ?2 ORDER BY seq LIMIT ${DELIVERY_ROWS}) AS chunk
     LEFT JOIN endpoint ON endpoint.seq = chunk.endpoint_seq GROUP BY endpoint.app_seq`,
    [position, job.high, since, until ?? Number.MAX_SAFE_INTEGER],
  );
  const rows = counted.reduce((sum, one) => sum + one.rows, 0);
  const amounts = new Map(
    counted.flatMap(({ appSeq, amount }) =>
      appSeq === null || appSeq === job.appSeq || amount === 0 ? [] : [[appSeq, amount] as const],
    ),
  );
  const added = yield* addAmounts(s, job, { amounts, onlyNamed: named });
  const isOver = rows < DELIVERY_ROWS;
  const last = Math.max(...counted.map((one) => one.last));
  return { position: isOver ? job.high : last + 1, done: added };
}

/** Adds the amounts to the rows of the applications. Returns their sum. */
function* addAmounts(
  s: WriteSession,
  job: JobRow,
  p: { readonly amounts: ReadonlyMap<number, number>; readonly onlyNamed: boolean },
): Steps<number> {
  if (p.amounts.size === 0) return 0;
  const appSeqs = [...p.amounts.keys()];
  const known = yield* s.all<{ appSeq: number; amount: number }>(
    `SELECT app_seq, amount FROM job_result
     WHERE job_seq = ?1 AND name = '' AND ${s.sql.oneOf("app_seq", "?2", "bigint")}`,
    [job.seq, appSeqs],
  );
  const toRow = (appSeq: number, before: number): NewRow => {
    const amount = before + (p.amounts.get(appSeq) ?? 0);
    return { jobSeq: job.seq, appSeq, name: "", amount };
  };
  const changed = known.map(({ appSeq, amount }) => toRow(appSeq, amount));
  yield* s.update("job_result", ["jobSeq", "appSeq", "name"], changed);
  const before = new Set(known.map(({ appSeq }) => appSeq));
  const others = p.onlyNamed ? [] : appSeqs.filter((appSeq) => !before.has(appSeq));
  const live = yield* findLive(s, others);
  yield* s.insert(
    "job_result",
    live.map((appSeq) => toRow(appSeq, 0)),
  );
  return [...before, ...live].reduce((sum, appSeq) => sum + (p.amounts.get(appSeq) ?? 0), 0);
}

/** A deleted application gets no new rows, because the sweep may have deleted its rows already. */
function* findLive(s: WriteSession, appSeqs: readonly number[]): Steps<readonly number[]> {
  if (appSeqs.length === 0) return [];
  const rows = yield* s.all<{ seq: number }>(
    `SELECT seq FROM app WHERE ${s.sql.oneOf("seq", "?1", "bigint")} AND deleted_at IS NULL`,
    [appSeqs],
  );
  return rows.map(({ seq }) => seq);
}

type EndpointPlace = {
  readonly seq: number;
  readonly appSeq: number;
  readonly bytes: number;
  readonly counts: boolean | number;
};

/** Native endpoints that are not deleted, in any other state. The empty name is an endpoint of every type. */
function* collectTypes(s: WriteSession, job: JobRow, position: number): Steps<Chunk> {
  const places = yield* s.all<EndpointPlace>(
    `SELECT seq, app_seq, coalesce(octet_length(event_types), 0) AS bytes,
       status <> 'deleted' AND dialect = 'svix' AS counts
     FROM endpoint WHERE seq >= ?1 AND seq < ?2 ORDER BY seq LIMIT ${ENDPOINT_ROWS}`,
    [position, job.high],
  );
  let bytes = 0;
  const end = places.findIndex((place) => (bytes += place.bytes) > ENDPOINT_BYTES);
  const read = end === -1 ? places : places.slice(0, Math.max(1, end));
  const wanted = read.filter(({ counts, appSeq }) => Boolean(counts) && appSeq !== job.appSeq);
  yield* addTypes(
    s,
    job,
    wanted.map(({ seq }) => seq),
  );
  const isOver = end === -1 && places.length < ENDPOINT_ROWS;
  const last = read.at(-1)?.seq ?? job.high;
  return { position: isOver ? job.high : last + 1, done: wanted.length };
}

function* addTypes(s: WriteSession, job: JobRow, endpointSeqs: readonly number[]): Steps<void> {
  if (endpointSeqs.length === 0) return;
  const endpoints = yield* s.all<{ appSeq: number; eventTypes: string | null }>(
    `SELECT app_seq, event_types FROM endpoint
     WHERE ${s.sql.oneOf("seq", "?1", "bigint")} ORDER BY app_seq`,
    [endpointSeqs],
  );
  const live = new Set(yield* findLive(s, [...new Set(endpoints.map(({ appSeq }) => appSeq))]));
  const names = new Map<number, Set<string>>();
  for (const { appSeq, eventTypes } of endpoints) {
    if (!live.has(appSeq)) continue;
    const ofApp = names.get(appSeq) ?? new Set<string>();
    names.set(appSeq, ofApp);
    for (const name of readNames(eventTypes) ?? [""]) ofApp.add(name);
  }
  const rows = Array.from(names, ([appSeq, ofApp]) =>
    Array.from(ofApp, (name) => ({ jobSeq: job.seq, appSeq, name, amount: 1 })),
  ).flat();
  yield* s.upsert("job_result", rows, { key: "jobSeq, appSeq, name", update: ["amount"] });
}
