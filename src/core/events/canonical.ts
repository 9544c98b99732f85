/**
 * Converts the payload of a canonical event to the flat shape that rules read. The payload has passed its
 * schema. One check remains that no schema can express: `line` and `contact` must agree with the direction of
 * their message.
 */
import type { CanonicalType } from "./event-type.ts";
import type { PayloadOf } from "./catalogue-schemas.ts";
import type { CanonicalPayload } from "../decide-types.ts";
import type { FieldProblem } from "../error.ts";
import { isLineNumber } from "../messages/address.ts";
import type { Instant, Message } from "../snapshot.ts";

type CanonicalMessage = NonNullable<CanonicalPayload["message"]>;
type NamedMessage = Partial<PayloadOf<"message.received">["message"]> & {
  readonly id: string;
  readonly direction?: Message["direction"];
  readonly sentAt?: string;
};
type Participants = { readonly line?: string; readonly contact?: string };

/** One function per type; the compiler checks that the map is complete. */
type Flatten = { readonly [T in CanonicalType]: (payload: PayloadOf<T>) => CanonicalPayload };

const FLATTEN: Flatten = {
  "message.received": (p) => messageEvent(p, p.message, "inbound", p.message.receivedAt),
  "message.sent": (p) => messageEvent(p, p.message, "outbound", p.message.sentAt),
  "message.progress": (p) => {
    const { status, error } = p.message;
    const flat = messageEvent(p, p.message, p.message.direction ?? "outbound", p.occurredAt);
    const message = { ...(flat.message as CanonicalMessage), status };
    return { ...flat, message: error === undefined ? message : { ...message, error } };
  },
  "message.read": (p) => messageEvent(p, p.message, p.message.direction ?? "inbound", p.readAt),
  "message.deleted": (p) =>
    messageEvent(p, p.message, p.message.direction ?? directionByLine(p, p.message), p.deletedAt),
  "optout.changed": (p) => ({
    line: p.line,
    contact: p.contact,
    optOut: p.type,
    ...(p.messageId === undefined ? {} : { messageId: p.messageId }),
    ...(p.text === undefined ? {} : { text: p.text }),
    ...at(p.occurredAt),
  }),
  "call.logged": (p) => ({ line: p.line, contact: p.contact, ...at(p.startedAt) }),
  "contact.created": contactEvent,
  "contact.updated": contactEvent,
  "contact.deleted": contactEvent,
  "line.assigned": (p) => ({ line: p.line }),
  "line.blocked": (p) => ({ line: p.line }),
  "typing.changed": (p) => ({ line: p.line, contact: p.contact, ...at(p.occurredAt) }),
  "template.created": nothing,
  "template.updated": nothing,
  "template.deleted": nothing,
  "template.connected": nothing,
  "whatsapp_account.connected": nothing,
  "whatsapp_account.disconnected": nothing,
};

/** `payload` must have passed the schema of `type`. */
export function flattenPayload<T extends CanonicalType>(
  type: T,
  payload: PayloadOf<T>,
): CanonicalPayload {
  return FLATTEN[type](payload);
}

/** Finds contradictions in a payload that has passed its schema. */
export function contradictions(canonical: CanonicalPayload): FieldProblem[] {
  const { message, line, contact } = canonical;
  if (message?.direction === undefined) return [];
  const inbound = message.direction === "inbound";
  const problems: FieldProblem[] = [];
  const lineAddress = inbound ? message.to : message.from;
  const contactAddress = inbound ? message.from : message.to;
  // A text sent from a sender id has no line, so `line` adds the missing address.
  if (
    line !== undefined &&
    lineAddress !== undefined &&
    isLineNumber(lineAddress) &&
    lineAddress !== line
  ) {
    problems.push(disagrees("line", line, inbound ? "to" : "from", lineAddress));
  }
  if (contact !== undefined && contactAddress !== undefined && contactAddress !== contact) {
    problems.push(disagrees("contact", contact, inbound ? "from" : "to", contactAddress));
  }
  return problems;
}

function disagrees(name: string, given: string, source: string, follows: string): FieldProblem {
  return {
    path: ["payload", name],
    message:
      `payload.${name} is "${given}", but it must equal payload.message.${source}, ` +
      `which is "${follows}"; correct it or leave it out.`,
    kind: "value_error",
  };
}

function messageEvent(
  participants: Participants,
  given: NamedMessage,
  direction: Message["direction"] | undefined,
  eventAt: string | undefined,
): CanonicalPayload {
  const message: { -readonly [K in keyof CanonicalMessage]: CanonicalMessage[K] } = {
    id: given.id,
  };
  if (direction !== undefined) message.direction = direction;
  if (given.channel !== undefined) message.channel = given.channel;
  if (given.from !== undefined) message.from = given.from;
  if (given.to !== undefined) message.to = given.to;
  if (given.text !== undefined) message.text = given.text;
  if (given.media !== undefined) message.media = given.media;
  if (given.groupId !== undefined) message.groupId = given.groupId;
  if (given.participants !== undefined) message.participants = given.participants;
  const createdAt = given.receivedAt ?? given.sentAt;
  if (createdAt !== undefined) message.createdAt = toInstant(createdAt);
  const flat: { -readonly [K in keyof CanonicalPayload]: CanonicalPayload[K] } = { message };
  if (participants.line !== undefined) flat.line = participants.line;
  if (participants.contact !== undefined) flat.contact = participants.contact;
  if (eventAt !== undefined) flat.at = toInstant(eventAt);
  return flat;
}

/** A deleted message may have either direction; the line among its participants determines it. */
function directionByLine(
  participants: Participants,
  given: NamedMessage,
): Message["direction"] | undefined {
  if (participants.line !== undefined && participants.line === given.to) return "inbound";
  if (participants.line !== undefined && participants.line === given.from) return "outbound";
  return undefined;
}

function contactEvent(p: PayloadOf<"contact.created">): CanonicalPayload {
  const { number, ...fields } = p.contact;
  const flat = { contact: number, contactFields: fields };
  return p.channel === undefined ? flat : { ...flat, contactChannel: p.channel };
}

const NOTHING: CanonicalPayload = {};
function nothing(): CanonicalPayload {
  return NOTHING;
}

function at(time: string | undefined): { at?: Instant } {
  return time === undefined ? {} : { at: toInstant(time) };
}

/** The calendar and the years are checked. The schema allows a leap second, which `Date.parse` does not know. */
export function toInstant(time: string): Instant {
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? Date.parse(time.replace(":60", ":59")) : ms;
}
