/** Jobs as rows: make, get, list, cancel, forget. What a slice does is in `jobs-step.ts`. */
import { AppError } from "../../core/error.ts";
import type { Job, JobKind, JobState, JobStore, NewJob, ReplayParams } from "../jobs.ts";
import { pageOfScan, type PlaceRange } from "../paging.ts";
import type { Page } from "../page.ts";
import type { Idempotent } from "../idempotency.ts";
import { findApp } from "./apps.ts";
import type { Connection } from "./connection.ts";
import { findEndpoint } from "./endpoint-rows.ts";
import { findIdempotent, saveIdempotent } from "./idempotency.ts";
import { scan } from "./scan.ts";
import type { SweepContext } from "./sweep-context.ts";
import { rangeOfTime } from "./time-position.ts";
import type { Reader, Writer } from "./writer-types.ts";

type Params<M extends keyof JobStore> = Parameters<JobStore[M]>[0];

export type JobRow = {
  readonly seq: number;
  readonly id: string;
  readonly appId: string;
  readonly endpointId: string;
  readonly endpointSeq: number;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly params: string;
  readonly low: number;
  readonly position: number;
  readonly high: number;
  readonly done: number;
  readonly reason: string | null;
  readonly nextAt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
};

export const JOB = `SELECT job.*, app.id AS appId, endpoint.id AS endpointId
  FROM job JOIN app ON app.seq = job.appSeq JOIN endpoint ON endpoint.seq = job.endpointSeq`;

/** Running at once, so that no app fills the table or takes all the slices. */
const MOST_RUNNING = 20;
const ASK_AGAIN_SECONDS = 10;
/** How long a job that is over can be looked at; as long as Svix has it. */
const KEPT_MS = 90 * 24 * 3_600_000;

export function createJob(writer: Writer, p: Params<"create">): Idempotent<Job> | null {
  const app = findApp(writer, p.appRef);
  const endpoint = app === null ? null : findEndpoint(writer, app.seq, p.endpointRef);
  if (app === null || endpoint === null) return null;
  const before = findIdempotent(writer, p.idempotencyKey)?.[0];
  if (before !== undefined) {
    const job = getJob(writer, { appRef: null, id: before });
    return job === null ? null : { repeated: true, value: job };
  }
  const running = writer
    .sql("SELECT count(*) AS running FROM job WHERE appSeq = ? AND state = 'running'")
    .get(app.seq)?.["running"] as number;
  if (running >= MOST_RUNNING) {
    throw new AppError(
      "rate_limited",
      `This application has ${running} background tasks running, which is the maximum; wait for one to end, or cancel one.`,
      { retryAfterSeconds: ASK_AGAIN_SECONDS },
    );
  }
  const { job } = p;
  const { low, high } = loadRange(writer, job);
  writer
    .sql(
      `INSERT INTO job (id, appSeq, endpointSeq, kind, state, params, low, position, high, done,
         nextAt, createdAt, updatedAt) VALUES (?, ?, ?, ?, 'running', ?, ?, ?, ?, 0, ?, ?, ?)`,
    )
    .run(
      job.id,
      app.seq,
      endpoint.seq,
      job.kind,
      JSON.stringify(job.params),
      low,
      low,
      high,
      job.createdAt,
      job.createdAt,
      job.createdAt,
    );
  saveIdempotent(writer, p.idempotencyKey, [job.id]);
  return { repeated: false, value: toJob(jobRow(writer, job.id) as JobRow) };
}

export function getJob(connection: Connection, p: Params<"get">): Job | null {
  const row = findJob(connection, p);
  return row === null ? null : toJob(row);
}

export function listJobs(reader: Reader, p: Params<"list">): Page<Job> | null {
  const app = p.appRef === null ? null : findApp(reader, p.appRef);
  if (app === null && p.appRef !== null) return null;
  const ofApp = app === null ? "" : "job.appSeq = ? AND";
  const before = app === null ? [] : [app.seq];
  const scanned = scan<JobRow>(reader, {
    window: p.window,
    range: { low: 0, high: Number.MAX_SAFE_INTEGER },
    cursor: p.window.after === null ? null : jobPosition(reader, p.window.after),
    read: (range, upwards, count) =>
      reader
        .sql(
          `${JOB} WHERE ${ofApp} job.seq >= ? AND job.seq < ?
           ORDER BY job.seq ${upwards ? "ASC" : "DESC"} LIMIT ?`,
        )
        .all(...before, range.low, range.high, count) as JobRow[],
    keep: (row) =>
      (p.states === undefined || p.states.includes(row.state)) &&
      (p.kind === undefined || p.kind === row.kind),
  });
  return pageOfScan(p.window, scanned, scanned.rows.map(toJob), (row) => row.id);
}

export function cancelJob(writer: Writer, p: Params<"cancel">): Job | null {
  const row = findJob(writer, p);
  if (row === null) return null;
  writer
    .sql("UPDATE job SET state = 'cancelled', updatedAt = ? WHERE seq = ? AND state = 'running'")
    .run(p.now, row.seq);
  return toJob(jobRow(writer, row.id) as JobRow);
}

/** Part of the sweep. */
export function purgeJobs(writer: Writer, cx: SweepContext, limit: number): number {
  return Number(
    writer
      .sql(
        `DELETE FROM job WHERE seq IN
           (SELECT seq FROM job WHERE state <> 'running' AND updatedAt < ? LIMIT ?)`,
      )
      .run(cx.now - KEPT_MS, limit).changes,
  );
}

export function toJob(row: JobRow): Job {
  const looked = row.high <= row.low ? 1 : (row.position - row.low) / (row.high - row.low);
  return {
    id: row.id,
    appId: row.appId,
    endpointId: row.endpointId,
    kind: row.kind,
    state: row.state,
    params: JSON.parse(row.params) as ReplayParams,
    done: row.done,
    progress: row.state === "finished" ? 1 : looked,
    reason: row.reason,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

function jobRow(connection: Connection, id: string): JobRow | null {
  return (connection.sql(`${JOB} WHERE job.id = ?`).get(id) as JobRow | undefined) ?? null;
}

/** A deleted app's are nobody's but the operator's. */
function findJob(connection: Connection, p: { appRef: string | null; id: string }): JobRow | null {
  const row = jobRow(connection, p.id);
  if (row === null || p.appRef === null) return row;
  return findApp(connection, p.appRef)?.id === row.appId ? row : null;
}

function jobPosition(connection: Connection, id: string): number {
  const row = connection.sql("SELECT seq FROM job WHERE id = ?").get(id);
  if (row !== undefined) return row["seq"] as number;
  const next = connection.sql("SELECT seq FROM job WHERE id > ? ORDER BY id LIMIT 1").get(id);
  return next === undefined ? Number.MAX_SAFE_INTEGER : (next["seq"] as number) - 0.5;
}

const GREATEST = {
  event: "SELECT max(seq) AS seq FROM event",
  delivery: "SELECT max(seq) AS seq FROM delivery",
} as const;

/** The rows that are there now and may lie in the time asked for: what comes later is not the job's. */
function loadRange(writer: Writer, { kind, params }: NewJob): PlaceRange {
  const table = kind === "endpoint.replay" ? "event" : "delivery";
  const range = rangeOfTime(writer, table, params);
  const greatest = (writer.sql(GREATEST[table]).get()?.["seq"] as number | null) ?? 0;
  const high = Math.min(range.high, greatest + 1);
  return { low: Math.min(range.low, high), high };
}
