/**
 * Decides an event once, inside the accept transaction: its snapshot, the changes in the registers, the
 * derived events and the deliveries. The function is pure, and on the path of every event. The store loads
 * the rows that the event names in three steps (`findMessageId`, `toParticipants`, `identify`). It decides derived
 * events after writing the change of their parent. This file must not know how anything is stored, parsed or
 * rendered.
 */
import type {
  DecideInput,
  Decision,
  DeliveryPlan,
  NewEvent,
  RegisterChange,
} from "./decide-types.ts";
import { derivedContact, derivedOptOut } from "./events/derive.ts";
import type { DialectFacts } from "./events/dialect-events.ts";
import { planDeliveries } from "./events/match.ts";
import { type FilteredPayload, toFilteredPayload } from "./payload-filter/payload-filter.ts";
import { changeMessage } from "./messages/message-change.ts";
import { findOptOut } from "./messages/optout.ts";
import type { OptOut } from "./messages/optout.ts";
import { changeContact, changeConversation, changeLine } from "./messages/participants.ts";
import type { Participants } from "./messages/participants.ts";
import type { Contact, Message, Snapshot } from "./snapshot.ts";
import { toTag, whyUnmatched, type Undelivered } from "./delivery/undelivered.ts";

export { identify, joinConversations } from "./messages/identity.ts";
export { findMessageId, toParticipants } from "./messages/participants.ts";

type Accepted = Extract<Decision, { kind: "accepted" }>;

const NO_CHANGE: RegisterChange = { message: null, contact: null, line: null, conversation: null };
const NO_EVENTS: readonly NewEvent[] = [];
const NO_DELIVERIES: readonly DeliveryPlan[] = [];

/** Can refuse with `unknown_message` and `conflict`, both at `payload.message.id`. */
export function decide(input: DecideInput): Decision {
  const { event } = input;
  if (event.canonical === null) return decideCustom(input);

  const occurredAt = event.canonical.at ?? event.occurredAt ?? input.acceptedAt;
  const changed = changeMessage(input, occurredAt);
  if (changed.kind === "refused") return changed;

  const message = changed.message;
  const { participants } = input;
  const optOut = findRequestedOptOut(input, message, participants);
  const contact = changeContact(input, participants.contact, occurredAt);
  const line = changeLine(input, participants.line);
  const suppression = changed.stale ? "stale" : isRepeat(input) ? "repeat" : null;
  const conversation = changeConversation(
    input,
    participants,
    suppression === null ? optOut : null,
  );

  const snapshot: Snapshot = {
    ...toSnapshot(input),
    message,
    contact,
    line,
    conversation,
    account: input.account,
  };
  // An example event leaves no trace in the registers.
  const change =
    event.onlyEndpointId === null
      ? {
          message: changed.changed ? message : null,
          contact: contact === input.contact && !input.joined.contact ? null : contact,
          line: line === input.line ? null : line,
          conversation:
            conversation === input.conversation && !input.joined.conversation ? null : conversation,
        }
      : NO_CHANGE;
  if (suppression !== null) {
    const effect = { snapshot, change, derived: NO_EVENTS, deliveries: NO_DELIVERIES };
    return { kind: "accepted", ...effect, ...taggedWith(event, suppression), filterSteps: 0 };
  }
  const contactChannel = event.canonical.contactChannel;
  const facts: DialectFacts = {
    type: event.type,
    message,
    previousStatus: changed.previousStatus,
    ...(contactChannel === undefined ? undefined : { contactChannel }),
  };
  const payload = toMatchedPayload(input);
  const deliveries = planDeliveries(event, facts, participants.line, input.endpoints, payload);
  return {
    kind: "accepted",
    snapshot,
    change,
    derived: derive(input, snapshot, participants, optOut),
    deliveries,
    filterSteps: payload?.steps ?? 0,
    ...explained(input, deliveries, participants.line),
  };
}

/** Explains an event without a delivery; other events cost nothing here. */
function explained(
  { event, line: register, endpoints }: DecideInput,
  deliveries: readonly DeliveryPlan[],
  line: string | null,
): Pick<Accepted, "tags" | "undelivered"> {
  if (deliveries.length > 0 || event.onlyEndpointId !== null) {
    return { tags: event.tags, undelivered: null };
  }
  const isLineRegistered = register !== null && register.lineId !== null;
  return taggedWith(event, whyUnmatched({ line, isLineRegistered, endpoints }));
}

