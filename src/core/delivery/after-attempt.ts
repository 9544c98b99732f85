/**
 * The state of a delivery after an attempt:
 *
 *     pending ──2xx──────────────────────────▶ delivered
 *     pending ──last slot used up────────────▶ failed (exhausted)
 *     pending ──4xx where a 4xx is final─────▶ failed (refused)
 *     pending ──anything else────────────────▶ pending, a later slot
 *     pending ──fault of the server (I7)─────▶ unchanged, the same slot again
 *
 * The function is pure: the engine records its result together with the attempt, in one commit.
 */
import { isFinalRefusal } from "./delivery-policy.ts";
import type { DeliveryPolicy } from "./delivery-policy.ts";
import { believedStatus, isAccepted, isServerFault } from "./outcome.ts";
import type { Outcome } from "./outcome.ts";
import { parseRetryAfter } from "./retry-after.ts";
import { nextSlot, sameSlotLater } from "./retry-schedule.ts";
import type { NextSlot } from "./retry-schedule.ts";
import type { Instant } from "../snapshot.ts";

export type AfterAttempt =
  | { readonly state: "delivered" }
  | ({ readonly state: "pending" } & NextSlot)
  | { readonly state: "failed"; readonly reason: "exhausted" | "refused" }
  | { readonly state: "unchanged"; readonly retryAt: Instant };

/** Long enough that retries do not make a lack of sockets or memory worse. */
const SERVER_FAULT_PAUSE_MS = 5000;

/**
 * `slot` is the slot just tried, and `baseAt` the instant of accept, moved on by the time spent parked.
 * `seed` is the delivery's id, and `now` the end of the attempt.
 *
 * `Retry-After` postpones this delivery. With a 429 it uses up no retry of a dialect that promises a number
 * of them. The lane, not this function, also holds back the endpoint's other deliveries. A 429 without a
 * `Retry-After` is an ordinary failure; otherwise only the 72 hours would end the delivery. A target that the
 * address policy blocks is tried on the long steps only, since no receiver mends a DNS entry within a minute.
 */
export function afterAttempt(given: {
  delivery: { readonly slot: number; readonly baseAt: Instant; readonly seed: string };
  policy: DeliveryPolicy;
  outcome: Outcome;
  now: Instant;
}): AfterAttempt {
  const { policy, outcome, now } = given;
  if (isServerFault(outcome)) return { state: "unchanged", retryAt: now + pauseMs(outcome) };
  if (isAccepted(outcome)) return { state: "delivered" };
  const status = believedStatus(outcome);
  if (status !== null && isFinalRefusal(policy, status)) {
    return { state: "failed", reason: "refused" };
  }
  const next = findNextSlot(given, retryAfterMs(outcome, now));
  return next === null ? { state: "failed", reason: "exhausted" } : { state: "pending", ...next };
}

function findNextSlot(
  { delivery, policy, outcome, now }: Parameters<typeof afterAttempt>[0],
  requestedMs: number | null,
): NextSlot | null {
  const { schedule } = policy;
  const isThrottled = believedStatus(outcome) === 429;
  if (isThrottled && requestedMs !== null && requestedMs > 0 && schedule.kind === "waits") {
    return sameSlotLater({ ...delivery, schedule, now, retryAfterMs: requestedMs });
  }
  const longStepsOnly = outcome.kind === "failed" && outcome.reason === "blocked";
  return nextSlot({ ...delivery, schedule, now, retryAfterMs: requestedMs, longStepsOnly });
}

/** Returns the delay that the receiver asked for, unbounded; null when it did not ask. */
export function retryAfterMs(outcome: Outcome, now: Instant): number | null {
  if (outcome.kind === "failed" || believedStatus(outcome) === null) return null;
  return parseRetryAfter(outcome.headers.retryAfter, now);
}

/** An attempt that the server cancelled (a shutdown, a lost shard) may be repeated at once. */
function pauseMs(outcome: Outcome): number {
  return outcome.kind === "failed" && outcome.reason === "cancelled" ? 0 : SERVER_FAULT_PAUSE_MS;
}
