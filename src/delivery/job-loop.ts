/**
 * Jobs, slice by slice: each holds the writer for some milliseconds at most, and there is a pause
 * after each, so publishing and sending go on beside it. When a slice is due is the store's to say.
 */
import type { JobStore } from "../store/jobs.ts";
import { jobEnded, replayed } from "../telemetry/events.ts";
import type { Telemetry } from "../telemetry/events.ts";
import type { Clock } from "./clock.ts";
import { createStoreCalls } from "../telemetry/store-calls.ts";

export type JobLoop = { stop(): void };

/** With the chunk that passes it and the commit, a stall of the writer stays below 20 ms and an fsync. */
const SLICE_MS = 5;
const SLICE_LIMIT = 200;
const PAUSE_MS = 20;
/** Who makes a job says so; this is for one whose node has died. */
const POLL_INTERVAL_MS = 15_000;
/** What retention takes within this time is not worth a replay. */
const LAST_HOUR_MS = 3_600_000;

export function startJobLoop(given: {
  jobs: Pick<JobStore, "step" | "listen">;
  /** Of each job. */
  perSecond: number;
  retentionMs: number;
  clock: Clock;
  telemetry: Telemetry;
}): JobLoop {
  const { jobs, clock, telemetry, perSecond } = given;
  const calls = createStoreCalls(telemetry, "job");
  let isStopped = false;
  let isStepping = false;
  let isAsked = false;
  let cancel = clock.setTimer(clock.now(), () => void run());

  async function step(): Promise<number> {
    const now = clock.now();
    const {
      done: count,
      nextAt,
      ended,
    } = await jobs.step({
      now,
      limit: SLICE_LIMIT,
      perSecond,
      sliceMs: SLICE_MS,
      keptSince: now - given.retentionMs + LAST_HOUR_MS,
    });
    if (count > 0) replayed(telemetry, { count });
    for (const job of ended) {
      const { id, kind, endpointId, done, state, reason } = job;
      jobEnded(telemetry, { jobId: id, kind, endpointId, done, state, reason });
    }
    const lookAt = clock.now() + POLL_INTERVAL_MS;
    return nextAt === null ? lookAt : Math.min(lookAt, Math.max(nextAt, clock.now() + PAUSE_MS));
  }

  async function run(): Promise<void> {
    let nextAt = clock.now() + POLL_INTERVAL_MS;
    isStepping = true;
    isAsked = false;
    try {
      nextAt = await step();
      calls.worked();
    } catch (err) {
      if (!isStopped) calls.failed(err);
    }
    isStepping = false;
    runAt(isAsked ? clock.now() : nextAt);
  }

  function runAt(at: number): void {
    cancel();
    if (!isStopped) cancel = clock.setTimer(at, () => void run());
  }

  jobs.listen({
    onCreated() {
      // A step that is under way may have missed it.
      if (isStepping) isAsked = true;
      else runAt(clock.now());
    },
  });

  return {
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
