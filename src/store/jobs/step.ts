/**
 * Steps of jobs: the next slice of each due job, longest wait first. The changes of a slice, its position and
 * the due time of the next one are one transaction. That due time enforces the rate, regardless of the number
 * and frequency of callers. Jobs that another node is working on are skipped.
 */
import { performance } from "node:perf_hooks";
import type { EndpointRow } from "../endpoints/endpoint-row.ts";
import { firstFanOut } from "../fan-outs/first.ts";
import type { Job, JobState, JobStore, ReplayKind, StatisticsKind } from "../interface/jobs.ts";
import { probeNow } from "../queue/endpoint-state.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import { type Ended, reportEnded } from "./report-ended.ts";
import { startWaiting } from "./groups.ts";
import { loadRoom } from "./room.ts";
import { purgeSlice, readParams } from "./purge-content.ts";
import { eraseSlice } from "./erase-number.ts";
import type { StoredParams } from "./places.ts";
import { JOB, type JobRow, NO_PARAMS, PURGE, toJob } from "./rows.ts";
import { slice } from "./slices.ts";
import { type StatisticsSlice, statisticsSlice } from "./statistics-slices.ts";

/** Slices of a job per second: frequent enough to be smooth, large enough to be worth a commit. */
const SLICES_PER_SECOND = 4;
/** Maximum that a slow step catches up with at once. */
const CATCH_UP_MS = 1000;
/** Wait while the endpoint has used its quota, or the app half of its quota. */
const ROOM_WAIT_MS = 1000;
/** Wait for the deliveries of a large publish. */
const FAN_OUT_WAIT_MS = 1000;
/** Later than any slice can be due, which means that the clock was set back. */
const MAX_DELAY_MS = 600_000;
const JOBS_PER_STEP = 50;

type Step = Parameters<JobStore["step"]>[0];
type Next = {
  readonly state: JobState;
  readonly position: number;
  /** The second part of the position, for a walk in the order of failures. */
  readonly seq?: number | undefined;
  /** Deliveries that this slice made due, or events that it erased. */
  readonly made: number;
  readonly reason: string | null;
  readonly nextAt: number;
};

export function* stepJobs(
  s: WriteSession,
  p: Step,
): Steps<{ done: number; nextAt: number | null; ended: Job[] }> {
  const stopAt = performance.now() + p.sliceMs;
  const ended: Ended[] = [];
  const changed = new Set<number>();
  const begun = new Set<number>();
  let made = 0;
  for (const job of yield* takeDue(s, p.now)) {
    const next = yield* runSlice(s, job, { ...p, stopAt });
    const { state, position, reason } = next;
    const done = job.done + next.made;
    const params = toParams(job, next);
    yield* s.run(
      `UPDATE job SET state = ?1, position = ?2, done = ?3, reason = ?4, next_at = ?5, updated_at = ?6,
         params = ?8
       WHERE seq = ?7`,
      [state, position, done, reason, next.nextAt, p.now, job.seq, params],
    );
    if (job.endpointSeq !== null && next.made > 0) {
      made += next.made;
      changed.add(job.endpointSeq);
      // The request implies that the receiver works again.
      if (job.done === 0) begun.add(job.endpointSeq);
    }
    if (state !== "running") {
      const task = toJob({ ...job, state, position, reason, done, updatedAt: p.now });
      ended.push({ task, appSeq: job.appSeq });
    }
    if (performance.now() >= stopAt) break;
  }
  yield* s.addDue([...changed].map((endpointSeq) => ({ endpointSeq, dueAt: p.now })));
  yield* probeNow(s, [...begun], p.now);
  yield* reportEnded(s, ended, p.now);
  if (ended.length > 0) yield* startWaiting(s, p.now);
  const next = yield* s.one<{ at: number | null }>(
    "SELECT min(next_at) AS at FROM job WHERE state = 'running'",
  );
  return { done: made, nextAt: next?.at ?? null, ended: ended.map(({ task }) => task) };
}

/** The stored parameters after a slice. */
function toParams(job: JobRow, { state, seq }: Next): string {
  if (state !== "running" && job.kind === PURGE) return NO_PARAMS;
  if (seq === undefined) return job.params;
  return JSON.stringify({ ...readParams(job), seq } satisfies StoredParams);
}

/** When the next slice of a job is due, and whether one is due now; null when no job is running. */
export function* nextSlice(
  s: Session,
  now: number,
): Steps<{ readonly nextAt: number | null; readonly isDue: boolean }> {
  const row = yield* s.one<{ first: number | null; last: number | null }>(
    "SELECT min(next_at) AS first, max(next_at) AS last FROM job WHERE state = 'running'",
  );
  const { first = null, last = null } = row ?? {};
  if (first === null || last === null) return { nextAt: null, isDue: false };
  return { nextAt: first, isDue: first <= now || last > now + MAX_DELAY_MS };
}

