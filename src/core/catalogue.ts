/**
 * The event catalogue: every canonical type with the schema of its payload. The static type, the
 * validator, the JSON Schema of the documents, `docs/events.md` and the examples follow from it.
 * Unknown names are allowed, invalid values are not. This file must not know how an event is handled:
 * that is `decide.ts`, which never loads it.
 */
import Type from "typebox";
import type { Static, TSchema } from "typebox";
import { EXAMPLES } from "./catalogue-examples.ts";
import * as field from "./catalogue-fields.ts";
import { CANONICAL_TYPES } from "./canonical-type.ts";
import type { CanonicalType } from "./canonical-type.ts";

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

/** An event may name a message by its id alone, or carry it and then make it. */
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

/** Both follow from the message's direction; when given they must agree with it. */
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

const SCHEMAS = {
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

export type CatalogueEntry = {
  readonly type: CanonicalType;
  readonly description: string;
  readonly groupName: string;
  readonly schema: TSchema;
  /** The schema as plain JSON, ready for an API answer. */
  readonly schemaJson: { readonly [name: string]: unknown };
  /** A payload that passes the schema; message examples are whole, so they need no register. */
  readonly example: { readonly [name: string]: unknown };
};

const DESCRIPTIONS = {
  "message.received": ["messages", "A text message arrived on a line."],
  "message.sent": ["messages", "The platform accepted a text message from a line."],
  "message.progress": [
    "messages",
    "A sent message changed its status on the way to the recipient.",
  ],
  "message.read": ["messages", "Somebody on the line's side read a received message."],
  "message.deleted": ["messages", "A message was deleted."],
  "optout.changed": ["optouts", "A contact opted out of a line, or in again."],
  "call.logged": ["calls", "A voice call of a line ended or was missed."],
  "contact.created": ["contacts", "A contact is new, or a number was seen for the first time."],
  "contact.updated": ["contacts", "The fields of a contact changed."],
  "contact.deleted": ["contacts", "A contact was deleted."],
  "line.assigned": ["lines", "A line was assigned to the account or to somebody in it."],
  "line.blocked": ["lines", "A line was blocked."],
  "typing.changed": ["typing", "A contact started or stopped typing."],
  "template.created": ["templates", "A message template was created."],
  "template.updated": ["templates", "A message template changed."],
  "template.deleted": ["templates", "A message template was deleted."],
  "template.connected": ["templates", "A message template was connected to an account."],
  "whatsapp_account.connected": ["whatsapp_accounts", "A WhatsApp account was connected."],
  "whatsapp_account.disconnected": ["whatsapp_accounts", "A WhatsApp account was disconnected."],
} as const satisfies Record<CanonicalType, readonly [groupName: string, description: string]>;

/** Every canonical type, in the order of `CANONICAL_TYPES`. */
export const CATALOGUE = Object.fromEntries(
  CANONICAL_TYPES.map((type) => [type, toEntry(type)]),
) as unknown as { readonly [T in CanonicalType]: CatalogueEntry };

function toEntry(type: CanonicalType): CatalogueEntry {
  const [groupName, description] = DESCRIPTIONS[type];
  const schema = SCHEMAS[type];
  const schemaJson = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: type,
    description,
    ...(JSON.parse(JSON.stringify(schema)) as object),
  };
  return { type, description, groupName, schema, schemaJson, example: EXAMPLES[type] };
}
