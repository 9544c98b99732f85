/** Asks, before a publish, whether any endpoint would get the message. */
import { precheckEvent } from "../../../operations/events/precheck-event.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asAppCaller } from "../caller.ts";
import { answer, flag, READING, shown } from "./document-fields.ts";
import { precheckIn } from "./message-schema.ts";

const precheckOut = shown("MessagePrecheck", {
  active: flag("Whether an endpoint that is not disabled may get such a message."),
});

export const PRECHECK_CALLS: readonly Call[] = [
  defineCall({
    tag: "Message",
    id: "precheckMessage",
    publishes: true,
    summary: "Check for active endpoints",
    description:
      "When `active` is false, no endpoint would get a message with this type and these channels. When it is true, tags, lines and filters of the endpoints may still exclude the message.",
    method: "POST",
    path: "/api/v1/app/:app/msg/precheck/active",
    portal: null,
    operator: "operator",
    access: asAppCaller("publish", "manage"),
    body: precheckIn,
    example: { body: { eventType: "message.received" } },
    answers: { 200: answer("Whether an endpoint listens.", precheckOut, { active: true }) },
    refusals: [...READING, "unknown_field", "unknown_event_type"],
    async handle({ context, appRef, body: { eventType: type, channels } }) {
      return { active: await precheckEvent(context, { appRef, type, channels: channels ?? [] }) };
    },
  }),
];