function taggedWith(
  event: NewEvent,
  undelivered: Undelivered,
): Pick<Accepted, "tags" | "undelivered"> {
  return { tags: [...event.tags, toTag(undelivered)], undelivered };
}

/**
 * Decides an event whose payload the server does not read: one of a custom type, or one that does not fit the
 * built-in type of its name. Only matching remains, and only native endpoints match.
 */
function decideCustom(input: DecideInput): Decision {
  const { event } = input;
  const snapshot = toSnapshot(input);
  const payload = toMatchedPayload(input);
  const deliveries = planDeliveries(event, snapshot, null, input.endpoints, payload);
  return {
    kind: "accepted",
    snapshot,
    change: NO_CHANGE,
    derived: NO_EVENTS,
    deliveries,
    filterSteps: payload?.steps ?? 0,
    ...explained(input, deliveries, null),
  };
}

/** Null when no endpoint reads it, which costs nothing. */
function toMatchedPayload({ event, endpoints }: DecideInput): FilteredPayload | null {
  return endpoints.readsPayload ? toFilteredPayload(event) : null;
}

function toSnapshot(input: DecideInput): Snapshot {
  const { event } = input;
  return {
    eventId: event.id,
    appId: input.appId,
    type: event.type,
    payloadText: event.payloadText,
    contentType: event.contentType,
    occurredAt: event.canonical?.at ?? event.occurredAt ?? input.acceptedAt,
    acceptedAt: input.acceptedAt,
    message: null,
    contact: null,
    line: null,
    conversation: null,
    account: null,
  };
}

/**
 * Returns the opt-out that an event states, or that a received text requests without an explicit event. The
 * snapshot of the text already shows it; `optout.changed` itself is derived below.
 */
function findRequestedOptOut(
  input: DecideInput,
  message: Message | null,
  participants: Participants,
): OptOut | null {
  const { event, settings } = input;
  if (event.type === "optout.changed") return event.canonical?.optOut ?? null;
  if (event.type !== "message.received" || message === null || !event.derive) return null;
  if (participants.line === null || participants.contact === null) return null;
  const requested = findOptOut(message.text, settings);
  return requested === null || input.explicitOptOuts.has(message.id) ? null : requested;
}

/**
 * Returns whether a published opt-out repeats a derived one: it names the same message and does not
 * contradict the text. An opt-out without a message is never a repeat, and neither is a `contact.created`. A
 * duplicate does less harm than a missing event.
 */
function isRepeat(input: DecideInput): boolean {
  const { event, settings } = input;
  const messageId = event.canonical?.messageId;
  if (messageId === undefined || event.derivedFrom !== null) return false;
  if (event.onlyEndpointId !== null || !input.derivedOptOuts.has(messageId)) return false;
  const derived = input.message === null ? null : findOptOut(input.message.text, settings);
  return derived === null || derived === event.canonical?.optOut;
}

function derive(
  input: DecideInput,
  snapshot: Snapshot,
  participants: Participants,
  optOut: OptOut | null,
): readonly NewEvent[] {
  const { event } = input;
  if (!event.derive || event.onlyEndpointId !== null) return NO_EVENTS;
  const { line, contact } = participants;
  const isNew = contact !== null && isContactNew(input, snapshot.contact);
  const requested = event.type === "message.received" ? optOut : null;
  if (!isNew && requested === null) return NO_EVENTS;

  const events: NewEvent[] = [];
  if (isNew) {
    const userId = snapshot.contact?.userIds?.at(-1) ?? contact;
    events.push(derivedContact(event, { contact, userId }, snapshot.occurredAt));
  }
  if (requested !== null && snapshot.message !== null && line !== null && contact !== null) {
    events.push(
      derivedOptOut(event, snapshot.message, requested, { line, contact }, snapshot.occurredAt),
    );
  }
  return events;
}

/**
 * Returns whether the contact is unknown, or returns after it was deleted. A contact event states this
 * itself.
 */
function isContactNew(input: DecideInput, after: Contact | null): boolean {
  if (input.event.type.startsWith("contact.")) return false;
  if (input.contact === null) return true;
  return input.contact.deletedAt !== null && after?.deletedAt === null;
}
