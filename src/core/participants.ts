/**
 * The participants of an event and what it makes of their registers: contact, line and conversation.
 * Of a message event they follow from the message's direction; others name them.
 */
import type { CanonicalType } from "./event-type.ts";
import type { CanonicalPayload, DecideInput, NewEvent } from "./decide-types.ts";
import { isLineNumber } from "./address.ts";
import type { OptOut } from "./optout.ts";
import type { Contact, Conversation, Line, Message } from "./snapshot.ts";

export type Participants = { readonly line: string | null; readonly contact: string | null };

/**
 * A deleted contact that is met again is a contact again, with its old id. What only comes late,
 * such as the progress of an old text, brings nobody back.
 */
const REVIVING: ReadonlySet<string> = new Set<CanonicalType>([
  "message.received",
  "message.sent",
  "call.logged",
  "contact.created",
  "contact.updated",
]);

const NOBODY: Participants = { line: null, contact: null };

/**
 * The id of the message an event names, or null: the first thing the store loads, unless the event
 * names it by `messageSnowflake`. An opt-out names the text it came in; it need not be known.
 */
export function findMessageId(event: NewEvent): string | null {
  return event.canonical?.message?.id ?? event.canonical?.messageId ?? null;
}

/** The participants to load next, `message` being the register's that the event names, or null. */
export function toParticipants(event: NewEvent, message: Message | null): Participants {
  const canonical = event.canonical;
  if (canonical === null) return NOBODY;
  const given = canonical.message;
  if (given === undefined) {
    return { line: canonical.line ?? null, contact: canonical.contact ?? null };
  }
  const known = event.onlyEndpointId === null ? (message ?? given) : given;
  const outbound = known.direction === "outbound";
  const ours = known.direction === undefined ? undefined : outbound ? known.from : known.to;
  const theirs = known.direction === undefined ? undefined : outbound ? known.to : known.from;
  const follows = ours !== undefined && isLineNumber(ours) ? ours : null;
  return {
    line: follows ?? canonical.line ?? null,
    contact: theirs ?? canonical.contact ?? null,
  };
}

/** The contact after the event; the same object when nothing of it changed. */
export function changeContact(
  input: DecideInput,
  number: string | null,
  at: number,
): Contact | null {
  if (number === null) return null;
  const { event, contact: known, ids } = input;
  const base = known ?? newContact(number, ids.contactId());
  const fields = event.canonical?.contactFields;
  const named = fields === undefined ? base : withFields(base, fields);
  const deletedAt =
    event.type === "contact.deleted"
      ? (named.deletedAt ?? at)
      : REVIVING.has(event.type)
        ? null
        : named.deletedAt;
  return named.deletedAt === deletedAt ? named : { ...named, deletedAt };
}

/** The line after the event. A line nobody registered is accepted and gets a device id. */
export function changeLine(input: DecideInput, number: string | null): Line | null {
  if (number === null) return null;
  return (
    input.line ?? {
      lineId: null,
      number,
      deviceId: input.ids.deviceId(),
      payloadGeneration: "2020",
    }
  );
}

/** The conversation after the event, `optOut` being what the event says of it, if anything. */
export function changeConversation(
  input: DecideInput,
  participants: Participants,
  optOut: OptOut | null,
): Conversation | null {
  if (participants.line === null || participants.contact === null) return null;
  const known = input.conversation;
  const optedOut = optOut === null ? (known?.optedOut ?? false) : optOut === "STOP";
  if (known !== null && known.optedOut === optedOut) return known;
  return { fingerprint: known?.fingerprint ?? input.ids.fingerprint(), optedOut };
}

function newContact(number: string, contactId: number): Contact {
  return {
    contactId,
    number,
    firstName: null,
    lastName: null,
    companyName: null,
    tags: [],
    deletedAt: null,
  };
}

/** Fields the event leaves out stay as they are. */
function withFields(
  contact: Contact,
  fields: NonNullable<CanonicalPayload["contactFields"]>,
): Contact {
  const firstName = fields.firstName ?? contact.firstName;
  const lastName = fields.lastName ?? contact.lastName;
  const companyName = fields.companyName ?? contact.companyName;
  const tags = fields.tags ?? contact.tags;
  const isSame =
    firstName === contact.firstName &&
    lastName === contact.lastName &&
    companyName === contact.companyName &&
    tags.length === contact.tags.length &&
    tags.every((tag, i) => tag === contact.tags[i]);
  return isSame ? contact : { ...contact, firstName, lastName, companyName, tags };
}
