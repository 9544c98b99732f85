/**
 * One event inside a group: decided by the picture, and changing it. Everything that can refuse comes
 * before the first change. What follows from the event is decided after its own changes.
 */
import { decide, toParticipants } from "../../core/decide.ts";
import type { Decision, NewEvent } from "../../core/decide-types.ts";
import type { AcceptedEvent } from "../accept.ts";
import { writeMatching } from "../event-matching.ts";
import { WINDOW_KINDS } from "../window-kinds.ts";
import { messageNamed, type Picture } from "./accept-picture.ts";
import type { AcceptApp } from "./app-cache.ts";
import { changeRegister, conversationKey } from "./register.ts";
import type { Tx } from "./types.ts";
import { windowKey } from "./windows.ts";

export type EventContext = {
  readonly app: AcceptApp;
  readonly acceptedAt: number;
  readonly explicitOptOuts: ReadonlySet<string>;
  /** Which publish of the group it belongs to. */
  readonly publish: number;
};

export type EventOutcome =
  | ({ readonly kind: "accepted"; readonly eventSeq: number; readonly place: number } & Pick<
      AcceptedEvent,
      "deliveries" | "undelivered"
    >)
  | Extract<Decision, { kind: "refused" }>;

/** `place` is the event's own among all of the group, in the order in which they were decided. */
export function acceptEvent(
  tx: Tx,
  picture: Picture,
  context: EventContext,
  event: NewEvent,
  parentSeq: number | null = null,
): EventOutcome {
  const { app, acceptedAt } = context;
  const appSeq = app.seq;
  const known = messageNamed(picture, appSeq, event);
  const { line, contact } = toParticipants(event, known?.message ?? null);
  const parties = { appSeq, line, contact };
  const inWindow = (kind: 3 | 4) => (id: string) =>
    picture.windows.get(windowKey(appSeq, kind, id)) !== undefined;
  const isExplicit = inWindow(WINDOW_KINDS.explicitOptOut);
  const decision = decide({
    event,
    appId: app.id,
    account: app.account,
    acceptedAt,
    message: known?.message ?? null,
    contact:
      contact === null ? null : (picture.contacts.get(`${appSeq} ${contact}`)?.value ?? null),
    line: line === null ? null : (picture.lines.get(`${appSeq} ${line}`)?.value ?? null),
    conversation:
      line === null || contact === null
        ? null
        : (picture.conversations.get(conversationKey(parties))?.value ?? null),
    endpoints: app.endpoints,
    settings: tx.node.decideSettings,
    draw: tx.node.drawing,
    explicitOptOuts: { has: (id) => context.explicitOptOuts.has(id) || isExplicit(id) },
    derivedOptOuts: { has: inWindow(WINDOW_KINDS.derivedOptOut) },
  });
  if (decision.kind === "refused") return decision;

  const eventSeq = tx.node.numbers.next("event", acceptedAt);
  const { snapshot, change } = decision;
  const place = picture.events.items.length;
  picture.events.push({
    eventSeq,
    appSeq,
    event,
    parentSeq,
    snapshot,
    tags: decision.tags,
    acceptedAt,
    matching: writeMatching(event, known?.message.status ?? null),
  });
  if (event.eventId !== null) picture.named.set(eventSeq, { id: event.id, position: null, place });
  changeRegister(tx, picture, { ...parties, eventSeq, now: acceptedAt, known, change });
  keepInPicture(picture, appSeq, event, eventSeq);
  let deliveries = 0;
  for (const { endpointId, part } of decision.deliveries) {
    const endpoint = app.endpointsById.get(endpointId);
    if (endpoint === undefined) continue;
    deliveries += 1;
    const { publish } = context;
    picture.deliveries.push({ publish, eventSeq, endpoint, part, event, acceptedAt, snapshot });
  }
  for (const derived of decision.derived) acceptDerived(tx, picture, context, derived, eventSeq);
  return { kind: "accepted", eventSeq, place, deliveries, undelivered: decision.undelivered };
}

/** Its id follows from its parent, so the one that a repeat would derive is there already. */
function acceptDerived(
  tx: Tx,
  picture: Picture,
  context: EventContext,
  event: NewEvent,
  parentSeq: number,
): void {
  const { eventId } = event;
  if (eventId !== null) {
    const key = windowKey(context.app.seq, WINDOW_KINDS.event, eventId);
    if (picture.windows.get(key) !== undefined) return;
  }
  const outcome = acceptEvent(tx, picture, context, event, parentSeq);
  if (outcome.kind === "refused") {
    throw new Error(`a derived ${event.type} was refused: ${outcome.message}`);
  }
}

function keepInPicture(picture: Picture, appSeq: number, event: NewEvent, ref: number): void {
  const keep = (kind: 1 | 3 | 4, id: string) => {
    picture.windows.set(windowKey(appSeq, kind, id), ref);
    picture.windowEntries.push({ appSeq, kind, id, ref });
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
