/** Schemas of the webhook bodies, on which a receiver can rely. */
import Type from "typebox";
import type { TSchema } from "typebox";
import type { ChirpEvent, OlderEvent } from "./events.ts";

const time = Type.String({
  format: "date-time",
  description: "a time in UTC, to the millisecond",
});
const orNull = (schema: TSchema) => Type.Union([schema, Type.Null()]);
const toIdSchema = (prefix: string) =>
  Type.String({ description: `of the form ${prefix}_{ksuid}` });
const text = Type.String();

const direction = Type.Enum(["inbound", "outbound"]);
const receivedAt = orNull({ ...time, description: "when the message arrived, if it is inbound" });
const sentAt = orNull({
  ...time,
  description:
    "when the message was sent, if it is outbound and was not blocked; equal in all its events",
});
const occurredAt = { ...time, description: "when the step of this event happened" };
const media = {
  mediaUrl: orNull(
    Type.String({ description: "the URL of the first media file, at the publisher" }),
  ),
  mediaId: orNull(toIdSchema("med")),
};

const smsMessage = Type.Object({
  id: Type.String({
    description: "of the form msg_sms_{ksuid}; the same in all events of the message",
  }),
  direction,
  from: text,
  to: text,
  text,
  type: Type.Enum(["sms", "mms"]),
  ...media,
  receivedAt,
  sentAt,
  completedAt: orNull({ ...time, description: "when the message reached the device, or failed" }),
  occurredAt,
});

const whatsappMessage = Type.Object({
  id: Type.String({
    description: "of the form msg_wa_{ksuid}; the same in all events of the message",
  }),
  direction,
  from: text,
  to: text,
  type: Type.Enum(["text", "image", "video", "audio", "document"]),
  text,
  mediaUrl: Type.Optional(media.mediaUrl),
  mediaId: Type.Optional(media.mediaId),
  source: Type.Enum(["cloud_api", "business_app", "history_import"]),
  isHistoricalImport: Type.Boolean(),
  conversationWindow: orNull(Type.Object({ isOpen: Type.Boolean(), expiresAt: time })),
  receivedAt,
  sentAt,
  deliveredAt: orNull(time),
  readAt: orNull({ ...time, description: "when the recipient read the message" }),
  occurredAt,
});

const failure = Type.Object({
  type: Type.Literal("provider_error"),
  code: Type.Literal("message_undeliverable"),
  message: text,
  param: Type.Null(),
  provider: Type.Optional(
    Type.Object(
      {
        source: Type.Enum(["meta", "carrier"]),
        code: Type.Union([text, Type.Integer(), Type.Null()]),
        message: text,
      },
      { description: "the reason given by the carrier or Meta, if the publisher provided it" },
    ),
  ),
});

const contact = Type.Object({
  id: toIdSchema("ctc"),
  phoneNumber: orNull(text),
  userId: orNull(text),
  name: orNull(text),
  createdAt: orNull(time),
  updatedAt: time,
});
const template = Type.Object({
  id: toIdSchema("tpl"),
  metaTemplateId: Type.String({ description: "the publisher's id" }),
  name: text,
  language: orNull(text),
  category: orNull(text),
  status: orNull(text),
  createdAt: orNull(time),
  updatedAt: time,
});
const account = Type.Object({
  id: toIdSchema("wba"),
  wabaId: Type.String({ description: "the publisher's id" }),
  phoneNumber: orNull(text),
  displayName: orNull(text),
});
const app = Type.Object({ id: toIdSchema("app"), name: text });

export function eventSchema(event: ChirpEvent): TSchema {
  return Type.Object({
    event: Type.Literal(event),
    timestamp: time,
    data: Type.Object({ ...toSubject(event), app }),
  });
}

const olderMessage = Type.Object({
  id: Type.String({
    format: "uuid",
    description: "a UUID; the same in all older events of the message",
  }),
  from: text,
  to: text,
  text: orNull(Type.String({ description: "null for an MMS without a text" })),
  subject: Type.Null(),
  mediaUrls: Type.Array(Type.String({ description: "the URL of a media file, at the publisher" })),
  type: Type.Enum(["SMS", "MMS"]),
  direction: Type.Enum(["INBOUND", "OUTBOUND"]),
  status: Type.Enum(["RECEIVED", "SENT", "DELIVERED"]),
  createdAt: { ...time, description: "when the message arrived, or was sent" },
});

export function olderEventSchema(event: OlderEvent): TSchema {
  return Type.Object({ event: Type.Literal(event), data: olderMessage });
}

function toSubject(event: ChirpEvent): Record<string, TSchema> {
  if (event.startsWith("contacts.")) return { contact };
  if (event.startsWith("templates.")) return { template };
  if (event.startsWith("whatsapp.account.")) return { account };
  const message = event.startsWith("messages.sms.") ? smsMessage : whatsappMessage;
  return event.endsWith(".failed") ? { message, error: failure } : { message };
}
