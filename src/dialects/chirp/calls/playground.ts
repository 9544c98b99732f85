/**
 * The playground of a test app: a simulated inbound message. It is published like any other, so it has all
 * the effects of a real one.
 */
import Type from "typebox";
import type { Static } from "typebox";
import { AppError } from "../../../core/error.ts";
import type { OperationContext } from "../../../operations/context.ts";
import { plainDraft, publishEvents } from "../../../operations/events/publish-events.ts";
import type { Call } from "../../call.ts";
import { checkWith } from "../../check-schema.ts";
import { JSON_TYPES } from "../../read-body.ts";
import { loadCaller, readChecked } from "../caller.ts";

const MOST_TEXT_CHARACTERS = 65_536;
const MOST_SUBJECT_CHARACTERS = 1_024;

const number = Type.String({
  pattern: "^\\+[1-9]\\d{6,14}$",
  description: "a number in E.164 such as +15551234567",
});

const INBOUND = Type.Object({
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

const checkInbound = checkWith(INBOUND);

const ACCEPTED = Type.Object({ message: Type.String() });
/** Published without an id: the register generates the webhook's id and does not return it. */
const ANSWER = { message: "Inbound message accepted" } as const;

export const PLAYGROUND_CALLS: readonly Call[] = [
  inbound("sms", "SMS"),
  inbound("whatsapp", "WhatsApp message"),
];

type Channel = "sms" | "whatsapp";

function inbound(channel: Channel, noun: string): Call {
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
        example: ANSWER,
      },
    },
    createHandler: (context) => async (request, reply) => {
      const { appId, isTest } = await loadCaller(context, request);
      if (!isTest) {
        throw new AppError(
          "forbidden",
          "The playground needs the key of a test app, sk_test_app_*.",
        );
      }
      const message = readChecked(request, checkInbound);
      await publishInbound(context, appId, { ...message, channel });
      return reply.code(202).send(ANSWER);
    },
  };
}

async function publishInbound(
  context: OperationContext,
  appId: string,
  given: Static<typeof INBOUND> & { readonly channel: Channel },
): Promise<void> {
  const { channel, from, to, text, subject } = given;
  const id = context.ids.next("playground_");
  const message = { id, channel, from, to, text };
  const payload = { message: subject === undefined ? message : { ...message, subject } };
  await publishEvents(context, {
    appRef: appId,
    createApp: null,
    drafts: [plainDraft("message.received", payload)],
    isBatch: false,
    onDuplicate: "refuse",
    idempotencyKey: null,
  });
}
