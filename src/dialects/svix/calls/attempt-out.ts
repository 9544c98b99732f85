/** An attempt as answers show it. */
import Type from "typebox";
import type { AttemptView } from "../../../operations/context.ts";
import { EXPUNGED, personal } from "../personal.ts";
import { attemptStatusOut, statusFields } from "./delivery-status.ts";
import { EXAMPLE_FACTS } from "./endpoint-out.ts";
import { EXAMPLE_ATTEMPT, EXAMPLE_TIME, instant, nullable, shown } from "./document-fields.ts";
import { messageOut, shownEvent } from "./message-out.ts";
import { EXAMPLE_MESSAGE_OUT, message } from "./message-schema.ts";
import { isoTime } from "./paging.ts";

export const attempt = shown("MessageAttempt", {
  id: Type.String(),
  msgId: Type.String(),
  endpointId: Type.String(),
  url: Type.String(),
  response: personal(
    "text",
    Type.String({
      description: "The beginning of the receiver's answer; `EXPUNGED` once it was removed.",
    }),
  ),
  responseStatusCode: Type.Integer({
    description: "The HTTP status; 0 when the receiver did not answer.",
  }),
  responseDurationMs: Type.Integer(),
  reason: nullable(
    Type.String({
      description: "The reason for having no answer, such as `timeout`; null with one.",
    }),
  ),
  ...statusFields,
  triggerType: Type.Enum([0, 1], {
    description: "0 for the retry schedule, 1 for a manual resend.",
  }),
  resent: Type.Boolean({
    description:
      "True when a reused connection broke and the request was sent again at once on a new one.",
  }),
  timestamp: instant("When it was made."),
  msg: Type.Optional(message),
});

export const EXAMPLE_ATTEMPT_OUT = {
  id: EXAMPLE_ATTEMPT,
  msgId: EXAMPLE_MESSAGE_OUT.id,
  endpointId: EXAMPLE_FACTS.id,
  url: EXAMPLE_FACTS.url,
  response: "ok",
  responseStatusCode: 200,
  responseDurationMs: 42,
  reason: null,
  status: 0,
  statusText: "success",
  triggerType: 0,
  resent: false,
  timestamp: EXAMPLE_TIME,
};

/** An attempt as an item of a list, with its message when that was loaded. */
export function toAttemptItem(withContent: boolean) {
  return {
    id: (view: AttemptView) => view.id,
    text: (view: AttemptView) => {
      const out = JSON.stringify(attemptOut(view, withContent));
      if (view.event === null) return out;
      return `${out.slice(0, -1)},"msg":${messageOut(shownEvent(view.event, false))}}`;
    },
  };
}

export function attemptOut(view: AttemptView, withContent: boolean): object {
  return {
    id: view.id,
    msgId: view.eventId,
    endpointId: view.endpointId,
    url: view.url,
    response: withContent ? (view.response ?? EXPUNGED) : "",
    responseStatusCode: view.statusCode,
    responseDurationMs: Math.round(view.durationMs),
    reason: view.reason,
    ...attemptStatusOut(view.succeeded),
    triggerType: view.trigger === "manual" ? 1 : 0,
    resent: view.isResent,
    timestamp: isoTime(view.at),
  };
}
