/**
 * Maintenance in slices. Each slice holds the writer for a few milliseconds at most, and the pauses between
 * them are three times as long. So publishing and sending continue beside it. Here an ordered delivery that
 * has waited long enough behind a predecessor is let through. A delivery behind an open breaker ends after
 * its 72 hours.
 */
import { DEADLINE_MS } from "../../core/delivery/retry-schedule.ts";
import type { QueueStore } from "../../store/interface/queue.ts";
import type { UpkeepStore } from "../../store/interface/upkeep.ts";
import { expiredBehindBreaker, swept } from "../../telemetry/events.ts";
import type { Telemetry } from "../../telemetry/events.ts";
import type { Emit } from "../engine-events.ts";
import type { Clock } from "./clock.ts";
import type { ClockSteps } from "./clock-steps.ts";
import { createLoop, type Loop } from "./loop.ts";
import { createStoreCalls } from "../../telemetry/store-calls.ts";

export type SweepLoop = { stop(): void };

/** Half of it is for the commit; a stall of the writer stays below 20 ms and an fsync. */
const SLICE_MS = 10;
/** Maintenance takes at most a quarter of the writer, which is enough for the intake of a full load. */
const PAUSES_PER_SLICE = 3;
const BUSY_PAUSE_MS = 20;
/**
 * While the search index is far behind, half of the writer: an event takes it longer to be accepted than to be
 * added to the index, so the index catches up with every load.
 */
const PAUSES_PER_SLICE_BEHIND = 1;
const BEHIND_PAUSE_MS = 5;
const SWEEP_EVERY_MS = 60_000;
const SKIP_EVERY_MS = 6000;
const SKIP_LIMIT = 500;
const EXPIRE_EVERY_MS = 15_000;
const EXPIRE_LIMIT = 100;
/** A probe that failed within this time counts as the last attempt of deliveries past their deadline. */
const PROBE_COUNTS_MS = 15 * 60_000;

export function startSweepLoop(given: {
  upkeep: Pick<UpkeepStore, "sweep">;
  queue: Pick<QueueStore, "skipOverdue" | "expireBehindBreaker">;
  owner: string;
  retentionMs: number;
  dedupeWindowMs: number;
  clock: Clock;
  clockSteps: ClockSteps;
  telemetry: Telemetry;
  emit: Emit;
}): SweepLoop {
  const { clock, telemetry, retentionMs, dedupeWindowMs } = given;

  async function sweep(): Promise<number> {
    const result = await given.upkeep.sweep({
      now: clock.now(),
      retentionMs,
      dedupeWindowMs,
      sliceMs: SLICE_MS,
    });
    swept(telemetry, result);
    return result.busy ? toPauseMs(result) : SWEEP_EVERY_MS;
  }

  async function skip(): Promise<number> {
    const { due } = await given.queue.skipOverdue({ now: clock.now(), limit: SKIP_LIMIT });
    if (due.length > 0) given.emit({ kind: "endpointsDue", endpointIds: due });
    return due.length > 0 ? BUSY_PAUSE_MS : SKIP_EVERY_MS;
  }

  let expireAfter: string | null = null;
  async function expire(): Promise<number> {
    const now = clock.now();
    const { expired, next } = await given.queue.expireBehindBreaker({
      owner: given.owner,
      now,
      failedSince: now - PROBE_COUNTS_MS,
      // Time skipped by a clock step does not count as waiting; after a step some deliveries wait longer.
      deadlineMs: DEADLINE_MS + given.clockSteps.total(),
      limit: EXPIRE_LIMIT,
      after: expireAfter,
    });
    expireAfter = next;
    for (const delivery of expired) expiredBehindBreaker(telemetry, delivery);
    return next === null ? EXPIRE_EVERY_MS : BUSY_PAUSE_MS;
  }

  const loops = [
    startRepeating(given, SWEEP_EVERY_MS, sweep),
    startRepeating(given, SKIP_EVERY_MS, skip),
    startRepeating(given, EXPIRE_EVERY_MS, expire),
  ];
  return {
    stop() {
      for (const loop of loops) loop.stop();
    },
  };
}

export function toPauseMs(swept: { readonly isBehind: boolean; readonly heldMs: number }): number {
  return swept.isBehind
    ? Math.max(BEHIND_PAUSE_MS, swept.heldMs * PAUSES_PER_SLICE_BEHIND)
    : Math.max(BUSY_PAUSE_MS, swept.heldMs * PAUSES_PER_SLICE);
}

/** `work` returns the delay until its next call. After a failure the delay is `everyMs`. */
function startRepeating(
  { clock, telemetry }: { clock: Clock; telemetry: Telemetry },
  everyMs: number,
  work: () => Promise<number>,
): Loop {
  const loop = createLoop({
    clock,
    calls: createStoreCalls(telemetry, "sweep"),
    backoff: { firstMs: everyMs, lastMs: everyMs },
    work: async () => clock.now() + (await work()),
  });
  loop.wakeAt(clock.now() + everyMs);
  return loop;
}
