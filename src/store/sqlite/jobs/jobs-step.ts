/**
 * Steps of jobs: the next slice of each due job, longest wait first. The changes of a slice, its position and
 * the due time of the next one are one transaction. That due time enforces the rate, regardless of the number
 * and frequency of callers.
 */
import { performance } from "node:perf_hooks";
import type { Job, JobState, JobStore } from "../../interface/jobs.ts";
import { addDue } from "../queue/endpoint-queue.ts";
import { probeNow } from "../queue/endpoint-state.ts";
import { JOB, toJob, type JobRow } from "../../jobs/rows.ts";
import { SLICES, type SliceContext, type Sliced } from "./jobs-slices.ts";
import { toText } from "../session.ts";
import type { Writer } from "../thread/writer-types.ts";

/** Slices of a job per second: frequent enough to be smooth, large enough to be worth a commit. */
const SLICES_PER_SECOND = 4;
/** Maximum that a slow step catches up with at once. */
const CATCH_UP_MS = 1000;
/** Wait while the endpoint has used its quota, or the app half of its quota. */
const ROOM_WAIT_MS = 1000;
/** Later than any slice can be due, which means that the clock was set back. */
const MAX_DELAY_MS = 600_000;
const JOBS_PER_STEP = 50;

type Step = Parameters<JobStore["step"]>[0];
type Next = {
  readonly state: JobState;
  readonly position: number;
  readonly done: number;
  readonly reason: string | null;
  readonly nextAt: number;
};

export function stepJobs(
  writer: Writer,
  p: Step,
): { done: number; nextAt: number | null; ended: Job[] } {
  const stopAt = performance.now() + p.sliceMs;
  writer
    .sql("UPDATE job SET nextAt = ? WHERE state = 'running' AND nextAt > ?")
    .run(p.now, p.now + MAX_DELAY_MS);
  const due = writer
    .sql(`${toText(JOB)} WHERE state = 'running' AND nextAt <= ? ORDER BY nextAt LIMIT ?`)
    .all(p.now, JOBS_PER_STEP) as JobRow[];
  const ended: Job[] = [];
  let done = 0;
  for (const job of due) {
    const next = runSlice(writer, job, { ...p, stopAt });
    const sum = job.done + next.done;
    save(writer, job, { ...next, done: sum }, p.now);
    done += next.done;
    if (next.state !== "running") ended.push(toJob({ ...job, ...next, done: sum }));
    if (performance.now() >= stopAt) break;
  }
  const nextAt = writer
    .sql("SELECT min(nextAt) AS nextAt FROM job WHERE state = 'running'")
    .get()?.["nextAt"] as number | null;
  return { done, nextAt, ended };
}

function runSlice(writer: Writer, job: JobRow, p: Step & { stopAt: number }): Next {
  const endpoint = writer.state.endpointBySeq(job.endpointSeq);
  if (endpoint === null || endpoint.status === "deleted") {
    const { position, nextAt } = job;
    return { state: "failed", position, done: 0, reason: "endpoint_deleted", nextAt };
  }
  const room = Math.max(1, Math.min(p.limit, Math.ceil(p.perSecond / SLICES_PER_SECOND)));
  const { params } = toJob(job);
  const context: SliceContext = { ...p, endpoint, params, room, high: job.high };
  const sliced: Sliced = SLICES[job.kind](writer, context, job.position);
  if (sliced.done > 0) addDue(writer, endpoint.seq, p.now);
  // The request implies that the receiver works again.
  if (sliced.done > 0 && job.done === 0) probeNow(writer, endpoint.seq, p.now);
  return {
    state: sliced.position >= job.high ? "finished" : "running",
    position: sliced.position,
    done: sliced.done,
    reason: sliced.isFull ? "backlog_full" : null,
    nextAt: sliced.isFull ? p.now + ROOM_WAIT_MS : nextByRate(job, sliced.done, p),
  };
}

/** A slice without a result continues as soon as the other jobs had their turn. */
function nextByRate({ nextAt }: JobRow, done: number, { now, perSecond }: Step): number {
  if (done === 0) return now;
  return Math.max(nextAt, now - CATCH_UP_MS) + Math.ceil((done * 1000) / perSecond);
}

function save(writer: Writer, job: JobRow, next: Next, now: number): void {
  writer
    .sql(
      `UPDATE job SET state = ?, position = ?, done = ?, reason = ?, nextAt = ?, updatedAt = ?
       WHERE seq = ?`,
    )
    .run(next.state, next.position, next.done, next.reason, next.nextAt, now, job.seq);
}
