/** The document's calls on attempts, and on the outcomes of deliveries. */
import Type from "typebox";
import type { ApiCall } from "../../api-document.ts";
import { endpointFactSchemas, EXAMPLE_FACTS } from "./endpoint-out.ts";
import {
  answer,
  EXAMPLE_APP,
  EXAMPLE_ENDPOINT,
  EXAMPLE_MESSAGE,
  EXAMPLE_TIME,
  flag,
  instant,
  toListSchema,
  NOTHING,
  nullable,
  ONCE,
  PAGE,
  params,
  READING,
  shown,
} from "./document-fields.ts";
import { EVENT_FILTER, EXAMPLE_MESSAGE_OUT, message, messageFacts } from "./document-message.ts";
import { CODE_CLASSES } from "./message-attempt.ts";

const statusFields = {
  status: Type.Integer({
    minimum: 0,
    maximum: 4,
    description: "0 success, 1 pending, 2 fail, 3 sending, 4 canceled.",
  }),
  statusText: Type.Enum(["success", "pending", "fail", "sending", "canceled"]),
};
const nextAttempt = nullable(
  Type.String({ format: "date-time", description: "When the next attempt is due." }),
);
const attempt = shown("MessageAttempt", {
  id: Type.String(),
  msgId: Type.String(),
  endpointId: Type.String(),
  url: Type.String(),
  response: Type.String({
    description: "The beginning of the receiver's answer; `EXPUNGED` once it was removed.",
  }),
  responseStatusCode: Type.Integer({
    description: "The HTTP status; 0 when the receiver did not answer.",
  }),
  responseDurationMs: Type.Integer(),
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
const attemptedMessage = shown("EndpointMessage", {
  ...messageFacts,
  ...statusFields,
  nextAttempt,
});
const destination = shown("MessageEndpoint", {
  ...endpointFactSchemas,
  ...statusFields,
  nextAttempt,
});

const EXAMPLE_ID = "atmpt_2srOrx2ZWZBpBUvZwXKQmoEYga4";
const EXAMPLE = {
  id: EXAMPLE_ID,
  msgId: EXAMPLE_MESSAGE_OUT.id,
  endpointId: EXAMPLE_FACTS.id,
  url: EXAMPLE_FACTS.url,
  response: "ok",
  responseStatusCode: 200,
  responseDurationMs: 42,
  status: 0,
  statusText: "success",
  triggerType: 0,
  resent: false,
  timestamp: EXAMPLE_TIME,
};
const DELIVERED = { status: 0, statusText: "success", nextAttempt: null };

function toPageSchema(item: { readonly id: string; readonly [name: string]: unknown }) {
  const page = { iterator: item.id, prevIterator: `-${item.id}`, done: true };
  return { data: [item], ...page } as unknown as NonNullable<ApiCall["answers"][number]["example"]>;
}

const withContent = Type.Optional(flag("Whether answers and payloads are included."));
const expanded = Type.Optional(flag("Shows cancelled deliveries as canceled instead of success."));
const statusAsked = Type.Optional(statusFields.status);
const ATTEMPT_FILTER = {
  ...PAGE,
  ...EVENT_FILTER,
  status: statusAsked,
  status_code_class: Type.Optional(
    Type.Enum(CODE_CLASSES, {
      description: "The status class of the answer (200 for 2xx); 0 for no answer.",
    }),
  ),
  with_content: withContent,
  expanded_statuses: expanded,
};

const APP = "/api/v1/app/:app";
const shared = { tag: "Message attempt", security: ["bearer"] } as const;
const OF_MESSAGE = { app: EXAMPLE_APP, msg: EXAMPLE_MESSAGE };
const OF_ENDPOINT = { app: EXAMPLE_APP, endpoint: EXAMPLE_ENDPOINT };
const attempts = answer(
  "A page of attempts, newest first.",
  toListSchema(attempt, "Attempts"),
  toPageSchema(EXAMPLE),
);

export const ATTEMPT_CALLS: readonly ApiCall[] = [
  {
    ...shared,
    id: "listAttemptsOfMessage",
    summary: "List the attempts of a message",
    methods: ["GET"],
    path: `${APP}/attempt/msg/:msg`,
    params: params("app", "msg"),
    query: Type.Object({
      ...ATTEMPT_FILTER,
      endpoint_id: Type.Optional(
        Type.String({ description: "Returns only attempts to this endpoint." }),
      ),
    }),
    example: { params: OF_MESSAGE },
    answers: { 200: attempts },
    refusals: READING,
  },
  {
    ...shared,
    id: "listAttemptsOfEndpoint",
    summary: "List the attempts of an endpoint",
    methods: ["GET"],
    path: `${APP}/attempt/endpoint/:endpoint`,
    params: params("app", "endpoint"),
    query: Type.Object({
      ...ATTEMPT_FILTER,
      with_msg: Type.Optional(flag("Each attempt includes its message.")),
    }),
    example: { params: OF_ENDPOINT, query: { status: 2 } },
    answers: { 200: attempts },
    refusals: READING,
  },
  {
    ...shared,
    id: "listMessagesOfEndpoint",
    summary: "List the messages of an endpoint",
    description: "Returns each message with the state of its delivery, newest first.",
    methods: ["GET"],
    path: `${APP}/endpoint/:endpoint/msg`,
    params: params("app", "endpoint"),
    query: Type.Object({
      ...PAGE,
      ...EVENT_FILTER,
      status: statusAsked,
      with_content: withContent,
      expanded_statuses: expanded,
    }),
    example: { params: OF_ENDPOINT },
    answers: {
      200: answer(
        "A page of messages.",
        toListSchema(attemptedMessage, "EndpointMessages"),
        toPageSchema({ ...EXAMPLE_MESSAGE_OUT, ...DELIVERED }),
      ),
    },
    refusals: READING,
  },
  {
    ...shared,
    id: "listEndpointsOfMessage",
    summary: "List the endpoints of a message",
    description:
      "Returns each endpoint to which the message has a delivery, with the state of that delivery.",
    methods: ["GET"],
    path: `${APP}/msg/:msg/endpoint`,
    params: params("app", "msg"),
    query: Type.Object(PAGE),
    example: { params: OF_MESSAGE },
    answers: {
      200: answer(
        "A page of endpoints.",
        toListSchema(destination, "MessageEndpoints"),
        toPageSchema({ ...EXAMPLE_FACTS, ...DELIVERED }),
      ),
    },
    refusals: READING,
  },
  {
    ...shared,
    id: "getAttempt",
    summary: "Get an attempt",
    methods: ["GET"],
    path: `${APP}/msg/:msg/attempt/:attempt`,
    params: params("app", "msg", "attempt"),
    query: Type.Object({ expanded_statuses: expanded }),
    example: { params: { ...OF_MESSAGE, attempt: EXAMPLE_ID } },
    answers: { 200: answer("The attempt.", attempt, EXAMPLE) },
    refusals: READING,
  },
  {
    ...shared,
    id: "expungeAttempt",
    summary: "Delete the stored answer of an attempt",
    methods: ["DELETE"],
    path: `${APP}/msg/:msg/attempt/:attempt/content`,
    params: params("app", "msg", "attempt"),
    example: { params: { ...OF_MESSAGE, attempt: EXAMPLE_ID } },
    answers: NOTHING,
    refusals: READING,
  },
  {
    ...shared,
    id: "resendMessage",
    summary: "Send a message to an endpoint again",
    description: "Works for a delivery in any state, and keeps the message id and the body.",
    methods: ["POST"],
    path: `${APP}/msg/:msg/endpoint/:endpoint/resend`,
    params: params("app", "msg", "endpoint"),
    headers: ONCE,
    example: { params: { ...OF_MESSAGE, endpoint: EXAMPLE_ENDPOINT } },
    answers: { 202: answer("The delivery is due now.", shown("Resent", {}), {}) },
    refusals: [...READING, "content_expunged"],
  },
];
