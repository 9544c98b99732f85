/** Deliveries that were claimed and cannot be rendered any more. They end as failed, and the next claim has room. */
import type { Steps, WriteSession } from "../session.ts";
import { endPending } from "./leave-pending.ts";
import type { PendingDelivery } from "./queue-statements.ts";

export type Obstacle = "expired" | "content_expunged" | "content_damaged";
export type Undeliverable = { readonly delivery: PendingDelivery; readonly reason: Obstacle };

/** The obstacle of an event that is past its retention. */
export const EVENT_GONE: Obstacle = "expired";

/**
 * Why the deliveries of an event cannot be sent; null when they can. Content that the disk has altered is never
 * sent, and `hookline check` names the event.
 */
export function findObstacle(
  event: { readonly payload?: unknown },
  isDamaged: boolean,
): Obstacle | null {
  if (isDamaged) return "content_damaged";
  return event.payload === null ? "content_expunged" : null;
}

export function* endUndeliverable(
  s: WriteSession,
  lost: readonly Undeliverable[],
  now: number,
): Steps<void> {
  for (const [reason, rows] of Map.groupBy(lost, (one) => one.reason)) {
    const deliveries = rows.map(({ delivery }) => delivery);
    yield* endPending(s, deliveries, { state: "failed", reason, now });
  }
}
