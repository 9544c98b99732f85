/** Sends an example to an endpoint. */
import Type from "typebox";
import { sliceMember } from "../../../core/json/json-slice.ts";
import { sendExample } from "../../../operations/events/send-example.ts";
import { defineCall } from "../call.ts";
import { answer, body, MAKING, nullable, text } from "./document-fields.ts";
import { EXAMPLE_MESSAGE_OUT, message } from "./message-schema.ts";
import { asManager } from "./endpoint-access.ts";
import { messageOut } from "./message-out.ts";
import { NAME_RULES } from "./model-rules.ts";
import { sendText } from "./paging.ts";

/** Svix's test event. It needs no registration and has one payload. */
const PING = {
  type: "svix.ping",
  given: { payload: { success: true }, text: '{"success":true}' },
} as const;

const exampleIn = body("SendExampleIn", {
  eventType: text(
    NAME_RULES,
    "A built-in type, a registered type whose schema has examples, or `svix.ping`. With a payload, any type.",
  ),
  exampleIndex: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 1000,
      description: "Index of the example (default: 0). Not used with a payload.",
    }),
  ),
  payload: Type.Optional(
    nullable(
      Type.Object(
        {},
        { description: "A payload to send instead of an example.", additionalProperties: true },
      ),
    ),
  ),
});

export const EXAMPLE_CALL = defineCall({
  tag: "Endpoint",
  id: "sendExample",
  portal: "CreateAttempts",
  operator: "operator",
  summary: "Send an example to an endpoint",
  description:
    "The example is delivered only to this endpoint, even if the endpoint does not select its type.",
  method: "POST",
  path: "/api/v1/app/:app/endpoint/:endpoint/send-example",
  access: asManager,
  idempotent: true,
  body: exampleIn,
  example: { body: { eventType: "message.received" } },
  answers: { 202: answer("The example is accepted for delivery.", message, EXAMPLE_MESSAGE_OUT) },
  refusals: [...MAKING, "unknown_event_type", "invalid_payload"],
  async handle({ context, appRef, params, body: given, text: sent, reply, idempotencyKey }) {
    const { eventType: type, exampleIndex = 0, payload = null } = given;
    const asSent = payload && { payload, text: sliceMember(sent, "payload") ?? "{}" };
    const example = await sendExample(context, {
      appRef,
      endpointRef: params.endpoint,
      eventType: type,
      exampleIndex,
      given: asSent ?? (type === PING.type ? PING.given : null),
      idempotencyKey: idempotencyKey(),
    });
    const [event] = example.events;
    const shown = messageOut({
      id: event?.id ?? "",
      eventId: null,
      type,
      payload: example.payloadText,
      channels: [],
      tags: [],
      orderingKey: null,
      deliverAt: null,
      acceptedAt: example.acceptedAt,
    });
    return sendText(reply, 202, shown);
  },
});
