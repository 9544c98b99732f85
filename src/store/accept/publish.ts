/**
 * Decides one publish: a repeat of an earlier request, a refusal, or its events one after the other. A refused
 * publish changes nothing, because the database undoes its earlier writes. This file orders the checks; it
 * must not know the meaning of any event.
 */
import { AppError } from "../../core/error.ts";
import { isFull } from "../queue/quotas.ts";
import { LIMITS, limitOf } from "../../core/limits.ts";
import { type Limit, refuseLimit, toAmount } from "../../core/limits/limit.ts";
import type { NewEvent } from "../../core/decide-types.ts";
import type { AcceptedEvent, Publish, PublishResult } from "../interface/accept.ts";
import { acceptEvent, toContext } from "./accept-event.ts";
import type { PlanLimits, PublishState } from "./accept-state.ts";
import { findDuplicates } from "./duplicates.ts";
import { createPlan, writeDeliveries, type Exceeded } from "./publish-plan.ts";

/** An event of an accepted publish, before its position in the feed is known. */
export type Accepted = Omit<AcceptedEvent, "sequence"> & { readonly seq: number };
export type Refused = Extract<PublishResult, { kind: "refused" }>;
export type Decided =
  | {
      readonly kind: "accepted";
      readonly appId: string;
      /** The app's own limit of waiting events. */
      readonly ownEventsWaiting?: number | undefined;
      readonly events: readonly Accepted[];
      /** Deliveries that are left for later. */
      readonly fanningOut: number;
      /** Steps that payload filters took. */
      readonly filterSteps: number;
    }
  | { readonly kind: "repeated"; readonly resources: readonly string[] }
  | Refused;

/** `index` is the index of the publish in its group. */
export function decidePublish(state: PublishState, p: Publish, index: number): Decided {
  const app = state.ensureApp(p);
  if (app === null) {
    return refuse({ code: "not_found", message: `There is no application "${p.appRef}".` });
  }
  const before = p.idempotencyKey === null ? null : state.findRepeated(p.idempotencyKey, app);
  if (before instanceof AppError) return refuse({ code: before.code, message: before.message });
  if (before !== null) return { kind: "repeated", resources: before };
  const duplicates = findDuplicates(state, app.seq, p.events);
  if (duplicates.size > 0 && p.onDuplicate === "refuse") {
    return refuse({
      code: "conflict",
      message: "An event with this eventId was already accepted.",
      duplicates: [...duplicates].map(([at, { id }]) => ({ index: at, id })),
    });
  }
  const bytesLimit = limitOf(state.limits, app.ownLimits, "pendingBytes");
  const bytesPending = state.pendingBytes.pending(app.seq);
  if (isFull(bytesPending, bytesLimit) && duplicates.size < p.events.length) {
    return refuseAtLimit(LIMITS.pendingBytes, bytesLimit);
  }
  state.ids.setInstant(p.acceptedAt);
  const most = limitOf(state.limits, app.ownLimits, "deliveriesPerPublish");
  const filterSteps = state.limits.filterStepsPerPublish;
  const plan = createPlan({ deliveries: most, bytes: bytesLimit - bytesPending, filterSteps });
  const common = { app, acceptedAt: p.acceptedAt, publish: index, mayLease: true, plan };
  const context = toContext(state, common, explicitOptOuts(p.events));
  const accepted: Accepted[] = [];
  for (const [at, event] of p.events.entries()) {
    const { id, eventId } = event;
    const first = duplicates.get(at);
    if (first !== undefined) {
      const seq = first.seq === 0 ? findSeq(accepted, first.id) : first.seq;
      const none = { duplicate: true, deliveries: 0, undelivered: null };
      accepted.push({ id: first.id, eventId, seq, ...none });
      continue;
    }
    const outcome = acceptEvent(state, context, event, at);
    if (outcome.kind === "refused") {
      const { code, message, path } = outcome;
      return refuse({ code, message, path, index: at });
    }
    if (outcome.kind === "exceeded") {
      return refuseExceeded(outcome, at + 1, { deliveries: most, bytes: bytesLimit, filterSteps });
    }
    const { seq, deliveries, undelivered } = outcome;
    accepted.push({ id, eventId, seq, duplicate: false, deliveries, undelivered });
  }
  const fanningOut = writeDeliveries(state, app.seq, plan);
  const { eventsWaiting: ownEventsWaiting } = app.ownLimits;
  return {
    kind: "accepted",
    appId: app.id,
    ownEventsWaiting,
    events: accepted,
    fanningOut,
    filterSteps: plan.filterSteps,
  };
}

/**
 * Whether a refusal may follow a write. Only the creation of the app, or an event before the refused one, can
 * come first. A single event refuses before it writes.
 */
export function mayRefuseAfterWriting(p: Publish): boolean {
  return p.events.length > 1 || p.createApp !== null;
}

/** `events` is the number of events after which the limit was exceeded. */
function refuseExceeded({ limit, count }: Exceeded, events: number, limits: PlanLimits): Refused {
  const first = events === 1 ? "The first event" : `The first ${events} events`;
  const { row, unit } = EXCEEDED[limit];
  const refused = refuseAtLimit(row, limits[limit]);
  const added = `${first} would add ${count} ${unit}.`;
  if (limit !== "bytes" || count <= limits.bytes) {
    return { ...refused, message: `${refused.message} ${added}` };
  }
  // Waiting does not help a publish that is beyond the limit alone.
  const message = `The payloads of the application's pending deliveries may have ${toAmount(row, limits.bytes)}. ${added} Send fewer events at once. Limit: ${row.name}.`;
  return refuse({ code: "body_too_large", message, limit: row.name });
}

const EXCEEDED = {
  deliveries: { row: LIMITS.deliveriesPerPublish, unit: "deliveries" },
  bytes: { row: LIMITS.pendingBytes, unit: "bytes" },
  filterSteps: { row: LIMITS.filterStepsPerPublish, unit: "steps" },
} as const satisfies Record<keyof PlanLimits, { readonly row: Limit; readonly unit: string }>;

function refuseAtLimit(limit: Limit, value: number): Refused {
  const { code, message, retryAfterSeconds } = refuseLimit(limit, value);
  return refuse({
    code,
    message,
    limit: limit.name,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}

/** An event may derive two more: one for a new contact, one for an opt-out. */
const EVENTS_OF_EVENT = 3;

/** The number of events that these publishes may add. */
export function mostEvents(publishes: readonly Pick<Publish, "events">[]): number {
  return publishes.reduce((sum, { events }) => sum + events.length, 0) * EVENTS_OF_EVENT;
}

function refuse(p: Pick<Refused, "code" | "message"> & Partial<Refused>): Refused {
  return { path: [], duplicates: [], index: null, ...p, kind: "refused" };
}

function findSeq(accepted: readonly Accepted[], id: string): number {
  return accepted.find((one) => one.id === id)?.seq ?? 0;
}

/** Messages with an explicit opt-out anywhere in the publish. */
function explicitOptOuts(events: readonly NewEvent[]): ReadonlySet<string> | undefined {
  let ids: Set<string> | undefined;
  for (const { type, canonical } of events) {
    if (type !== "optout.changed" || canonical?.messageId === undefined) continue;
    (ids ??= new Set()).add(canonical.messageId);
  }
  return ids;
}
