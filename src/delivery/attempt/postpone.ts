/** A delivery that a fault of the server has kept from being sent: it is due later, with no attempt used up. */
import { breakerOfProbe, voidProbe } from "../../core/delivery/breaker.ts";
import type { Instant } from "../../core/snapshot.ts";
import type { RecordedOutcome } from "../../store/interface/queue.ts";
import type { LeasedDelivery } from "../../store/queue/leased-delivery.ts";
import type { Lane } from "../lane/lane.ts";

/** Returns the delivery to the same slot at a later time (I7). */
export function postponed(delivery: LeasedDelivery, dueAt: Instant): RecordedOutcome {
  const { deliveryId, endpointId, shard, fence, slot } = delivery;
  const next = { state: "pending", slot, dueAt } as const;
  return { deliveryId, endpointId, shard, fence, attempt: null, next, health: null };
}

/** Does the same, and for a probe keeps the lane's breaker open: another probe is sent soon. */
export function postpone(
  lane: Lane,
  delivery: LeasedDelivery,
  p: { isProbe: boolean; dueAt: Instant; now: Instant },
): RecordedOutcome {
  if (!p.isProbe) return postponed(delivery, p.dueAt);
  const before = breakerOfProbe(lane.breaker, p.now);
  const open = voidProbe(before.open, p.now);
  lane.breaker = { ...before, open };
  return { ...postponed(delivery, p.dueAt), breaker: open };
}
