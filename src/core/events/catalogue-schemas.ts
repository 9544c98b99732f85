/**
 * The schema of each canonical type's payload. Unknown names are allowed, invalid values are not.
 */
import Type from "typebox";
import * as field from "./catalogue-fields.ts";
import type { Static, TSchema } from "typebox";
import type { CanonicalType } from "./event-type.ts";

const wholeMessage = {
  id: field.messageId,
  channel: field.channel,
  from: field.address,
  to: field.address,
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
  to: Type.Optional(field.address),
  text: Type.Optional(field.messageText),
  media: Type.Optional(field.media),
  groupId: Type.Optional(field.groupId),
  participants: Type.Optional(field.participants),
  receivedAt: Type.Optional(field.instant),
  sentAt: Type.Optional(field.instant),
};

/** Both follow from the message's direction; if given, they must agree with it. */
const messageAddresses = {
  line: Type.Optional(field.lineNumber),
  contact: Type.Optional(field.address),
};

const conversation = { line: field.lineNumber, contact: field.address };

const contactPayload = Type.Object({
  contact: Type.Object({
    number: field.address,
    firstName: Type.Optional(field.personName),
    lastName: Type.Optional(field.personName),
    companyName: Type.Optional(field.personName),
    tags: Type.Optional(field.contactTags),
  }),
  channel: Type.Optional(field.channel),
});

const templatePayload = Type.Object({
  template: Type.Object({
    id: field.templateId,
    name: field.personName,
    language: Type.Optional(field.word),
    category: Type.Optional(field.word),
    status: Type.Optional(field.word),
  }),
});

const accountPayload = Type.Object({
  account: Type.Object({
    id: field.accountId,
    name: Type.Optional(field.personName),
    phoneNumber: Type.Optional(field.lineNumber),
  }),
});

export const SCHEMAS = {
  "message.received": Type.Object({
    message: Type.Object({ ...wholeMessage, receivedAt: Type.Optional(field.instant) }),
    ...messageAddresses,
  }),
  "message.sent": Type.Object({
    message: Type.Object({ ...wholeMessage, sentAt: Type.Optional(field.instant) }),
    ...messageAddresses,
  }),
  "message.progress": Type.Object({
    message: Type.Object({
      ...namedMessage,
      status: field.status,
      error: Type.Optional(field.failure),
    }),
    occurredAt: Type.Optional(field.instant),
    ...messageAddresses,
  }),
  "message.read": Type.Object({
    message: Type.Object(namedMessage),
    readAt: Type.Optional(field.instant),
    ...messageAddresses,
  }),
  "message.deleted": Type.Object({
    message: Type.Object(namedMessage),
    deletedAt: Type.Optional(field.instant),
    ...messageAddresses,
  }),
  "optout.changed": Type.Object({
    ...conversation,
    type: field.optOut,
    messageId: Type.Optional(field.messageId),
    text: Type.Optional(field.messageText),
    occurredAt: Type.Optional(field.instant),
  }),
  "call.logged": Type.Object({
    ...conversation,
    direction: field.direction,
    status: field.word,
    durationSeconds: Type.Optional(field.durationSeconds),
    startedAt: Type.Optional(field.instant),
  }),
  "contact.created": contactPayload,
  "contact.updated": contactPayload,
  "contact.deleted": contactPayload,
  "line.assigned": Type.Object({
    line: field.lineNumber,
    assignedTo: Type.Optional(field.personName),
  }),
  "line.blocked": Type.Object({ line: field.lineNumber, reason: Type.Optional(field.reason) }),
  "typing.changed": Type.Object({
    ...conversation,
    isTyping: field.isTyping,
    occurredAt: Type.Optional(field.instant),
  }),
  "template.created": templatePayload,
  "template.updated": templatePayload,
  "template.deleted": templatePayload,
  "template.connected": templatePayload,
  "whatsapp_account.connected": accountPayload,
  "whatsapp_account.disconnected": accountPayload,
} satisfies Record<CanonicalType, TSchema>;

/** The payload of a canonical type after validation. */
export type PayloadOf<T extends CanonicalType> = Static<(typeof SCHEMAS)[T]>;
