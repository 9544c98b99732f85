/**
 * How fast one endpoint may be sent to. The limit on attempts in flight starts low and grows by one for each
 * window of fast 2xx answers. It halves when the receiver shows overload (AIMD), so a receiver that hangs
 * soon holds one or two concurrency slots instead of its full share. `Retry-After` pauses the whole endpoint.
 * A configured rate is kept by spacing the sends.
 */
import { retryAfterMs } from "../../core/delivery/after-attempt.ts";
import { believedStatus, isAccepted, isServerFault } from "../../core/delivery/outcome.ts";
import type { Outcome } from "../../core/delivery/outcome.ts";
import type { Instant } from "../../core/snapshot.ts";

/** A rate per second, kept by spacing. */
export type Rate = {
  /** When the next slot is free if all slots are used one after the other. */
  nextSlotAt: Instant;
};

export type AdaptiveConcurrency = Rate & {
  /** Maximum number of attempts in flight. */
  limit: number;
  /** Fast 2xx answers since the limit last changed. A window has as many as the limit. */
  fastInRow: number;
  /** Overload seen by attempts that started before this does not halve the limit again. */
  halvedAt: Instant;
  /** No attempt starts before this instant (`Retry-After`). */
  pausedUntil: Instant;
  /** Whether the latest answer was fast. False for an endpoint that has not answered yet. */
  isFast: boolean;
};

const FIRST_LIMIT = 4;
const FAST_MS = 1000;
/** A rate per second may be used in one burst within a second, but is not saved up for longer. */
const RATE_WINDOW_MS = 1000;
const PAUSE_LIMIT_MS = 6 * 3_600_000;
/** The statuses for too many requests, and those with which a gateway reports an overloaded backend. */
const OVERLOAD_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export function createAdaptiveConcurrency(mostAtOnce: number): AdaptiveConcurrency {
  return {
    limit: Math.min(FIRST_LIMIT, mostAtOnce),
    fastInRow: 0,
    halvedAt: 0,
    pausedUntil: 0,
    nextSlotAt: 0,
    isFast: false,
  };
}

/** Adjusts the limit and the pause after one attempt that started at `startedAt` and has just ended. */
export function adjustConcurrency(
  adaptive: AdaptiveConcurrency,
  p: { outcome: Outcome; startedAt: Instant; now: Instant; mostAtOnce: number },
): void {
  const { outcome, startedAt, now } = p;
  if (isServerFault(outcome)) return;
  const isFast = outcome.kind === "response" && outcome.durationMs <= FAST_MS;
  adaptive.isFast = isFast;
  if (isAccepted(outcome)) {
    if (isFast && ++adaptive.fastInRow >= adaptive.limit && adaptive.limit < p.mostAtOnce) {
      adaptive.limit += 1;
      adaptive.fastInRow = 0;
    }
    return;
  }
  const pauseMs = Math.min(retryAfterMs(outcome, now) ?? 0, PAUSE_LIMIT_MS);
  adaptive.pausedUntil = Math.max(adaptive.pausedUntil, now + pauseMs);
  if (isOverload(outcome) && startedAt >= adaptive.halvedAt) {
    adaptive.limit = Math.max(1, Math.floor(adaptive.limit / 2));
    adaptive.halvedAt = now;
    adaptive.fastInRow = 0;
  }
}

/** Returns when the endpoint may be sent to next; at or before `now` means immediately. */
export function nextSendAt(adaptive: AdaptiveConcurrency, rate: number | null): Instant {
  if (rate === null) return adaptive.pausedUntil;
  return Math.max(adaptive.pausedUntil, toNextSendAt(adaptive, rate));
}

export function toNextSendAt(kept: Rate, rate: number): Instant {
  return kept.nextSlotAt - RATE_WINDOW_MS + 1000 / rate;
}

/** Uses one slot of the rate. */
export function consume(adaptive: AdaptiveConcurrency, rate: number | null, now: Instant): void {
  if (rate !== null) consumeFrom(adaptive, rate, now);
}

export function consumeFrom(kept: Rate, rate: number, now: Instant): void {
  kept.nextSlotAt = Math.max(kept.nextSlotAt, now) + 1000 / rate;
}

function isOverload(outcome: Outcome): boolean {
  if (outcome.kind === "failed") return outcome.reason === "timeout";
  const status = believedStatus(outcome);
  return status !== null && OVERLOAD_STATUSES.has(status);
}
