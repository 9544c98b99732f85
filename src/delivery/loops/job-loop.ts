/**
 * Jobs, slice by slice. Each slice holds the writer for a few milliseconds at most, followed by a pause, so
 * publishing and sending continue beside it. The store decides when a slice is due.
 */
import type { JobStore } from "../../store/interface/jobs.ts";
import { jobEnded, replayed } from "../../telemetry/events.ts";
import type { Telemetry } from "../../telemetry/events.ts";
import type { Clock } from "./clock.ts";
import { createStoreCalls } from "../../telemetry/store-calls.ts";

export type JobLoop = { stop(): void };

/** With the chunk that exceeds it and the commit, a stall of the writer stays below 20 ms and an fsync. */
const SLICE_MS = 5;
const SLICE_LIMIT = 200;
const PAUSE_MS = 20;
/** The creator of a job notifies the loop; this poll is for a creator whose node has died. */
const POLL_INTERVAL_MS = 15_000;
/** Events that retention removes within this time are not replayed. */
const LAST_HOUR_MS = 3_600_000;

export function startJobLoop(given: {
  jobs: Pick<JobStore, "step" | "listen">;
  /** Deliveries per second of each job. */
  perSecond: number;
  retentionMs: number;
  clock: Clock;
  telemetry: Telemetry;
}): JobLoop {
  const { jobs, clock, telemetry, perSecond } = given;
  const calls = createStoreCalls(telemetry, "job");
  let isStopped = false;
  let isStepping = false;
  let isRunRequested = false;
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
    const pollAt = clock.now() + POLL_INTERVAL_MS;
    return nextAt === null ? pollAt : Math.min(pollAt, Math.max(nextAt, clock.now() + PAUSE_MS));
  }

  async function run(): Promise<void> {
    let nextAt = clock.now() + POLL_INTERVAL_MS;
    isStepping = true;
    isRunRequested = false;
    try {
      nextAt = await step();
      calls.worked();
    } catch (err) {
      if (!isStopped) calls.failed(err);
    }
    isStepping = false;
    runAt(isRunRequested ? clock.now() : nextAt);
  }

  function runAt(at: number): void {
    cancel();
    if (!isStopped) cancel = clock.setTimer(at, () => void run());
  }

  jobs.listen({
    onCreated() {
      // A step in progress may have missed the new job.
      if (isStepping) isRunRequested = true;
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
