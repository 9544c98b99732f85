/**
 * Jobs, slice by slice. Each slice holds the writer for a few milliseconds at most, followed by a pause, so
 * publishing and sending continue beside it. The store decides when a slice is due.
 */
import { replayableSince } from "../../core/delivery/replayable-since.ts";
import type { Instant } from "../../core/snapshot.ts";
import type { JobStore } from "../../store/interface/jobs.ts";
import { jobEnded, replayed } from "../../telemetry/events.ts";
import type { Telemetry } from "../../telemetry/events.ts";
import type { Clock } from "./clock.ts";
import { createLoop, type Backoff } from "./loop.ts";
import { createStoreCalls } from "../../telemetry/store-calls.ts";

export type JobLoop = { stop(): void };

/** With the chunk that exceeds it and the commit, a stall of the writer stays below 20 ms and an fsync. */
const SLICE_MS = 5;
const SLICE_LIMIT = 200;
const PAUSE_MS = 20;
/** The creator of a job notifies the loop; this poll is for a creator whose node has died. */
const POLL_INTERVAL_MS = 15_000;
const BACKOFF: Backoff = { firstMs: 1000, lastMs: POLL_INTERVAL_MS };

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
  const loop = createLoop({ clock, calls, backoff: BACKOFF, work: step });

  async function step(): Promise<Instant> {
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
      keptSince: replayableSince({ now, retentionMs: given.retentionMs }),
    });
    if (count > 0) replayed(telemetry, { count });
    for (const job of ended) {
      const { id, kind, endpointId, done, state, reason } = job;
      jobEnded(telemetry, { jobId: id, kind, endpointId, done, state, reason });
    }
    const pollAt = clock.now() + POLL_INTERVAL_MS;
    return nextAt === null ? pollAt : Math.min(pollAt, Math.max(nextAt, clock.now() + PAUSE_MS));
  }

  jobs.listen({
    onCreated() {
      loop.resume();
      loop.wake();
    },
  });
  loop.wake();
  return { stop: loop.stop };
}
