/**
 * The deliveries of one publish. Its events are matched and counted before the first delivery is written. So a
 * publish beyond a limit costs no more than its count.
 *
 * The count is exact, because events are decided in order and see the changes of earlier ones. An event is
 * counted before it is written, and its derived events after it. So the last event may exceed a limit by its
 * derived events: two at most, with the deliveries of one event each.
 *
 * Steps of payload filters are known once they are taken. So the event that exceeds their limit passes, and
 * the next one is refused: a publish of one event never is.
 */
import type { Decision } from "../../core/decide-types.ts";
import type { AcceptState, MadeEvent, PlanLimits, PublishPlan } from "./accept-state.ts";

type Accepted = Extract<Decision, { kind: "accepted" }>;

/** `count` is the number that the publish reached, with its events so far. */
export type Exceeded = {
  readonly kind: "exceeded";
  readonly limit: keyof PlanLimits;
  readonly count: number;
};

export const NO_LIMITS: PlanLimits = {
  deliveries: Infinity,
  bytes: Infinity,
  filterSteps: Infinity,
};

export function createPlan(limits: PlanLimits): PublishPlan {
  return { limits, deliveries: 0, bytes: 0, filterSteps: 0, events: [] };
}

/** The limit that an event with `count` deliveries of `bytes` each would exceed; null when it fits. */
export function exceededLimit(plan: PublishPlan, count: number, bytes: number): Exceeded | null {
  if (plan.filterSteps > plan.limits.filterSteps) {
    return { kind: "exceeded", limit: "filterSteps", count: plan.filterSteps };
  }
  if (count === 0) return null;
  const deliveries = plan.deliveries + count;
  if (deliveries > plan.limits.deliveries) {
    return { kind: "exceeded", limit: "deliveries", count: deliveries };
  }
  const allBytes = plan.bytes + count * bytes;
  return allBytes > plan.limits.bytes
    ? { kind: "exceeded", limit: "bytes", count: allBytes }
    : null;
}

export function planEvent(
  plan: PublishPlan,
  event: MadeEvent,
  { deliveries, filterSteps }: Pick<Accepted, "deliveries" | "filterSteps">,
): void {
  plan.filterSteps += filterSteps;
  if (deliveries.length === 0) return;
  plan.deliveries += deliveries.length;
  plan.bytes += deliveries.length * event.bytes;
  plan.events.push({ event, deliveries });
}

/**
 * Called once, after the last event of the publish. Returns the number of deliveries that are left for later:
 * all or none, because parts follow the order of the feed.
 */
export function writeDeliveries(state: AcceptState, appSeq: number, plan: PublishPlan): number {
  if (plan.deliveries === 0) return 0;
  if (plan.deliveries > state.limits.inlineDeliveries || state.hasFanOuts(appSeq)) {
    leaveForLater(state, appSeq, plan);
    return plan.deliveries;
  }
  for (const { event, deliveries } of plan.events) {
    for (const { endpointId, webhookIndex } of deliveries) {
      const endpoint = state.findEndpoint(appSeq, endpointId);
      if (endpoint !== null) state.addDelivery(event, endpoint, webhookIndex);
    }
  }
  return 0;
}

function leaveForLater(state: AcceptState, appSeq: number, { events }: PublishPlan): void {
  const newestEndpoint = state.loadEndpoints(appSeq).newest;
  for (const { event, deliveries } of events) {
    const { row, bytes } = event;
    const remaining = deliveries.length;
    state.addFanOut({ eventSeq: row.seq, appSeq, newestEndpoint, remaining, bytes });
  }
}
