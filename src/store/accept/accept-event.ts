/**
 * Accepts one event: finds the rows that it names, decides, adds the event and the changes of the registers,
 * and plans the deliveries. All refusals come before the first change. Derived events are decided after the
 * changes of their parent.
 */
import { decide } from "../../core/decide.ts";
import type { Decision, NewEvent } from "../../core/decide-types.ts";
import type { AcceptedEvent } from "../interface/accept.ts";
import type { AcceptContext, AcceptState, EventRow } from "./accept-state.ts";
import { changeRegister, findNamedMessage } from "./change-register.ts";
import { WINDOW_KINDS } from "./dedupe-window-kinds.ts";
import { writeMatching } from "./event-matching.ts";
import { addToWindows, isInWindow } from "./event-windows.ts";
import { toListing } from "./listing.ts";
import { findPerson, writePerson } from "./find-person.ts";
import { exceededLimit, planEvent, type Exceeded } from "./publish-plan.ts";
import { writeMessage, writeParticipants } from "./snapshot-text.ts";

type Accepted = Extract<Decision, { kind: "accepted" }>;
export type EventOutcome =
  | ({ readonly kind: "accepted"; readonly seq: number } & Pick<
      AcceptedEvent,
      "deliveries" | "undelivered"
    >)
  | Extract<Decision, { kind: "refused" }>
  | Exceeded;

const NO_IDS: ReadonlySet<string> = new Set();

/** `optOuts` are messages of this publish with an explicit opt-out. */
export function toContext(
  state: AcceptState,
  p: Pick<AcceptContext, "app" | "acceptedAt" | "publish" | "mayLease" | "plan">,
  optOuts: ReadonlySet<string> = NO_IDS,
): AcceptContext {
  const { seq } = p.app;
  // The windows are read only when the text is a keyword, which is rare.
  return {
    app: p.app,
    acceptedAt: p.acceptedAt,
    publish: p.publish,
    mayLease: p.mayLease,
    plan: p.plan,
    explicitOptOuts: {
      has: (id) => optOuts.has(id) || isInWindow(state, seq, WINDOW_KINDS.explicitOptOut, id),
    },
    derivedOptOuts: { has: (id) => isInWindow(state, seq, WINDOW_KINDS.derivedOptOut, id) },
  };
}

/** `index` is the event's index in the publish; null for events that the server made. */
export function acceptEvent(
  state: AcceptState,
  context: AcceptContext,
  event: NewEvent,
  index: number | null,
  parentSeq: number | null = null,
): EventOutcome {
  const { app, acceptedAt } = context;
  const appSeq = app.seq;
  const known = findNamedMessage(state, appSeq, event);
  const message = known === null ? null : known.message;
  const person = findPerson(state, app, event, message);
  if (person.kind === "refused") return person;
  const { line, contact } = person.participants;
  const decision = decide({
    event,
    appId: app.id,
    account: app.account,
    acceptedAt,
    message,
    participants: person.participants,
    userId: person.userId,
    joined: person.joined,
    contact: person.contact,
    line: line === null ? null : state.findLine(appSeq, line),
    conversation: person.conversation,
    wasOptedOut: person.wasOptedOut,
    endpoints: state.loadEndpoints(appSeq),
    settings: state.settings,
    ids: state.ids,
    explicitOptOuts: context.explicitOptOuts,
    derivedOptOuts: context.derivedOptOuts,
  });
  if (decision.kind === "refused") return decision;
  const { length: count } = decision.deliveries;
  const bytes = count === 0 ? 0 : Buffer.byteLength(event.payloadText);
  // The parent of a derived event is written already.
  const exceeded = parentSeq === null ? exceededLimit(context.plan, count, bytes) : null;
  if (exceeded !== null) return exceeded;

  const seq = state.nextEventSeq(acceptedAt);
  const matching = writeMatching(event, message === null ? null : message.status);
  const row = toEventRow(context, event, decision, { seq, parentSeq, matching });
  state.addEvent(row);
  const { change, snapshot } = decision;
  const listing = toListing(snapshot);
  if (event.onlyEndpointId === null) writePerson(state, appSeq, person);
  const register = { appSeq, eventSeq: seq, now: acceptedAt, known, line, contact, change };
  changeRegister(state, { ...register, listing });
  addToWindows(state, appSeq, event, seq);
  planEvent(context.plan, { context, row, snapshot, index, bytes }, decision);
  for (const derived of decision.derived) acceptDerived(state, context, derived, seq);
  return { kind: "accepted", seq, deliveries: count, undelivered: decision.undelivered };
}

/** Its id follows from its parent, so a repeat finds the derived event that exists already. */
function acceptDerived(
  state: AcceptState,
  context: AcceptContext,
  event: NewEvent,
  parentSeq: number,
): void {
  const { eventId } = event;
  const { seq } = context.app;
  if (eventId !== null && isInWindow(state, seq, WINDOW_KINDS.event, eventId)) return;
  const outcome = acceptEvent(state, context, event, null, parentSeq);
  if (outcome.kind !== "accepted") {
    throw new Error(
      `the derived event ${event.type} was refused: ${"message" in outcome ? outcome.message : outcome.kind}`,
    );
  }
}

function toEventRow(
  { app, acceptedAt }: AcceptContext,
  event: NewEvent,
  { snapshot, tags }: Accepted,
  p: Pick<EventRow, "seq" | "parentSeq" | "matching">,
): EventRow {
  const { message } = snapshot;
  // The text is left out when the payload contains it.
  const withText = message === null || event.canonical?.message?.text !== message.text;
  const messageText = message === null ? null : writeMessage(message, { withText });
  return {
    seq: p.seq,
    id: event.id,
    appSeq: app.seq,
    eventId: event.eventId,
    type: event.type,
    payload: event.payloadText,
    contentType: event.contentType,
    participants: writeParticipants(snapshot, messageText),
    channels: writeList(event.channels),
    tags: writeList(tags),
    orderingKey: event.orderingKey,
    deliverAt: event.deliverAt,
    occurredAt: snapshot.occurredAt,
    acceptedAt,
    parentSeq: p.parentSeq,
    expungeAt: event.retentionMs === null ? null : acceptedAt + event.retentionMs,
    matching: p.matching,
  };
}

function writeList(list: readonly string[]): string | null {
  return list.length === 0 ? null : JSON.stringify(list);
}
