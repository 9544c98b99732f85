/** Jobs as rows: create, get, list, cancel, purge. `step.ts` runs their slices. */
import { LIMITS, limitOf } from "../../core/limits.ts";
import { refuseLimit } from "../../core/limits/limit.ts";
import { findEndpoint } from "../endpoints/rows.ts";
import { scan } from "../history/scan.ts";
import { scopeToApp, type Idempotent } from "../idempotency.ts";
import type { Job, JobKind, JobState, JobStore } from "../interface/jobs.ts";
import type { Page } from "../page.ts";
import { pageOfScan, toOrder } from "../paging.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import { isFull } from "../queue/quotas.ts";
import { type AppRow, findApp } from "../tenancy/app-row.ts";
import { toOwnLimits } from "../tenancy/own-limits.ts";
import { reportEnded } from "./report-ended.ts";
import { startWaiting } from "./groups.ts";
import { findPlaces, type StoredParams } from "./places.ts";

type Params<M extends keyof JobStore> = Parameters<JobStore[M]>[0];

export type JobRow = {
  readonly seq: number;
  readonly id: string;
  readonly appSeq: number;
  readonly appId: string;
  readonly endpointId: string | null;
  readonly groupId: string | null;
  readonly endpointSeq: number | null;
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
  FROM job JOIN app ON app.seq = job.app_seq LEFT JOIN endpoint ON endpoint.seq = job.endpoint_seq`;
/** The kind of the jobs that delete content. */
export const PURGE: JobKind = "application.purge_content";
/** A job that has ended does not keep the number that it erased. */
export const NO_PARAMS = JSON.stringify({
  since: 0,
  until: null,
  filter: {},
} satisfies StoredParams);
/** Ended jobs stay visible for 90 days, as in Svix. */
const KEPT_MS = 90 * 24 * 3_600_000;

export function* createJob(s: WriteSession, p: Params<"create">): Steps<Idempotent<Job> | null> {
  const app = yield* findApp(s, p.appRef);
  if (app === null) return null;
  const endpoint = yield* findEndpoint(s, app.seq, p.endpointRef);
  if (endpoint === null) return null;
  const key = scopeToApp(p.idempotencyKey, app.id);
  const before = (yield* s.findIdempotent(key))?.[0];
  if (before !== undefined) {
    const known = yield* getJob(s, { appRef: null, id: before });
    return known === null ? null : { repeated: true, value: known };
  }
  yield* refuseTooMany(s, app);
  const { job } = p;
  const { low, high, params: found } = yield* findPlaces(s, endpoint, job);
  const params = p.startedBy === undefined ? found : { ...found, startedBy: p.startedBy };
  yield* s.run(
    `INSERT INTO job (id, app_seq, endpoint_seq, kind, state, params, low, position, high, done,
       next_at, created_at, updated_at)
     VALUES (?1, ?2, ?3, ?4, 'running', ?5, ?6, ?6, ?7, 0, ?8, ?8, ?8)`,
    [job.id, app.seq, endpoint.seq, job.kind, JSON.stringify(params), low, high, job.createdAt],
  );
  yield* s.saveIdempotent(key, [job.id]);
  return { repeated: false, value: toJob((yield* jobRow(s, job.id)) as JobRow) };
}

/** The second of two concurrent creations waits for the first and counts it. */
export function* refuseTooMany(s: WriteSession, app: AppRow): Steps<void> {
  yield* s.run(`SELECT 1 FROM app WHERE seq = ?1 ${s.sql.forNoKeyUpdate}`, [app.seq]);
  const limit = limitOf(s.limits, toOwnLimits(app.ownLimits), "backgroundTasks");
  if (isFull(yield* countRunning(s, app.seq), limit))
    throw refuseLimit(LIMITS.backgroundTasks, limit);
}

export function* countRunning(s: Session, appSeq: number): Steps<number> {
  const counted = yield* s.one<{ running: number }>(
    "SELECT count(*) AS running FROM job WHERE app_seq = ?1 AND state = 'running'",
    [appSeq],
  );
  return counted?.running ?? 0;
}

export function* getJob(s: Session, p: Params<"get">): Steps<Job | null> {
  const row = yield* findJob(s, p);
  return row === null ? null : toJob(row);
}

export function* listJobs(s: Session, p: Params<"list">): Steps<Page<Job> | null> {
  const app = p.appRef === null ? null : yield* findApp(s, p.appRef);
  if (app === null && p.appRef !== null) return null;
  const ofApp = app === null ? "" : "job.app_seq = ?4 AND";
  const scanned = yield* scan<JobRow>(
    s,
    {
      window: p.window,
      range: { low: 0, high: Number.MAX_SAFE_INTEGER },
      cursor: p.window.after === null ? null : yield* jobPosition(s, p.window.after),
      read: (range, upwards, count) =>
        s.all<JobRow>(
          `${JOB} WHERE ${ofApp} job.seq >= ?1 AND job.seq < ?2
           ORDER BY job.seq ${toOrder(upwards)} LIMIT ?3`,
          [range.low, range.high, count, ...(app === null ? [] : [app.seq])],
        ),
      keep: (row) =>
        (p.states === undefined || p.states.includes(row.state)) &&
        (p.kind === undefined || p.kind === row.kind),
    },
    ({ seq }) => seq,
  );
  return pageOfScan(p.window, scanned, scanned.rows.map(toJob), (row) => row.id);
}

/** A slice under way holds the row on PostgreSQL, so the call waits for it. */
export function* cancelJob(s: WriteSession, p: Params<"cancel">): Steps<Job | null> {
  const row = yield* findJob(s, p);
  if (row === null) return null;
  const changed = yield* s.run(
    `UPDATE job SET state = 'cancelled', params = ?1, updated_at = ?2
     WHERE seq = ?3 AND (state = 'running' OR state = 'waiting')`,
    [row.kind === PURGE ? NO_PARAMS : row.params, p.now, row.seq],
  );
  const task = toJob((yield* jobRow(s, row.id)) as JobRow);
  if (changed > 0) {
    yield* reportEnded(s, [{ task, appSeq: row.appSeq }], p.now);
    yield* startWaiting(s, p.now);
  }
  return task;
}

/** Part of the sweep: deletes at most `limit` jobs that ended long ago. */
export function* purgeJobs(s: Session, now: number, limit: number): Steps<number> {
  return yield* s.run(
    `DELETE FROM job WHERE seq IN
       (SELECT seq FROM job WHERE state <> 'running' AND state <> 'waiting' AND updated_at < ?1 LIMIT ?2)`,
    [now - KEPT_MS, limit],
  );
}

export function toJob(row: JobRow): Job {
  const progress = row.high <= row.low ? 1 : (row.position - row.low) / (row.high - row.low);
  const {
    before: _,
    seq: ______,
    number: __,
    all: ___,
    named: ____,
    otherAddresses: _____,
    startedBy = null,
    ...params
  } = JSON.parse(row.params) as StoredParams;
  return {
    id: row.id,
    appId: row.appId,
    endpointId: row.endpointId,
    groupId: row.groupId,
    startedBy,
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

export function* jobRow(s: Session, id: string): Steps<JobRow | null> {
  return yield* s.one<JobRow>(`${JOB} WHERE job.id = ?1`, [id]);
}

/** Only the operator sees the jobs of a deleted application. */
function* findJob(s: Session, p: { appRef: string | null; id: string }): Steps<JobRow | null> {
  const row = yield* jobRow(s, p.id);
  if (row === null || p.appRef === null) return row;
  return (yield* findApp(s, p.appRef))?.id === row.appId ? row : null;
}

function* jobPosition(s: Session, id: string): Steps<number> {
  const row = yield* s.one<{ seq: number }>("SELECT seq FROM job WHERE id = ?1", [id]);
  if (row !== null) return row.seq;
  const next = yield* s.one<{ seq: number }>(
    `SELECT seq FROM job WHERE id ${s.sql.binary} > ?1 ORDER BY id ${s.sql.binary} LIMIT 1`,
    [id],
  );
  return next === null ? Number.MAX_SAFE_INTEGER : next.seq - 0.5;
}
