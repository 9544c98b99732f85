/**
 * How fast one endpoint may be sent to. The number of attempts under way starts low, grows by one
 * for each window of fast 2xx, and halves when the receiver shows that it is too much (AIMD), so a
 * receiver that hangs soon holds one or two places and not its full share. `Retry-After` holds the
 * whole endpoint, and a rate that was asked for is kept by spacing.
 */
import { retryAfterMs } from "../core/after-attempt.ts";
import { believedStatus, isAccepted, isOurFault } from "../core/outcome.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Instant } from "../core/snapshot.ts";

/** A rate per second, kept by spacing. */
export type Rate = {
  /** When its next place is free if all are taken one after the other. */
  nextSlotAt: Instant;
};

export type AdaptiveConcurrency = Rate & {
  /** Attempts that may be under way at once. */
  limit: number;
  /** Fast 2xx since the limit last changed; a window is as many as the limit. */
  fastInRow: number;
  /** Attempts that started before this say nothing new about the halved limit. */
  halvedAt: Instant;
  /** Nothing starts before this: `Retry-After`. */
  pausedUntil: Instant;
  /** The latest answer came fast. An endpoint nobody knows yet is not. */
  isFast: boolean;
};

const FIRST_LIMIT = 4;
const FAST_MS = 1000;
/** A rate per second may be used up at once within a second, not saved up for longer. */
const RATE_WINDOW_MS = 1000;
const PAUSE_LIMIT_MS = 6 * 3_600_000;
/** Too many requests, and what gateways say when what is behind them does not keep up. */
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

/** Learns from one attempt that started at `startedAt` and has just ended. */
export function adjustConcurrency(
  adaptive: AdaptiveConcurrency,
  p: { outcome: Outcome; startedAt: Instant; now: Instant; mostAtOnce: number },
): void {
  const { outcome, startedAt, now } = p;
  if (isOurFault(outcome)) return;
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

/** When the endpoint may be sent to next: at or before `now` means at once. */
export function nextSendAt(adaptive: AdaptiveConcurrency, rate: number | null): Instant {
  if (rate === null) return adaptive.pausedUntil;
  return Math.max(adaptive.pausedUntil, toNextSendAt(adaptive, rate));
}

export function toNextSendAt(kept: Rate, rate: number): Instant {
  return kept.nextSlotAt - RATE_WINDOW_MS + 1000 / rate;
}

/** Takes one place of the rate. */
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
