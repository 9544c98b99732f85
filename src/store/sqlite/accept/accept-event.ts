/**
 * One event inside a publish: load the named rows, decide, write. Every possible refusal happens before the
 * first write. Derived events are decided after the event's own changes are written.
 */
import { decide, toParticipants } from "../../../core/decide.ts";
import type { Decision, NewEvent } from "../../../core/decide-types.ts";
import type { Snapshot } from "../../../core/snapshot.ts";
import type { AcceptedEvent } from "../../interface/accept.ts";
import { writeMatching } from "../../accept/event-matching.ts";
import { writeMessage, writeParticipants } from "../../accept/snapshot-text.ts";
import { WINDOW_KINDS } from "../../accept/dedupe-window-kinds.ts";
import { insertDelivery } from "./deliver.ts";
import { eventChecksum } from "../maintenance/event-checksum.ts";
import type { DeliveryWire, EventWire } from "../thread/leased-wire.ts";
import { findContact, findConversation, findLine, findMessage, writeRegister } from "./register.ts";
import type { CachedApp } from "../thread/writer-state.ts";
import type { Writer } from "../thread/writer-types.ts";

export type AcceptContext = {
  readonly app: CachedApp;
  readonly acceptedAt: number;
  readonly explicitOptOuts: ReadonlySet<string>;
  /** Deliveries that this publish leased; filled event by event. */
  readonly leased: { readonly events: EventWire[]; readonly deliveries: DeliveryWire[] };
  /** Endpoints without room, whose delivery failed at once. */
  readonly full: Set<string>;
  /** Created deliveries, and those of them that failed at once. */
  created: number;
  failed: number;
};

export type EventOutcome =
  | ({ readonly kind: "accepted"; readonly sequence: number } & Pick<
      AcceptedEvent,
      "deliveries" | "undelivered"
    >)
  | Extract<Decision, { kind: "refused" }>;

/** `index` is the event's index in the publish; null for derived events. */
export function acceptEvent(
  writer: Writer,
  context: AcceptContext,
  event: NewEvent,
  index: number | null,
  parentSeq: number | null = null,
): EventOutcome {
  const { app, acceptedAt } = context;
  const appSeq = app.seq;
  const known = findMessage(writer, appSeq, event);
  const { line, contact } = toParticipants(event, known?.message ?? null);
  const decision = decide({
    event,
    appId: app.id,
    account: app.account,
    acceptedAt,
    message: known?.message ?? null,
    contact: contact === null ? null : findContact(writer, appSeq, contact),
    line: line === null ? null : findLine(writer, appSeq, line),
    conversation:
      line === null || contact === null
        ? null
        : findConversation(writer, { appSeq, line, contact }),
    endpoints: writer.state.loadEndpoints(appSeq),
    settings: writer.decideSettings,
    ids: writer.idGenerator,
    // Read only when the text is a keyword, which is rare.
    explicitOptOuts: {
      has: (id) =>
        context.explicitOptOuts.has(id) ||
        writer.windows.find(appSeq, WINDOW_KINDS.explicitOptOut, id) !== null,
    },
    derivedOptOuts: {
      has: (id) => writer.windows.find(appSeq, WINDOW_KINDS.derivedOptOut, id) !== null,
    },
  });
  if (decision.kind === "refused") return decision;

  const eventSeq = writer.sequences.next("event");
  const { snapshot } = decision;
  const { message } = snapshot;
  const withText = message === null || event.canonical?.message?.text !== message.text;
  const messageText = message === null ? null : writeMessage(message, { withText });
  const participants = writeParticipants(snapshot, messageText);
  insertEvent(writer, context, {
    event,
    eventSeq,
    parentSeq,
    snapshot,
    participants,
    tags: decision.tags,
    matching: writeMatching(event, known?.message?.status ?? null),
  });
  writeRegister(writer, {
    appSeq,
    eventSeq,
    now: acceptedAt,
    known,
    line,
    contact,
    change: decision.change,
  });
  saveInWindows(writer, appSeq, event, eventSeq);

  let leasedEvent = -1;
  let deliveries = 0;
  for (const plan of decision.deliveries) {
    const made = insertDelivery(writer, { plan, event, eventSeq, acceptedAt });
    if (made === null) continue;
    context.created += 1;
    deliveries += 1;
    if (made.state === "failed") {
      context.failed += 1;
      context.full.add(plan.endpointId);
    }
    if (made.leased === null) continue;
    if (leasedEvent < 0) {
      leasedEvent = context.leased.events.length;
      context.leased.events.push(toWire(snapshot, index, participants));
    }
    context.leased.deliveries.push([leasedEvent, ...made.leased]);
  }
  for (const derived of decision.derived) acceptDerived(writer, context, derived, eventSeq);
  return { kind: "accepted", sequence: eventSeq, deliveries, undelivered: decision.undelivered };
}

/** Its id follows from its parent, so a repeat finds the derived event that exists already. */
function acceptDerived(
  writer: Writer,
  context: AcceptContext,
  event: NewEvent,
  parentSeq: number,
): void {
  const { eventId } = event;
  if (eventId !== null) {
    if (writer.windows.find(context.app.seq, WINDOW_KINDS.event, eventId) !== null) return;
  }
  const outcome = acceptEvent(writer, context, event, null, parentSeq);
  if (outcome.kind === "refused") {
    throw new Error(`the derived event ${event.type} was refused: ${outcome.message}`);
  }
}

function insertEvent(
  { sql }: Writer,
  { app, acceptedAt }: AcceptContext,
  p: {
    event: NewEvent;
    eventSeq: number;
    parentSeq: number | null;
    snapshot: Snapshot;
    participants: string | null;
    tags: readonly string[];
    matching: string | null;
  },
): void {
  const { event } = p;
  sql(
    `INSERT INTO event (seq, id, appSeq, eventId, type, payload, contentType, participants, channels, tags,
      orderingKey, deliverAt, occurredAt, acceptedAt, parentSeq, expungeAt, matching, checksum)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    p.eventSeq,
    event.id,
    app.seq,
    event.eventId,
    event.type,
    event.payloadText,
    event.contentType,
    p.participants,
    listText(event.channels),
    listText(p.tags),
    event.orderingKey,
    event.deliverAt,
    p.snapshot.occurredAt,
    acceptedAt,
    p.parentSeq,
    event.retentionMs === null ? null : acceptedAt + event.retentionMs,
    p.matching,
    eventChecksum(event.payloadText, p.participants),
  );
}

function saveInWindows(writer: Writer, appSeq: number, event: NewEvent, eventSeq: number): void {
  const { windows } = writer;
  if (event.eventId !== null) windows.keep(appSeq, WINDOW_KINDS.event, event.eventId, eventSeq);
  const messageId = event.canonical?.messageId;
  if (event.type !== "optout.changed" || messageId === undefined) return;
  if (event.onlyEndpointId !== null) return;
  const kind =
    event.derivedFrom === null ? WINDOW_KINDS.explicitOptOut : WINDOW_KINDS.derivedOptOut;
  windows.keep(appSeq, kind, messageId, eventSeq);
}

function toWire(snapshot: Snapshot, index: number | null, participants: string | null): EventWire {
  return [
    snapshot.eventId,
    snapshot.appId,
    snapshot.type,
    index ?? snapshot.payloadText,
    snapshot.contentType,
    snapshot.occurredAt,
    snapshot.acceptedAt,
    participants,
  ];
}

function listText(list: readonly string[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list);
}
