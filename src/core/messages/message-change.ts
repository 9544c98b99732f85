/**
 * The effect of a message event on the stored messages: a new message, a changed one, or none. A status never
 * goes backwards: a stale report changes nothing.
 */
import type { CanonicalPayload, DecideInput, Refusal } from "../decide-types.ts";
import {
  completeMessage,
  findDisagreement,
  isOwnEvent,
  type WholeMessage,
} from "./complete-message.ts";
import { isStaleStatus } from "./message-status.ts";
import type { MessageStatus } from "./message-status.ts";
import type { Instant, Message, TextAttachment } from "../snapshot.ts";

export type MessageChange =
  | {
      readonly kind: "message";
      /** The message after the event; null when the event names none, or one that is no longer kept. */
      readonly message: Message | null;
      readonly changed: boolean;
      readonly stale: boolean;
      readonly previousStatus: MessageStatus | null;
    }
  | Refusal;

type Given = NonNullable<CanonicalPayload["message"]>;

const ID_PATH = ["payload", "message", "id"] as const;

export function changeMessage(input: DecideInput, occurredAt: Instant): MessageChange {
  const { event, message } = input;
  const given = event.canonical?.message;
  if (given === undefined) {
    return { kind: "message", message, changed: false, stale: false, previousStatus: null };
  }
  if (event.onlyEndpointId !== null) return changeNamed(input, given, null, occurredAt);
  // The server created a message with its id, so the message is never created again from this event.
  if (event.messageSnowflake !== undefined && message === null) {
    return refuse("unknown_message", unknownSnowflake(event.messageSnowflake));
  }
  return isOwnEvent(event.type) && message !== null
    ? complete(input, given, message, occurredAt)
    : changeNamed(input, given, message, occurredAt);
}

/** The message's own event arrives, and the message is known already. */
function complete(
  input: DecideInput,
  given: Given,
  known: Message,
  occurredAt: Instant,
): MessageChange {
  if (known.isFromReport !== true) return refuse("conflict", duplicateId(known));
  if (!isWhole(given)) return refuse("unknown_message", unknownId(given));
  const [reported, own] = [withContact(input, known), withContact(input, given)];
  const field = findDisagreement(reported, own);
  if (field !== null) return refuse("conflict", otherMessage(known, field));
  const toAttachment = (text: string) => toTextAttachment(input, text);
  const message = completeMessage(reported, own, { occurredAt, toAttachment });
  return { kind: "message", message, changed: true, stale: false, previousStatus: known.status };
}

/** Applies the event to its message, which is first created when the event carries it in full. */
function changeNamed(
  input: DecideInput,
  given: Given,
  known: Message | null,
  occurredAt: Instant,
): MessageChange {
  if (known === null && !isWhole(given)) return refuse("unknown_message", unknownId(given));
  const before = known ?? makeMessage(input, withContact(input, given as WholeMessage), occurredAt);
  const after = applied(input.event.type, given, before, occurredAt);
  return {
    kind: "message",
    message: after ?? before,
    changed: known === null || after !== null,
    stale: after === null,
    previousStatus: before.status,
  };
}

/** Returns null when the event does not change the message. */
function applied(type: string, given: Given, before: Message, at: Instant): Message | null {
  switch (type) {
    case "message.progress": {
      const status = given.status;
      if (status === undefined || isStaleStatus(before.status, status)) return null;
      const deliveredAt = status === "delivered_to_handset" ? at : before.deliveredAt;
      return { ...before, status, error: given.error ?? null, deliveredAt };
    }
    case "message.read":
      return before.readAt === null ? { ...before, readAt: at } : null;
    case "message.deleted":
      return before.deletedAt === null ? { ...before, deletedAt: at } : null;
    default:
      return before;
  }
}

/** Returns the message with the address of its contact, in place of a user id whose number is known. */
function withContact<T extends Pick<Message, "direction" | "from" | "to">>(
  { event, participants, contact: known, userId }: DecideInput,
  message: T,
): T {
  const { contact } = participants;
  const side = message.direction === "outbound" ? "to" : "from";
  const shown = message[side];
  if (contact === null || shown === contact || event.onlyEndpointId !== null) return message;
  const isSame = shown === userId || known?.userIds?.includes(shown) === true;
  return isSame ? { ...message, [side]: contact } : message;
}

function isWhole(given: Given): given is WholeMessage {
  return (
    given.channel !== undefined &&
    given.from !== undefined &&
    given.to !== undefined &&
    given.direction !== undefined
  );
}

function makeMessage(input: DecideInput, given: WholeMessage, occurredAt: Instant): Message {
  const { event, ids } = input;
  const text = given.text ?? "";
  return {
    id: given.id,
    snowflake: ids.snowflake(),
    handle: ids.handle(),
    ksuid: ids.ksuid(),
    direction: given.direction,
    channel: given.channel,
    from: given.from,
    to: given.to,
    text,
    media: given.media ?? [],
    groupId: given.groupId ?? null,
    participants: given.participants ?? [],
    status: null,
    error: null,
    createdAt: given.createdAt ?? occurredAt,
    deliveredAt: null,
    readAt: null,
    deletedAt: null,
    textAttachment: toTextAttachment(input, text),
    ...(isOwnEvent(event.type) ? undefined : { isFromReport: true }),
  };
}

function toTextAttachment({ ids, settings }: DecideInput, text: string): TextAttachment | null {
  const excerptBytes = settings.largeTextBytes;
  return isLarge(text, excerptBytes) ? { key: ids.attachmentKey(), excerptBytes } : null;
}

/** A UTF-16 unit is at least one and at most three bytes of UTF-8, so most texts need no count. */
function isLarge(text: string, limitBytes: number): boolean {
  if (text.length * 3 <= limitBytes) return false;
  return text.length > limitBytes || Buffer.byteLength(text) > limitBytes;
}

function refuse(code: Refusal["code"], message: string): Refusal {
  return { kind: "refused", code, path: ID_PATH, message };
}

function duplicateId(message: Message): string {
  return (
    `payload.message.id "${message.id}" already belongs to a message of this application, created at ` +
    `${new Date(message.createdAt).toISOString()}; every message needs its own id.`
  );
}

function otherMessage(message: Message, field: string): string {
  return (
    `payload.message.id "${message.id}" already belongs to a message of this application that a report ` +
    `described with another ${field}; every message needs its own id.`
  );
}

function unknownSnowflake(snowflake: bigint): string {
  return `${snowflake} is not the server's id of a message of this application, or the message is no longer kept.`;
}

function unknownId(given: Given): string {
  return (
    `payload.message.id "${given.id}" is not the id of a message of this application; publish the message ` +
    "first, or include its channel, from and to (and direction, if it is deleted) in this event."
  );
}
