/** The events about text messages. Their participants follow from the direction of the message. */
import Type from "typebox";
import type { Static } from "typebox";
import type { CanonicalPayload } from "../../decide-types.ts";
import type { Message } from "../../snapshot.ts";
import { defineEvent } from "../define-event.ts";
import { toInstant } from "./event-time.ts";
import { AT, CONTACT, LINE } from "./example-values.ts";
import * as field from "./fields.ts";

const wholeMessage = {
  id: field.messageId,
  channel: field.channel,
  from: field.address,
  fromUserId: Type.Optional(field.userId),
  to: field.address,
  toUserId: Type.Optional(field.userId),
  text: field.messageText,
  media: Type.Optional(field.media),
  groupId: Type.Optional(field.groupId),
  participants: Type.Optional(field.participants),
};

/** An event may name a message by its id alone, or carry the whole message, which is then created. */
const namedMessage = {
  id: field.messageId,
  direction: Type.Optional(field.direction),
  channel: Type.Optional(field.channel),
  from: Type.Optional(field.address),
  fromUserId: Type.Optional(field.userId),
  to: Type.Optional(field.address),
  toUserId: Type.Optional(field.userId),
  text: Type.Optional(field.messageText),
  media: Type.Optional(field.media),
  groupId: Type.Optional(field.groupId),
  participants: Type.Optional(field.participants),
  receivedAt: Type.Optional(field.instant),
  sentAt: Type.Optional(field.instant),
};
const namedMessageSchema = Type.Object(namedMessage);

/** Both follow from the message's direction; if given, they must agree with it. */
const messageAddresses = {
  line: Type.Optional(field.lineNumber),
  contact: Type.Optional(field.address),
};

type CanonicalMessage = NonNullable<CanonicalPayload["message"]>;
type NamedMessage = Static<typeof namedMessageSchema>;
type Participants = { readonly line?: string; readonly contact?: string };

const outbound = {
  id: "out-2048",
  direction: "outbound" as const,
  channel: "sms" as const,
  from: LINE,
  to: CONTACT,
  text: "Your table is ready.",
};
const inbound = {
  id: "in-1024",
  direction: "inbound" as const,
  channel: "sms" as const,
  from: CONTACT,
  to: LINE,
  text: "Is my table ready?",
};

export const MESSAGE_EVENTS = {
  "message.received": defineEvent({
    groupName: "messages",
    description: "A text message arrived on a line.",
    schema: Type.Object({
      message: Type.Object({ ...wholeMessage, receivedAt: Type.Optional(field.instant) }),
      ...messageAddresses,
    }),
    example: {
      message: {
        id: "in-1024",
        channel: "mms",
        from: CONTACT,
        to: LINE,
        text: "Is my table ready?",
        media: [
          {
            url: "https://media.example.com/table.jpg",
            contentType: "image/jpeg",
            fileName: "table.jpg",
            sizeBytes: 48_213,
          },
        ],
        receivedAt: AT,
      },
    },
    flatten: (p) => messageEvent(p, p.message, "inbound", p.message.receivedAt),
  }),
  "message.sent": defineEvent({
    groupName: "messages",
    description: "The platform accepted a text message from a line.",
    schema: Type.Object({
      message: Type.Object({ ...wholeMessage, sentAt: Type.Optional(field.instant) }),
      ...messageAddresses,
    }),
    example: {
      message: {
        id: "out-2048",
        channel: "sms",
        from: LINE,
        to: CONTACT,
        text: "Your table is ready.",
        sentAt: AT,
      },
    },
    flatten: (p) => messageEvent(p, p.message, "outbound", p.message.sentAt),
  }),
  "message.progress": defineEvent({
    groupName: "messages",
    description: "A sent message changed its status on the way to the recipient.",
    schema: Type.Object({
      message: Type.Object({
        ...namedMessage,
        status: field.status,
        error: Type.Optional(field.failure),
      }),
      occurredAt: Type.Optional(field.instant),
      ...messageAddresses,
    }),
    example: { message: { ...outbound, status: "delivered_to_handset" }, occurredAt: AT },
    flatten: (p) => {
      const { status, error } = p.message;
      const flat = messageEvent(p, p.message, p.message.direction ?? "outbound", p.occurredAt);
      const message = { ...(flat.message as CanonicalMessage), status };
      return { ...flat, message: error === undefined ? message : { ...message, error } };
    },
  }),
  "message.read": defineEvent({
    groupName: "messages",
    description: "A user of the line read a received message.",
    schema: Type.Object({
      message: namedMessageSchema,
      readAt: Type.Optional(field.instant),
      ...messageAddresses,
    }),
    example: { message: inbound, readAt: AT },
    flatten: (p) => messageEvent(p, p.message, p.message.direction ?? "inbound", p.readAt),
  }),
  "message.deleted": defineEvent({
    groupName: "messages",
    description: "A message was deleted.",
    schema: Type.Object({
      message: namedMessageSchema,
      deletedAt: Type.Optional(field.instant),
      ...messageAddresses,
    }),
    example: { message: inbound, deletedAt: AT },
    flatten: (p) =>
      messageEvent(p, p.message, p.message.direction ?? directionByLine(p, p.message), p.deletedAt),
  }),
};

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
  if (given.fromUserId !== undefined) message.fromUserId = given.fromUserId;
  if (given.toUserId !== undefined) message.toUserId = given.toUserId;
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
