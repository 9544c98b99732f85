/**
 * The message object of all five message events: 24 keys in the order of document 002, or 23 in the order of
 * document 001. Receivers in typed languages declare no optional keys, so every key is always present with the
 * same type.
 */
import type { Message, Snapshot } from "../../../core/snapshot.ts";
import { toExcerpt } from "./excerpt.ts";
import { GENERATIONS } from "./generation.ts";
import type { Generation } from "./generation.ts";
import { printJson } from "./print-fields.ts";
import type { Field } from "./print-fields.ts";
import { toStatusCode } from "./status-codes.ts";

/** A snapshot that has a message, or a message from the register. */
export type ShownMessage = Pick<Snapshot, "contact" | "line" | "conversation"> & {
  readonly message: Message;
};

// oxfmt-ignore
const KEYS_2020 = [
  "body", "bodySize", "address", "finalSource", "finalDestination", "messageType", "fingerprint",
  "id", "cc", "visible", "read", "bcc", "contactId", "scheduledDate", "deviceId", "dateDeleted",
  "messageTransport", "dateDelivered", "hasAttachment", "dateCreated", "deleted", "dateRead",
  "statusCode", "messageStatus",
] as const;

// oxfmt-ignore
const KEYS_2015 = [
  "body", "bodySize", "visible", "hasAttachment", "dateRead", "bcc", "finalDestination",
  "messageType", "deleted", "statusCode", "id", "scheduledDate", "fingerprint", "messageTransport",
  "contactId", "address", "read", "dateCreated", "dateDeleted", "dateDelivered", "cc",
  "finalSource", "deviceId",
] as const;

export type MessageKey = (typeof KEYS_2020)[number];
export const MESSAGE_KEYS: Readonly<Record<Generation, readonly MessageKey[]>> = {
  "2020": KEYS_2020,
  "2015": KEYS_2015,
};

/** The only value ever seen. Its meaning was never published. */
const MESSAGE_STATUS = 1003;

/** The object as compact JSON text, with every digit of its 64-bit id (I8). */
export function messageText(shown: ShownMessage, generation: Generation): string {
  return printJson(messageFields(shown, generation));
}

export function messageFields(shown: ShownMessage, generation: Generation): readonly Field[] {
  const values = toValues(shown, generation);
  return MESSAGE_KEYS[generation].map((key) => [key, values[key]] as const);
}

function toValues(
  { message, contact, line, conversation }: ShownMessage,
  generation: Generation,
): Readonly<Record<MessageKey, Field[1]>> {
  const { address, time, messageTransport } = GENERATIONS[generation];
  const timeOrNull = (at: number | null) => (at === null ? null : time(at));
  return {
    body: toExcerpt(message.text, message),
    bodySize: countCharacters(message.text),
    // The prefix is the same for every kind of address: consumers strip it without checking.
    address: `ptn:/${address(toContactAddress(message))}`,
    finalSource: address(message.from),
    finalDestination: address(message.to),
    messageType: toMessageType(message),
    // A text under a sender id may have no line and therefore no conversation. The number is still present.
    fingerprint: conversation?.fingerprint ?? "0",
    id: message.snowflake,
    cc: null,
    visible: message.deletedAt === null,
    read: message.readAt !== null,
    bcc: null,
    contactId: contact?.contactId ?? 0,
    scheduledDate: null,
    deviceId: line?.deviceId ?? 0,
    dateDeleted: timeOrNull(message.deletedAt),
    messageTransport,
    dateDelivered: timeOrNull(message.deliveredAt),
    hasAttachment: message.textAttachment !== null || message.media.length > 0,
    dateCreated: time(message.createdAt),
    deleted: message.deletedAt !== null,
    dateRead: timeOrNull(message.readAt),
    statusCode: toStatusCode(message),
    messageStatus: MESSAGE_STATUS,
  };
}

/** The address of the other party, in both directions. */
export function toContactAddress({ direction, from, to }: Message): string {
  return direction === "inbound" ? from : to;
}

export function toMessageType({ direction }: Message): "MO" | "ZO" {
  return direction === "inbound" ? "MO" : "ZO";
}

/** The length of the whole text, even when the body is cut. An emoji of one code point counts as one. */
function countCharacters(text: string): number {
  let count = 0;
  for (const _character of text) count += 1;
  return count;
}
