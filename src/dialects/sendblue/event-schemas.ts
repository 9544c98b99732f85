/** The bodies of Sendblue's webhooks as schemas; the renderer is tested against them. */
import Type from "typebox";
import type { TProperties, TSchema } from "typebox";

const email = Type.String({ description: "The account's e-mail address; empty when none is set." });
const time = (description: string) => Type.String({ format: "date-time", description });
const address = (description: string) => Type.String({ description });
const nullable = (schema: TSchema, description: string) =>
  Type.Union([schema, Type.Null()], { description });

const ourLine = address("Your line.");
const created = time("When it happened.");

/** In the order in which they are sent; all of them, always. */
const messageKeys = {
  accountEmail: email,
  content: Type.String({ description: "The text; empty when there is only a picture." }),
  is_outbound: Type.Boolean({ description: "Whether you sent it." }),
  status: Type.Enum(
    ["RECEIVED", "REGISTERED", "PENDING", "QUEUED", "SENT", "DELIVERED", "ERROR", "DECLINED"],
    { description: "RECEIVED of what came in; the others tell what became of what you sent." },
  ),
  error_code: nullable(
    Type.Union([Type.Integer(), Type.String()]),
    "The code of the failure: a number, or a word where the carrier has words.",
  ),
  error_message: nullable(Type.String(), "What went wrong."),
  error_reason: nullable(Type.String(), "Empty with a failure; nothing more is known."),
  message_handle: Type.String({
    description:
      "The id of the message, the same in all its webhooks: drop by it what comes twice.",
  }),
  date_sent: time("When the message was sent or received."),
  date_updated: time("When it took the status it has."),
  from_number: address("Who sent it."),
  number: address("The other side, whatever the direction."),
  to_number: address("Who it was sent to."),
  was_downgraded: nullable(Type.Boolean(), "Null of what came in, false of what you sent."),
  plan: Type.String({ description: "Always dedicated." }),
  media_url: Type.String({
    description:
      "One picture or other medium; empty for none. A message with several makes several webhooks.",
  }),
  message_type: Type.Enum(["message", "group"]),
  group_id: Type.String({ description: "Empty outside groups." }),
  participants: Type.Array(Type.String(), { description: "The members of the group, if known." }),
  send_style: Type.String({ description: "Always empty." }),
  opted_out: Type.Boolean({ description: "Whether the other side has opted out of your line." }),
  error_detail: nullable(Type.String(), "Empty with a failure; nothing more is known."),
  sendblue_number: ourLine,
  service: Type.Enum(["iMessage", "SMS", "RCS"], {
    description: "What carried it; SMS also stands for MMS and WhatsApp.",
  }),
  group_display_name: Type.String({ description: "Always empty." }),
};

export const MESSAGE_BODY = Type.Object(messageKeys);

/** The value of `event_type` is the event's name. */
function named(event: string, properties: TProperties) {
  return Type.Object({ event_type: Type.Literal(event), ...properties });
}

export const CALL_BODY = named("call_log", {
  from_number: address("Who called."),
  to_number: address("Who was called."),
  sendblue_number: ourLine,
  direction: Type.Enum(["inbound", "outbound"]),
  status: Type.String({ description: "How the call ended, in the platform's words." }),
  duration: nullable(Type.Integer(), "Seconds; null when unknown."),
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
  sendblue_number: address("Your line, if the event names one; else empty."),
  verified: Type.Boolean({ description: "Always false." }),
  opt_out: Type.Boolean({ description: "Whether the contact has opted out of that line." }),
  created_at: created,
});

const lineKeys = { sendblue_number: ourLine, accountEmail: email, date_created: created };

export const LINE_ASSIGNED_BODY = named("line_assigned", {
  ...lineKeys,
  assigned_to: Type.Optional(Type.String({ description: "Whom it was assigned to, if known." })),
});

export const LINE_BLOCKED_BODY = named("line_blocked", {
  ...lineKeys,
  reason: Type.Optional(Type.String({ description: "Why, if known." })),
});

export const TYPING_BODY = Type.Object({
  number: address("Who is typing."),
  from_number: address("Your line; the opposite of what it is in receive."),
  is_typing: Type.Boolean(),
  timestamp: created,
});