/** Locks the jobs and their applications, so that the endpoints stay unchanged. */
function* takeDue(s: WriteSession, now: number): Steps<readonly JobRow[]> {
  // A job that is due far ahead was created by a clock that was set back since.
  const far = now + MAX_DELAY_MS;
  const found = yield* s.all<{ appSeq: number }>(
    `SELECT app_seq FROM job WHERE state = 'running' AND next_at <= ?1
     UNION ALL SELECT app_seq FROM job WHERE state = 'running' AND next_at > ?2`,
    [now, far],
  );
  const appSeqs = new Set(found.map(({ appSeq }) => appSeq));
  if (appSeqs.size === 0) return [];
  yield* s.shareApps([...appSeqs]);
  yield* s.beginScan();
  // The jobs of a clock that was set back come first. After their turn they are due like others.
  const early = yield* takeJobs(s, "next_at > ?1", far);
  const taken = [...early, ...(yield* takeJobs(s, "next_at <= ?1", now))];
  // A job that became due meanwhile has its turn in the next step.
  return taken.filter(({ appSeq }) => appSeqs.has(appSeq));
}

function* takeJobs(s: WriteSession, range: string, at: number): Steps<readonly JobRow[]> {
  return yield* s.all<JobRow>(
    `${JOB} WHERE job.state = 'running' AND ${range}
     ORDER BY next_at, job.seq LIMIT ${JOBS_PER_STEP} ${s.sql.skipLocked("job")}`,
    [at],
  );
}

function* runSlice(s: WriteSession, job: JobRow, p: Step & { stopAt: number }): Steps<Next> {
  if (job.endpointSeq === null) {
    const { position, done, failure = null } = yield* sliceOfApp(s, job, p);
    const state = failure !== null ? "failed" : position >= job.high ? "finished" : "running";
    return { state, position, made: done, reason: failure, nextAt: p.now };
  }
  const endpoint = yield* s.one<EndpointRow>("SELECT * FROM endpoint WHERE seq = ?1", [
    job.endpointSeq,
  ]);
  if (endpoint === null || endpoint.status === "deleted") {
    const { position, nextAt } = job;
    return { state: "failed", position, made: 0, reason: "endpoint_deleted", nextAt };
  }
  const high = yield* findEnd(s, job);
  if (high <= job.position && high < job.high) {
    const nextAt = p.now + FAN_OUT_WAIT_MS;
    return { state: "running", position: job.position, made: 0, reason: "fan_out_pending", nextAt };
  }
  const sliced = yield* slice(
    s,
    job.kind as ReplayKind,
    {
      ...p,
      endpoint,
      params: readParams(job),
      limit: Math.max(1, Math.min(p.limit, Math.ceil(p.perSecond / SLICES_PER_SECOND))),
      room: yield* loadRoom(s, endpoint),
      high,
    },
    job.position,
  );
  return {
    state: sliced.position >= job.high ? "finished" : "running",
    position: sliced.position,
    seq: sliced.seq,
    made: sliced.done,
    reason: sliced.isFull ? "backlog_full" : null,
    nextAt: sliced.isFull ? p.now + ROOM_WAIT_MS : nextByRate(job, sliced.done, p),
  };
}

/** Jobs without an endpoint. */
function sliceOfApp(
  s: WriteSession,
  job: JobRow,
  p: { readonly now: number; readonly stopAt: number },
): Steps<StatisticsSlice> {
  const { kind } = job;
  if (kind !== PURGE) return statisticsSlice(s, job, { ...p, kind: kind as StatisticsKind });
  return readParams(job).all === true ? purgeSlice(s, job, p) : eraseSlice(s, job, p);
}

/** A walk over events ends for now below the first one that is not fanned out. */
function* findEnd(s: WriteSession, { kind, appSeq, high }: JobRow): Steps<number> {
  if (kind !== "endpoint.replay") return high;
  return Math.min(high, (yield* firstFanOut(s, appSeq)) ?? high);
}

/** A slice that found nothing continues as soon as the other jobs have had their turn. */
function nextByRate(job: JobRow, made: number, { now, perSecond }: Step): number {
  if (made === 0) return now;
  const dueAt = Math.min(job.nextAt, now);
  return Math.max(dueAt, now - CATCH_UP_MS) + Math.ceil((made * 1000) / perSecond);
}
