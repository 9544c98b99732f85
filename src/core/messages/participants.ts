/**
 * The participants of an event and its changes to their registers: contact, line and conversation. A message
 * event determines them by the message's direction; other events name them.
 */
import type { CanonicalType } from "../events/canonical-events.ts";
import type { CanonicalPayload, DecideInput, NewEvent } from "../decide-types.ts";
import { isLineNumber, isUserId } from "./address.ts";
import { isOwnEvent } from "./complete-message.ts";
import type { OptOut } from "./optout.ts";
import type { Contact, Conversation, Line, Message } from "../snapshot.ts";

export type Participants = DecideInput["participants"];
type NamedParticipants = Participants & { readonly userId: string | null };

/**
 * Types that revive a deleted contact, with its old id. A late report, such as the progress of an old text,
 * does not revive a contact.
 */
const REVIVING: ReadonlySet<string> = new Set<CanonicalType>([
  "message.received",
  "message.sent",
  "call.logged",
  "contact.created",
  "contact.updated",
]);

const NO_PARTICIPANTS: NamedParticipants = { line: null, contact: null, userId: null };

/**
 * Returns the id of the message that an event names, or null. The store loads this message first, unless the
 * event names it by `messageSnowflake`. An opt-out names the text that requested it, which need not be
 * stored.
 */
export function findMessageId(event: NewEvent): string | null {
  return event.canonical?.message?.id ?? event.canonical?.messageId ?? null;
}

/**
 * Returns the participants to load next, as the event names them; `message` is the stored message that it
 * names, or null. `identify` then says which contact this is.
 */
export function toParticipants(event: NewEvent, message: Message | null): NamedParticipants {
  const canonical = event.canonical;
  if (canonical === null) return NO_PARTICIPANTS;
  const given = canonical.message;
  if (given === undefined) {
    const contact = canonical.contact ?? null;
    return {
      line: canonical.line ?? null,
      contact,
      userId: toUserId(contact, canonical.contactUserId),
    };
  }
  const isWhole = event.onlyEndpointId !== null || isOwnEvent(event.type);
  const known = isWhole ? given : (message ?? given);
  const outbound = known.direction === "outbound";
  const lineAddress = known.direction === undefined ? undefined : outbound ? known.from : known.to;
  const contactAddress =
    known.direction === undefined ? undefined : outbound ? known.to : known.from;
  const follows = lineAddress !== undefined && isLineNumber(lineAddress) ? lineAddress : null;
  const contact = contactAddress ?? canonical.contact ?? null;
  return {
    line: follows ?? canonical.line ?? null,
    contact,
    userId: toUserId(contact, outbound ? given.toUserId : given.fromUserId),
  };
}

/** An address that is a user id is the one of its contact. */
function toUserId(contact: string | null, beside: string | undefined): string | null {
  return contact !== null && isUserId(contact) ? contact : (beside ?? null);
}

/** Returns the contact after the event; the same object when nothing changed. */
export function changeContact(
  input: DecideInput,
  number: string | null,
  at: number,
): Contact | null {
  if (number === null) return null;
  const { event, contact: known, ids } = input;
  const base = known ?? newContact(input, number, ids.contactId());
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

/** Returns the line after the event. An unregistered line is accepted and gets a device id. */
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

/** Returns the conversation after the event; `optOut` is the opt-out that the event states, or null. */
export function changeConversation(
  input: DecideInput,
  participants: Participants,
  optOut: OptOut | null,
): Conversation | null {
  if (participants.line === null || participants.contact === null) return null;
  const known = input.conversation;
  const optedOut = optOut === null ? (known?.optedOut ?? input.wasOptedOut) : optOut === "STOP";
  if (known !== null && known.optedOut === optedOut) return known;
  return { fingerprint: known?.fingerprint ?? input.ids.fingerprint(), optedOut };
}

function newContact(
  { userId, acceptedAt }: DecideInput,
  number: string,
  contactId: number,
): Contact {
  return {
    contactId,
    number,
    firstName: null,
    lastName: null,
    companyName: null,
    tags: [],
    deletedAt: null,
    createdAt: acceptedAt,
    ...(userId === null ? undefined : { userIds: [userId] }),
  };
}

/** Fields that the event omits keep their values. */
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
