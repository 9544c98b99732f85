/** Retention: which events are expired, in which order their rows go, and the end of their deliveries. */
import { STATES } from "../queue/delivery-state.ts";
import { endPending } from "../queue/leave-pending.ts";
import type { PendingDelivery } from "../queue/queue-statements.ts";
import type { Steps, WriteSession } from "../session.ts";
import { PURGED } from "./tallies.ts";

/** Events that were accepted before this instant are expired. */
export function expiryHorizon(p: { readonly now: number; readonly retentionMs: number }): number {
  return p.now - p.retentionMs;
}

/** An event is deleted last, after all rows that belong to it. */
export const PURGE_ORDER = [
  "attempt",
  "delivery",
  "message",
  "attachment",
  "seen",
  "event",
] as const;

/** Ends pending deliveries whose events are expired. They are counted as failed (I12). */
export function* endExpired(
  s: WriteSession,
  pending: readonly PendingDelivery[],
  now: number,
): Steps<void> {
  yield* endPending(s, pending, { state: "failed", reason: "expired", now });
}

/** Ends those of these deliveries that are still pending, and counts all as purged. The caller deletes the rows. */
export function* leaveHistory(
  s: WriteSession,
  deliveries: readonly (PendingDelivery & { readonly state: number })[],
  now: number,
): Steps<void> {
  const pending = deliveries.filter(({ state }) => state === STATES.pending);
  yield* endExpired(s, pending, now);
  for (const { appSeq, state } of deliveries) {
    const last = state === STATES.pending ? STATES.failed : state;
    s.tally(appSeq, { [PURGED[last as keyof typeof PURGED]]: 1 });
  }
}
