/**
 * Decides one event of a group against the batch, and changes the batch. All refusals come before the first
 * change. Derived events are decided after the changes of their parent.
 */
import { decide, toParticipants } from "../../../core/decide.ts";
import type { Decision, NewEvent } from "../../../core/decide-types.ts";
import type { AcceptedEvent } from "../../interface/accept.ts";
import { writeMatching } from "../../accept/event-matching.ts";
import { WINDOW_KINDS } from "../../accept/dedupe-window-kinds.ts";
import { messageNamed } from "./accept-batch.ts";
import type { Batch } from "./accept-batch-types.ts";
import type { AcceptApp } from "./app-cache.ts";
import { changeRegister, conversationKey } from "./register.ts";
import type { Tx } from "../types.ts";
import { windowKey } from "./dedupe-windows.ts";

export type EventContext = {
  readonly app: AcceptApp;
  readonly acceptedAt: number;
  readonly explicitOptOuts: ReadonlySet<string>;
  /** Index of the event's publish in the group. */
  readonly publish: number;
};

export type EventOutcome =
  | ({ readonly kind: "accepted"; readonly eventSeq: number; readonly place: number } & Pick<
      AcceptedEvent,
      "deliveries" | "undelivered"
    >)
  | Extract<Decision, { kind: "refused" }>;

/** `place` is the event's index among all events of the group, in decision order. */
export function acceptEvent(
  tx: Tx,
  batch: Batch,
  context: EventContext,
  event: NewEvent,
  parentSeq: number | null = null,
): EventOutcome {
  const { app, acceptedAt } = context;
  const appSeq = app.seq;
  const known = messageNamed(batch, appSeq, event);
  const { line, contact } = toParticipants(event, known?.message ?? null);
  const participants = { appSeq, line, contact };
  const inWindow = (kind: 3 | 4) => (id: string) =>
    batch.windows.get(windowKey(appSeq, kind, id)) !== undefined;
  const isExplicit = inWindow(WINDOW_KINDS.explicitOptOut);
  const decision = decide({
    event,
    appId: app.id,
    account: app.account,
    acceptedAt,
    message: known?.message ?? null,
    contact: contact === null ? null : (batch.contacts.get(`${appSeq} ${contact}`)?.value ?? null),
    line: line === null ? null : (batch.lines.get(`${appSeq} ${line}`)?.value ?? null),
    conversation:
      line === null || contact === null
        ? null
        : (batch.conversations.get(conversationKey(participants))?.value ?? null),
    endpoints: app.endpoints,
    settings: tx.node.decideSettings,
    ids: tx.node.idGenerator,
    explicitOptOuts: { has: (id) => context.explicitOptOuts.has(id) || isExplicit(id) },
    derivedOptOuts: { has: inWindow(WINDOW_KINDS.derivedOptOut) },
  });
  if (decision.kind === "refused") return decision;

  const eventSeq = tx.node.numbers.next("event", acceptedAt);
  const { snapshot, change } = decision;
  const place = batch.events.items.length;
  batch.events.push({
    eventSeq,
    appSeq,
    event,
    parentSeq,
    snapshot,
    tags: decision.tags,
    acceptedAt,
    matching: writeMatching(event, known?.message.status ?? null),
  });
  if (event.eventId !== null) batch.named.set(eventSeq, { id: event.id, position: null, place });
  changeRegister(tx, batch, { ...participants, eventSeq, now: acceptedAt, known, change });
  addToBatch(batch, appSeq, event, eventSeq);
  let deliveries = 0;
  for (const { endpointId, webhookIndex } of decision.deliveries) {
    const endpoint = app.endpointsById.get(endpointId);
    if (endpoint === undefined) continue;
    deliveries += 1;
    const { publish } = context;
    batch.deliveries.push({
      publish,
      eventSeq,
      endpoint,
      part: webhookIndex,
      event,
      acceptedAt,
      snapshot,
    });
  }
  for (const derived of decision.derived) acceptDerived(tx, batch, context, derived, eventSeq);
  return { kind: "accepted", eventSeq, place, deliveries, undelivered: decision.undelivered };
}

/** The id follows from the parent, so a repeat finds the derived event and creates no second one. */
function acceptDerived(
  tx: Tx,
  batch: Batch,
  context: EventContext,
  event: NewEvent,
  parentSeq: number,
): void {
  const { eventId } = event;
  if (eventId !== null) {
    const key = windowKey(context.app.seq, WINDOW_KINDS.event, eventId);
    if (batch.windows.get(key) !== undefined) return;
  }
  const outcome = acceptEvent(tx, batch, context, event, parentSeq);
  if (outcome.kind === "refused") {
    throw new Error(`the derived event ${event.type} was refused: ${outcome.message}`);
  }
}

function addToBatch(batch: Batch, appSeq: number, event: NewEvent, ref: number): void {
  const keep = (kind: 1 | 3 | 4, id: string) => {
    batch.windows.set(windowKey(appSeq, kind, id), ref);
    batch.windowEntries.push({ appSeq, kind, id, ref });
  };
  if (event.eventId !== null) keep(WINDOW_KINDS.event, event.eventId);
  const messageId = event.canonical?.messageId;
  if (event.type !== "optout.changed" || messageId === undefined) return;
  if (event.onlyEndpointId !== null) return;
  keep(
    event.derivedFrom === null ? WINDOW_KINDS.explicitOptOut : WINDOW_KINDS.derivedOptOut,
    messageId,
  );
}
