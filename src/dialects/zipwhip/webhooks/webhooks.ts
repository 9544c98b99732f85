/**
 * Zipwhip's webhooks as data, in document 002's words. The code that prints the webhooks also prints the
 * examples, so they cannot differ.
 */
import Type from "typebox";
import type { TSchema } from "typebox";
import type { Message } from "../../../core/snapshot.ts";
import type { ApiWebhook } from "../../api-document.ts";
import { messageText } from "./message-body.ts";
import type { ShownMessage } from "./message-body.ts";
import { MESSAGE_SCHEMAS } from "./message-schema.ts";
import { printJson } from "./print-fields.ts";

const message = Type.Union([MESSAGE_SCHEMAS["2020"], MESSAGE_SCHEMAS["2015"]], {
  description: "The payload generation is chosen for each line.",
});

const optOut = Type.Object(
  {
    messageBody: Type.String({ description: "The keyword as the contact typed it." }),
    line: Type.String(),
    contact: Type.String({ description: "The contact that opted out of the line, or in again." }),
    messageId: Type.String({
      pattern: "^\\d*$",
      description: "The id of the text, as a string; empty when the opt-out has no text.",
    }),
    type: Type.Enum(["STOP", "UNSTOP"] as const),
    eventDate: Type.String({
      format: "date-time",
      description: "Time of the opt-out, with the offset +00:00.",
    }),
  },
  { title: "Opt-out" },
);

/** Numbers and ids are those of document 002. */
const received: Message = {
  id: "example",
  snowflake: 1327295480212647936n,
  handle: "",
  ksuid: "",
  direction: "inbound",
  channel: "sms",
  from: "+12063996756",
  to: "+12068163958",
  text: "Hello World",
  media: [],
  groupId: null,
  participants: [],
  status: null,
  error: null,
  createdAt: Date.UTC(2020, 10, 13, 17, 1, 17),
  deliveredAt: null,
  readAt: null,
  deletedAt: null,
  textAttachment: null,
};
const sent: Message = {
  ...received,
  direction: "outbound",
  from: received.to,
  to: received.from,
  text: "Your table is ready",
};

/** A received message with its participants. */
export const EXAMPLE_MESSAGE: ShownMessage = {
  message: received,
  contact: {
    contactId: 14543967707,
    number: received.from,
    firstName: null,
    lastName: null,
    companyName: null,
    tags: [],
    deletedAt: null,
  },
  line: {
    lineId: null,
    number: received.to,
    deviceId: 377265507,
    payloadGeneration: "2020",
  },
  conversation: { fingerprint: "1514465037", optedOut: false },
};

const LATER = received.createdAt + 60_000;

export const WEBHOOKS: readonly ApiWebhook[] = [
  messageWebhook("message/receive", "Alerts when an incoming message is received.", received),
  messageWebhook("message/send", "Alerts when a message is sent from your number.", sent),
  messageWebhook("message/progress", "Alerts when an outgoing message changes its status.", {
    ...sent,
    status: "delivered_to_carrier",
  }),
  messageWebhook("message/read", "Alerts when an incoming message has been read.", {
    ...received,
    readAt: LATER,
  }),
  messageWebhook(
    "message/delete",
    "Alerts when one of your messages have been removed from the database.",
    { ...received, deletedAt: LATER },
  ),
  webhook(
    "optout/change",
    "Alerts when an incoming message contains the keywords “STOP” or “UNSTOP”.",
    optOut,
    printJson([
      ["messageBody", "Stop"],
      ["line", received.to],
      ["contact", received.from],
      ["messageId", "1195424825893195776"],
      ["type", "STOP"],
      ["eventDate", "2019-11-15T19:34:23+00:00"],
    ]),
  ),
];

function messageWebhook(name: string, summary: string, shown: Message): ApiWebhook {
  const example = messageText({ ...EXAMPLE_MESSAGE, message: shown }, "2020");
  return webhook(name, summary, message, example);
}

function webhook(name: string, summary: string, body: TSchema, example: string): ApiWebhook {
  return { name, summary, methods: ["POST", "PUT", "GET"], body, example };
}
