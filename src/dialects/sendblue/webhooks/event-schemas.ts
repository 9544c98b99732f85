/** The bodies of Sendblue's webhooks as schemas; the renderer is tested against them. */
import Type from "typebox";
import type { TProperties, TSchema } from "typebox";

const email = Type.String({ description: "The account's e-mail address; empty when none is set." });
const time = (description: string) => Type.String({ format: "date-time", description });
const address = (description: string) => Type.String({ description });
const nullable = (schema: TSchema, description: string) =>
  Type.Union([schema, Type.Null()], { description });

const ourLine = address("Your line.");
const created = time("When the event happened.");

/** Keys in the order in which they are sent. All are always present. */
const messageKeys = {
  accountEmail: email,
  content: Type.String({ description: "The text of the message; empty when it has only media." }),
  is_outbound: Type.Boolean({ description: "True for an outbound message." }),
  status: Type.Enum(
    ["RECEIVED", "REGISTERED", "PENDING", "QUEUED", "SENT", "DELIVERED", "ERROR", "DECLINED"],
    {
      description:
        "RECEIVED for an inbound message; every other value is the status of an outbound one.",
    },
  ),
  error_code: nullable(
    Type.Union([Type.Integer(), Type.String()]),
    "The code of the failure: a number, or a word if the carrier uses words.",
  ),
  error_message: nullable(Type.String(), "The reason of the failure."),
  error_reason: nullable(
    Type.String(),
    "Null, or empty when the message failed: no further detail is available.",
  ),
  message_handle: Type.String({
    description: "The id of the message, the same in all its webhooks; use it to drop duplicates.",
  }),
  date_sent: time("When the message was sent or received."),
  date_updated: time("When the message took its current status."),
  from_number: address("The sender's number."),
  number: address("The number of the contact, for both directions."),
  to_number: address("The recipient's number."),
  was_downgraded: nullable(
    Type.Boolean(),
    "Null for an inbound message, false for an outbound one.",
  ),
  plan: Type.String({ description: "Always dedicated." }),
  media_url: Type.String({
    description:
      "The URL of one media file; empty without media. A message with several media makes one webhook for each.",
  }),
  message_type: Type.Enum(["message", "group"]),
  group_id: Type.String({ description: "Empty outside groups." }),
  participants: Type.Array(Type.String(), { description: "The members of the group, if known." }),
  send_style: Type.String({ description: "Always empty." }),
  opted_out: Type.Boolean({ description: "Whether the contact has opted out of your line." }),
  error_detail: nullable(
    Type.String(),
    "Null, or empty when the message failed: no further detail is available.",
  ),
  sendblue_number: ourLine,
  service: Type.Enum(["iMessage", "SMS", "RCS"], {
    description: "The service that carried the message; SMS also stands for MMS and WhatsApp.",
  }),
  group_display_name: Type.String({ description: "Always empty." }),
};

export const MESSAGE_BODY = Type.Object(messageKeys);

/** The value of `event_type` is the event's name. */
function named(event: string, properties: TProperties) {
  return Type.Object({ event_type: Type.Literal(event), ...properties });
}

export const CALL_BODY = named("call_log", {
  from_number: address("The caller's number."),
  to_number: address("The called number."),
  sendblue_number: ourLine,
  direction: Type.Enum(["inbound", "outbound"]),
  status: Type.String({ description: "The outcome of the call, in the platform's words." }),
  duration: nullable(Type.Integer(), "Duration in seconds; null when unknown."),
  date_created: created,
  accountEmail: email,
});

export const CONTACT_BODY = named("contact_created", {
  contact_id: Type.String({ description: "The id of the contact, which never changes." }),
  phone: address("The contact's number."),
  first_name: Type.String(),
  last_name: Type.String(),
  company_name: Type.String(),
  tags: Type.Array(Type.String()),
  custom_variables: Type.Object({}, { description: "Always empty." }),
  assigned_to_email: email,
  sendblue_number: address("Your line; empty when the event does not name one."),
  verified: Type.Boolean({ description: "Always false." }),
  opt_out: Type.Boolean({ description: "Whether the contact has opted out of that line." }),
  created_at: created,
});

const lineKeys = { sendblue_number: ourLine, accountEmail: email, date_created: created };

export const LINE_ASSIGNED_BODY = named("line_assigned", {
  ...lineKeys,
  assigned_to: Type.Optional(
    Type.String({ description: "The person or account to which the line was assigned, if known." }),
  ),
});

export const LINE_BLOCKED_BODY = named("line_blocked", {
  ...lineKeys,
  reason: Type.Optional(Type.String({ description: "The reason, if known." })),
});

export const TYPING_BODY = Type.Object({
  number: address("The number of the contact who is typing."),
  from_number: address("Your line; in receive this field is the contact."),
  is_typing: Type.Boolean(),
  timestamp: created,
});
