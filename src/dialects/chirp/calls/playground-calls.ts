/** The playground calls that publish an inbound message, as data. */
import Type from "typebox";
import type { ApiCall } from "../../api-document.ts";
import { JSON_TYPES } from "../../read-body.ts";

const MOST_TEXT_CHARACTERS = 65_536;
const MOST_SUBJECT_CHARACTERS = 1_024;

const number = Type.String({
  pattern: "^\\+[1-9]\\d{6,14}$",
  description: "a number in E.164 such as +15551234567",
});

export const INBOUND = Type.Object({
  from: number,
  to: number,
  text: Type.String({
    maxLength: MOST_TEXT_CHARACTERS,
    description: `the text of the message, at most ${MOST_TEXT_CHARACTERS} characters`,
  }),
  subject: Type.Optional(
    Type.String({
      maxLength: MOST_SUBJECT_CHARACTERS,
      description: `the subject of an MMS, at most ${MOST_SUBJECT_CHARACTERS} characters`,
    }),
  ),
});

const ACCEPTED = Type.Object({ message: Type.String() });

export const PLAYGROUND_CALLS: readonly ApiCall[] = [
  inbound("sms", "SMS"),
  inbound("whatsapp", "WhatsApp message"),
];

function inbound(channel: "sms" | "whatsapp", noun: string): ApiCall {
  return {
    id: channel === "sms" ? "simulateInboundSms" : "simulateInboundWhatsapp",
    tag: "Playground",
    summary: `Simulate an inbound ${noun}`,
    description:
      `Publishes \`messages.${channel}.received\` as if the message were real, to the application's ` +
      "webhooks of every API. Requires the key of a test app. `to` need not be a registered number. " +
      "The message is durable once the call has answered; the webhook follows.",
    methods: ["POST"],
    path: `/v1/playground/${channel}/inbound`,
    security: ["appKey"],
    body: { schema: INBOUND, mediaTypes: JSON_TYPES, required: true },
    example: {
      body: { from: "+15559876543", to: "+15551234567", text: "Hello from a simulated user" },
    },
    answers: {
      202: {
        description: "The message is accepted",
        schema: ACCEPTED,
        example: { message: "Inbound message accepted" },
      },
    },
  };
}
