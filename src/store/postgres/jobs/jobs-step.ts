/**
 * The steps of jobs: the next slice of each job that is due, the longest waiting job first. One transaction
 * holds a slice's changes, its progress and the next due time. That due time keeps the rate, however many
 * nodes call this and however often. Jobs that another node is working on are skipped.
 */
import { performance } from "node:perf_hooks";
import type { Job, JobState, JobStore } from "../../interface/jobs.ts";
import { loadEndpointsBySeq } from "../tenancy/endpoint-load.ts";
import type { RoutedEndpoint } from "../cluster/routed-endpoint.ts";
import { addDue, type Due } from "../queue/endpoint-queue.ts";
import { probeNow } from "../queue/endpoint-state.ts";
import { JOB, toJob, type JobRow } from "../../jobs/rows.ts";
import type { PlacedParams } from "./job-places.ts";
import { SLICES } from "./jobs-slices.ts";
import type { SliceContext, Sliced } from "./jobs-walk.ts";
import { lockShared } from "../server/locks.ts";
import { planByValues } from "../server/plan-by-values.ts";
import type { Tx } from "../types.ts";

/** Slices of a job per second: short enough to be smooth, long enough to be worth a commit. */
const SLICES_PER_SECOND = 4;
/** Maximum time that a slow step may catch up with at once. */
const CATCH_UP_MS = 1000;
/** Wait while the endpoint's quota is used up, or half of the app's quota. */
const ROOM_WAIT_MS = 1000;
/** Later than any slice can be due: such a time means that the clock was set back. */
export const FAR_MS = 600_000;
const JOBS_PER_STEP = 50;

type Step = Parameters<JobStore["step"]>[0];
type Next = {
  readonly endpoint: RoutedEndpoint | null;
  readonly state: JobState;
  readonly position: number;
  readonly done: number;
  readonly reason: string | null;
  readonly nextAt: number;
};

export async function stepJobs(
  tx: Tx,
  p: Step,
): Promise<{ done: number; nextAt: number | null; ended: Job[] }> {
  const stopAt = performance.now() + p.sliceMs;
  const due = await takeDue(tx, p.now);
  const added = new Map<number, number>();
  const dues: Due[] = [];
  const probedSooner: RoutedEndpoint[] = [];
  const ended: Job[] = [];
  let done = 0;
  for (const job of due) {
    const next = await runSlice(tx, job, { ...p, stopAt, added });
    const sum = job.done + next.done;
    await save(tx, job, { ...next, done: sum }, p.now);
    done += next.done;
    if (next.endpoint !== null && next.done > 0) {
      dues.push({ endpointSeq: next.endpoint.seq, dueAt: p.now });
      // The caller has reason to believe that the receiver works again.
      if (job.done === 0) probedSooner.push(next.endpoint);
    }
    const { state, position, reason } = next;
    if (state !== "running") {
      ended.push(toJob({ ...job, state, position, reason, done: sum, updatedAt: p.now }));
    }
    if (performance.now() >= stopAt) break;
  }
  await addDue(tx, dues);
  for (const endpoint of probedSooner) await probeNow(tx, endpoint, p.now);
  const [row] = await tx.sql<{ nextAt: number | null }>(
    "SELECT min(next_at) AS next_at FROM job WHERE state = 'running'",
  );
  return { done, nextAt: row?.nextAt ?? null, ended };
}

/** Locks the jobs and their apps, so that the endpoints stay unchanged. */
async function takeDue(tx: Tx, now: number): Promise<readonly JobRow[]> {
  const apps = await tx.sql<{ appSeq: number }>(
    `SELECT DISTINCT app_seq FROM job
     WHERE state = 'running' AND (next_at <= $1 OR next_at > $2)`,
    [now, now + FAR_MS],
  );
  if (apps.length === 0) return [];
  const appSeqs = apps.map(({ appSeq }) => appSeq);
  await lockShared(tx, "app", appSeqs);
  await planByValues(tx);
  return await tx.sql<JobRow>(
    `${JOB} WHERE job.state = 'running' AND (next_at <= $1 OR next_at > $2)
       AND job.app_seq = ANY ($3::bigint[])
     ORDER BY next_at, job.seq LIMIT ${JOBS_PER_STEP} FOR UPDATE OF job SKIP LOCKED`,
    [now, now + FAR_MS, appSeqs],
  );
}

async function runSlice(
  tx: Tx,
  job: JobRow,
  p: Step & Pick<SliceContext, "stopAt" | "added">,
): Promise<Next> {
  const endpoint = (await loadEndpointsBySeq(tx, [job.endpointSeq])).get(job.endpointSeq);
  if (endpoint === undefined || endpoint.status === "deleted") {
    const { position, nextAt } = job;
    return {
      endpoint: null,
      state: "failed",
      position,
      done: 0,
      reason: "endpoint_deleted",
      nextAt,
    };
  }
  await tx.node.backlog.load(tx, [endpoint.seq]);
  await tx.node.pendingBytes.load(tx, [endpoint.appSeq]);
  const room = Math.max(1, Math.min(p.limit, Math.ceil(p.perSecond / SLICES_PER_SECOND)));
  const params = JSON.parse(job.params) as PlacedParams;
  const context: SliceContext = { ...p, endpoint, params, room, high: job.high };
  const sliced: Sliced = await SLICES[job.kind](tx, context, job.position);
  return {
    endpoint,
    state: sliced.position >= job.high ? "finished" : "running",
    position: sliced.position,
    done: sliced.done,
    reason: sliced.isFull ? "backlog_full" : null,
    nextAt: sliced.isFull ? p.now + ROOM_WAIT_MS : nextByRate(job, sliced.done, p),
  };
}

/** A slice that found nothing continues as soon as the other jobs have had their turn. */
function nextByRate({ nextAt }: JobRow, done: number, { now, perSecond }: Step): number {
  if (done === 0) return now;
  // A job that was due far ahead, by a clock that was set back since, is due now.
  const dueAt = nextAt > now ? now : nextAt;
  return Math.max(dueAt, now - CATCH_UP_MS) + Math.ceil((done * 1000) / perSecond);
}

async function save(tx: Tx, job: JobRow, next: Next, now: number): Promise<void> {
  await tx.run(
    `UPDATE job SET state = $1, position = $2, done = $3, reason = $4, next_at = $5, updated_at = $6
     WHERE seq = $7`,
    [next.state, next.position, next.done, next.reason, next.nextAt, now, job.seq],
  );
}
