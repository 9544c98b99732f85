/** Jobs as rows: create, get, list, cancel, purge. The slices are in `jobs-step.ts`. */
import { AppError } from "../../core/error.ts";
import type { Job, JobKind, JobState, JobStore, NewJob, ReplayParams } from "../jobs.ts";
import { pageOfScan, type PlaceRange } from "../paging.ts";
import type { Page } from "../page.ts";
import type { Idempotent } from "../idempotency.ts";
import { findApp } from "./apps.ts";
import type { Connection } from "./connection.ts";
import { findEndpoint } from "./endpoint-rows.ts";
import { transactionPosition } from "./feed-position.ts";
import { findIdempotent, saveIdempotent } from "./idempotency.ts";
import { scan } from "./scan.ts";
import { positionsOfTime, rowsOfTime } from "./time-position.ts";
import type { Reader, Tx } from "./types.ts";

type Params<M extends keyof JobStore> = Parameters<JobStore[M]>[0];

/**
 * Events that were accepted before the job was created have a position below `before`. A row id does not show
 * this, because the ids of one minute are in no order.
 */
export type StoredParams = ReplayParams & { readonly before: number };

export type JobRow = {
  readonly seq: number;
  readonly id: string;
  readonly appSeq: number;
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

export const JOB = `SELECT job.*, app.id AS app_id, endpoint.id AS endpoint_id
  FROM job JOIN app ON app.seq = job.app_seq JOIN endpoint ON endpoint.seq = job.endpoint_seq`;

/** Maximum number of running jobs of an app, so that no app fills the table or takes all slices. */
const MOST_RUNNING = 20;
const ASK_AGAIN_SECONDS = 10;
/** Time for which an ended job is kept; Svix keeps it as long. */
const KEPT_MS = 90 * 24 * 3_600_000;

export async function createJob(tx: Tx, p: Params<"create">): Promise<Idempotent<Job> | null> {
  const app = await findApp(tx, p.appRef);
  const endpoint = app === null ? null : await findEndpoint(tx, app.seq, p.endpointRef);
  if (app === null || endpoint === null) return null;
  const before = (await findIdempotent(tx, p.idempotencyKey))?.[0];
  if (before !== undefined) {
    const job = await getJob(tx, { appRef: null, id: before });
    return job === null ? null : { repeated: true, value: job };
  }
  await refuseTooMany(tx, app.seq);
  const { job } = p;
  const stored: StoredParams = { ...job.params, before: await transactionPosition(tx) };
  const { low, high } = await loadRange(tx, { kind: job.kind, appSeq: app.seq, params: stored });
  await tx.run(
    `INSERT INTO job (id, app_seq, endpoint_seq, kind, state, params, low, position, high, done,
       next_at, created_at, updated_at)
     VALUES ($1, $2, $3, $4, 'running', $5, $6, $6, $7, 0, $8, $8, $8)`,
    [job.id, app.seq, endpoint.seq, job.kind, JSON.stringify(stored), low, high, job.createdAt],
  );
  await saveIdempotent(tx, p.idempotencyKey, [job.id]);
  return { repeated: false, value: toJob((await jobRow(tx, job.id)) as JobRow) };
}

/** The second of two concurrent transactions waits for the first, and counts its job. */
async function refuseTooMany(tx: Tx, appSeq: number): Promise<void> {
  await tx.sql("SELECT 1 FROM app WHERE seq = $1 FOR NO KEY UPDATE", [appSeq]);
  const [counted] = await tx.sql<{ running: number }>(
    "SELECT count(*) AS running FROM job WHERE app_seq = $1 AND state = 'running'",
    [appSeq],
  );
  const running = counted?.running ?? 0;
  if (running < MOST_RUNNING) return;
  throw new AppError(
    "rate_limited",
    `This application has ${running} background tasks running, which is the maximum; wait for one to end, or cancel one.`,
    { retryAfterSeconds: ASK_AGAIN_SECONDS },
  );
}

export async function getJob(connection: Connection, p: Params<"get">): Promise<Job | null> {
  const row = await findJob(connection, p);
  return row === null ? null : toJob(row);
}

export async function listJobs(reader: Reader, p: Params<"list">): Promise<Page<Job> | null> {
  const app = p.appRef === null ? null : await findApp(reader, p.appRef);
  if (app === null && p.appRef !== null) return null;
  const scanned = await scan<JobRow & { readonly place: number }>(reader, {
    window: p.window,
    range: { low: 0, high: Number.MAX_SAFE_INTEGER },
    cursor: p.window.after === null ? null : await jobPosition(reader, p.window.after),
    read: async (range, upwards, count) => {
      const rows = await reader.sql<JobRow>(
        `${JOB} WHERE ($1::bigint IS NULL OR job.app_seq = $1) AND job.seq >= $2 AND job.seq < $3
         ORDER BY job.seq ${upwards ? "ASC" : "DESC"} LIMIT $4`,
        [app?.seq ?? null, range.low, range.high, count],
      );
      return rows.map((row) => ({ ...row, place: row.seq }));
    },
    keep: (row) =>
      (p.states === undefined || p.states.includes(row.state)) &&
      (p.kind === undefined || p.kind === row.kind),
  });
  return pageOfScan(p.window, scanned, scanned.rows.map(toJob), (row) => row.id);
}

/** A running slice has locked the row, so the cancellation waits for it. */
export async function cancelJob(tx: Tx, p: Params<"cancel">): Promise<Job | null> {
  const row = await findJob(tx, p);
  if (row === null) return null;
  await tx.run(
    "UPDATE job SET state = 'cancelled', updated_at = $1 WHERE seq = $2 AND state = 'running'",
    [p.now, row.seq],
  );
  return toJob((await jobRow(tx, row.id)) as JobRow);
}

/** Deletes the jobs that ended long ago; part of the sweep. */
export async function purgeJobs(tx: Tx, cx: { readonly now: number }, limit: number) {
  return await tx.run(
    `DELETE FROM job WHERE seq IN
       (SELECT seq FROM job WHERE state <> 'running' AND updated_at < $1 LIMIT $2)`,
    [cx.now - KEPT_MS, limit],
  );
}

export function toJob(row: JobRow): Job {
  const progress = row.high <= row.low ? 1 : (row.position - row.low) / (row.high - row.low);
  const { before: _, ...params } = JSON.parse(row.params) as StoredParams;
  return {
    id: row.id,
    appId: row.appId,
    endpointId: row.endpointId,
    kind: row.kind,
    state: row.state,
    params,
    done: row.done,
    progress: row.state === "finished" ? 1 : progress,
    reason: row.reason,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

async function jobRow(connection: Connection, id: string): Promise<JobRow | null> {
  const [row] = await connection.sql<JobRow>(`${JOB} WHERE job.id = $1`, [id]);
  return row ?? null;
}

/** Only the operator sees the jobs of a deleted app. */
async function findJob(
  connection: Connection,
  p: { appRef: string | null; id: string },
): Promise<JobRow | null> {
  const row = await jobRow(connection, p.id);
  if (row === null || p.appRef === null) return row;
  return (await findApp(connection, p.appRef))?.id === row.appId ? row : null;
}

async function jobPosition(connection: Connection, id: string): Promise<number> {
  const [row] = await connection.sql<{ seq: number }>("SELECT seq FROM job WHERE id = $1", [id]);
  if (row !== undefined) return row.seq;
  const [next] = await connection.sql<{ seq: number }>(
    `SELECT seq FROM job WHERE id COLLATE "C" > $1 ORDER BY id COLLATE "C" LIMIT 1`,
    [id],
  );
  return next === undefined ? Number.MAX_SAFE_INTEGER : next.seq - 0.5;
}

/** The present places that may be in the requested time: positions of events, row ids of deliveries. */
async function loadRange(
  tx: Tx,
  { kind, appSeq, params }: { kind: NewJob["kind"]; appSeq: number; params: StoredParams },
): Promise<PlaceRange> {
  if (kind === "endpoint.replay") {
    const range = await positionsOfTime(tx, params);
    const [first] = await tx.sql<{ low: number | null }>(
      "SELECT min(position) AS low FROM event WHERE app_seq = $1 AND position >= $2",
      [appSeq, range.low],
    );
    return within(first?.low ?? params.before, Math.min(range.high, params.before));
  }
  const range = rowsOfTime(params);
  const [row] = await tx.sql<{ low: number | null; last: number | null }>(
    `SELECT (SELECT seq FROM delivery WHERE seq >= $1 ORDER BY seq LIMIT 1) AS low,
       (SELECT max(seq) FROM delivery) AS last`,
    [range.low],
  );
  const high = Math.min(range.high, (row?.last ?? 0) + 1);
  return within(row?.low ?? high, high);
}

function within(low: number, high: number): PlaceRange {
  return { low: Math.min(low, high), high };
}
