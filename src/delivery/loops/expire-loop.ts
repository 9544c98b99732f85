/**
 * Ends the deliveries behind open breakers after their 72 hours. Each owner does it for its own shards, because only
 * the owner knows that none of them is being sent.
 */
import { DEADLINE_MS } from "../../core/delivery/retry-schedule.ts";
import type { QueueStore } from "../../store/interface/queue.ts";
import { expiredBehindBreaker } from "../../telemetry/events.ts";
import type { Telemetry } from "../../telemetry/events.ts";
import type { Clock } from "./clock.ts";
import type { ClockSteps } from "./clock-steps.ts";
import type { Loop } from "./loop.ts";
import { startRepeating } from "./repeating.ts";

const EXPIRE_EVERY_MS = 15_000;
const EXPIRE_LIMIT = 100;
const BUSY_PAUSE_MS = 20;
/** A probe that failed within this time counts as the last attempt of deliveries past their deadline. */
const PROBE_COUNTS_MS = 15 * 60_000;

export function startExpireLoop(given: {
  queue: Pick<QueueStore, "expireBehindBreaker">;
  owner: string;
  clock: Clock;
  clockSteps: ClockSteps;
  telemetry: Telemetry;
}): Pick<Loop, "stop"> {
  const { clock, telemetry } = given;
  let after: string | null = null;

  async function expire(): Promise<number> {
    const now = clock.now();
    const { expired, next } = await given.queue.expireBehindBreaker({
      owner: given.owner,
      now,
      failedSince: now - PROBE_COUNTS_MS,
      // Time skipped by a clock step does not count as waiting; after a step some deliveries wait longer.
      deadlineMs: DEADLINE_MS + given.clockSteps.total(),
      limit: EXPIRE_LIMIT,
      after,
    });
    after = next;
    for (const delivery of expired) expiredBehindBreaker(telemetry, delivery);
    return next === null ? EXPIRE_EVERY_MS : BUSY_PAUSE_MS;
  }

  return startRepeating(given, EXPIRE_EVERY_MS, expire);
}
