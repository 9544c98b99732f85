/** Attempts and the outcomes of deliveries: by message, by endpoint, or one of them; and sending again. */
import Type from "typebox";
import type { Static, TObject } from "typebox";
import type { AttemptFilter } from "../../../operations/context.ts";
import {
  expungeAttempt,
  getAttempt,
  listAttemptsOfEndpoint,
  listAttemptsOfEvent,
  listDeliveriesOfEndpoint,
  listDeliveriesOfEvent,
} from "../../../operations/events/read-deliveries.ts";
import { resendMessage } from "../../../operations/messages/resend-message.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { findEventIds, withReveal } from "../with-reveal.ts";
import { attempt, attemptOut, EXAMPLE_ATTEMPT_OUT, toAttemptItem } from "./attempt-out.ts";
import {
  CODE_CLASSES,
  deliveryFields,
  deliveryOfEndpointOut,
  deliveryOfMessageOut,
  EXAMPLE_DELIVERED,
  STATUS_QUERY,
  toStatuses,
} from "./delivery-status.ts";
import { answer, flag, NOTHING, READING, shown, toPageAnswer } from "./document-fields.ts";
import { asManager, loadEndpoint } from "./endpoint-access.ts";
import { endpointFacts, endpointFactSchemas, EXAMPLE_FACTS } from "./endpoint-out.ts";
import { createPaging } from "./list-query.ts";
import { messageOut, shownEvent } from "./message-out.ts";
import {
  EVENT_FILTER,
  EXAMPLE_MESSAGE_OUT,
  messageFacts,
  toEventFilter,
} from "./message-schema.ts";
import { byId, sendPage } from "./paging.ts";

const attemptedMessage = shown("EndpointMessage", { ...messageFacts, ...deliveryFields });
const destination = shown("MessageEndpoint", { ...endpointFactSchemas, ...deliveryFields });

const ATTEMPT_FILTER = {
  ...EVENT_FILTER,
  status: STATUS_QUERY.status,
  status_code_class: Type.Optional(
    Type.Enum(CODE_CLASSES, {
      description: "The status class of the answer (200 for 2xx); 0 for no answer.",
    }),
  ),
  with_content: STATUS_QUERY.with_content,
  expanded_statuses: STATUS_QUERY.expanded_statuses,
};
type AttemptQuery = Static<TObject<typeof ATTEMPT_FILTER>>;

const attempts = createPaging({ isCursor: byId.attempt, order: "newest_first" });
const messages = createPaging({ isCursor: byId.event, order: "newest_first" });
const endpoints = createPaging({ isCursor: byId.endpoint, order: "oldest_first" });

const APP = "/api/v1/app/:app";
const common = { tag: "Message attempt", refusals: READING } as const;
const ofMessage = { ...common, access: asManager } as const;
const ofEndpoint = { ...common, access: loadEndpoint } as const;
const oneAttempt = { ...ofMessage, path: `${APP}/msg/:msg/attempt/:attempt` } as const;
const page = toPageAnswer("A page of attempts, newest first.", "Attempts", {
  schema: attempt,
  example: EXAMPLE_ATTEMPT_OUT,
});

export const ATTEMPT_CALLS: readonly Call[] = [
  defineCall({
    ...ofMessage,
    id: "listAttemptsOfMessage",
    portal: "ViewBase",
    operator: "viewer",
    summary: "List the attempts of a message",
    method: "GET",
    path: `${APP}/attempt/msg/:msg`,
    query: attempts.toQuery({
      ...ATTEMPT_FILTER,
      endpoint_id: Type.Optional(
        Type.String({ description: "Returns only attempts to this endpoint." }),
      ),
    }),
    answers: page,
    async handle({ context, caller, appRef, params, query, reply }) {
      const items = await listAttemptsOfEvent(context, {
        appRef,
        ref: params.msg,
        endpointRef: query.endpoint_id ?? null,
        window: attempts.toPageRequest(query),
        filter: toAttemptFilter(query),
      });
      return sendPage(reply, items, {
        ...toAttemptItem({ caller, withContent: query.with_content ?? true }),
        window: attempts.toPageRequest(query),
      });
    },
  }),
  defineCall({
    ...ofEndpoint,
    id: "listAttemptsOfEndpoint",
    portal: "ViewBase",
    operator: "viewer",
    summary: "List the attempts of an endpoint",
    method: "GET",
    path: `${APP}/attempt/endpoint/:endpoint`,
    query: attempts.toQuery({
      ...ATTEMPT_FILTER,
      with_msg: Type.Optional(flag("Each attempt includes its message.")),
    }),
    example: { query: { status: 2 } },
    answers: page,
    async handle({ context, caller, appRef, endpoint, query, reply }) {
      const items = await listAttemptsOfEndpoint(context, {
        appRef,
        endpointRef: endpoint.endpointId,
        window: attempts.toPageRequest(query),
        filter: toAttemptFilter(query),
        withEvent: query.with_msg ?? false,
      });
      return sendPage(reply, items, {
        ...toAttemptItem({ caller, withContent: query.with_content ?? true }),
        window: attempts.toPageRequest(query),
      });
    },
  }),
  defineCall({
    ...ofEndpoint,
    id: "listMessagesOfEndpoint",
    portal: "ViewBase",
    operator: "viewer",
    summary: "List the messages of an endpoint",
    description: "Returns each message with the state of its delivery, newest first.",
    method: "GET",
    path: `${APP}/endpoint/:endpoint/msg`,
    query: messages.toQuery({ ...EVENT_FILTER, ...STATUS_QUERY }),
    answers: toPageAnswer("A page of messages.", "EndpointMessages", {
      schema: attemptedMessage,
      example: { ...EXAMPLE_MESSAGE_OUT, ...EXAMPLE_DELIVERED },
    }),
    async handle({ context, appRef, endpoint, query, reply }) {
      const { with_content: withContent = true, expanded_statuses: expanded = false } = query;
      const statuses = toStatuses(query.status);
      const items = await listDeliveriesOfEndpoint(context, {
        appRef,
        endpointRef: endpoint.endpointId,
        window: messages.toPageRequest(query),
        filter: { ...toEventFilter(query), ...(statuses === undefined ? undefined : { statuses }) },
      });
      return sendPage(reply, items, {
        window: messages.toPageRequest(query),
        id: ({ event }) => event.id,
        text: ({ event, ...delivery }) =>
          messageOut(shownEvent(event, withContent), deliveryOfEndpointOut(delivery, expanded)),
      });
    },
  }),
  defineCall({
    ...ofMessage,
    id: "listEndpointsOfMessage",
    portal: "ViewBase",
    operator: "viewer",
    summary: "List the endpoints of a message",
    description:
      "Returns each endpoint to which the message has a delivery, with the state of that delivery.",
    method: "GET",
    path: `${APP}/msg/:msg/endpoint`,
    query: endpoints.toQuery({}),
    answers: toPageAnswer("A page of endpoints.", "MessageEndpoints", {
      schema: destination,
      example: { ...EXAMPLE_FACTS, ...EXAMPLE_DELIVERED },
    }),
    async handle({ context, appRef, params, query, reply }) {
      const items = await listDeliveriesOfEvent(context, {
        appRef,
        ref: params.msg,
        window: endpoints.toPageRequest(query),
      });
      return sendPage(reply, items, {
        id: ({ endpoint }) => endpoint.endpointId,
        text: ({ endpoint, ...delivery }) =>
          JSON.stringify({ ...endpointFacts(endpoint), ...deliveryOfMessageOut(delivery) }),
      });
    },
  }),
  ...withReveal(
    {
      ...oneAttempt,
      id: "getAttempt",
      portal: "ViewBase",
      operator: "viewer",
      summary: "Get an attempt",
      method: "GET",
      query: Type.Object({ expanded_statuses: STATUS_QUERY.expanded_statuses }),
      answers: { 200: answer("The attempt.", attempt, EXAMPLE_ATTEMPT_OUT) },
      async handle({ context, caller, appRef, params }) {
        const ref = { appRef, ref: params.msg, attemptId: params.attempt };
        return attemptOut(await getAttempt(context, ref), { caller, withContent: true });
      },
    },
    {
      id: "revealAttempt",
      of: "the answer of an attempt",
      async findIds(call) {
        const { context, appRef, params } = call;
        const ref = { appRef, ref: params.msg, attemptId: params.attempt };
        await getAttempt(context, ref);
        return [...(await findEventIds(call)), params.attempt];
      },
    },
  ),
  defineCall({
    ...oneAttempt,
    path: `${oneAttempt.path}/content`,
    id: "expungeAttempt",
    portal: null,
    operator: "operator",
    summary: "Delete the stored answer of an attempt",
    description: "Deletes its headers and times as well.",
    method: "DELETE",
    answers: NOTHING,
    async handle({ context, appRef, params }) {
      await expungeAttempt(context, { appRef, ref: params.msg, attemptId: params.attempt });
    },
  }),
  defineCall({
    ...ofMessage,
    id: "resendMessage",
    portal: "CreateAttempts",
    operator: "operator",
    summary: "Send a message to an endpoint again",
    description: "Works for a delivery in any state, and keeps the message id and the body.",
    method: "POST",
    path: `${APP}/msg/:msg/endpoint/:endpoint/resend`,
    idempotent: true,
    answers: { 202: answer("The delivery is due now.", shown("Resent", {}), {}) },
    refusals: [...READING, "content_expunged"],
    async handle({ context, appRef, params, idempotencyKey }) {
      await resendMessage(context, {
        appRef,
        eventRef: params.msg,
        endpointRef: params.endpoint,
        idempotencyKey: idempotencyKey(),
      });
      return {};
    },
  }),
];

/** Null when no attempt can have the requested status: an attempt is recorded only when it has ended. */
function toAttemptFilter(query: AttemptQuery): AttemptFilter | null {
  const { status, status_code_class: statusCodeClass } = query;
  const statuses = toStatuses(status)?.filter((name) => name === "delivered" || name === "failed");
  if (statuses?.length === 0) return null;
  return {
    ...toEventFilter(query),
    ...(statusCodeClass === undefined ? undefined : { statusCodeClass }),
    ...(statuses === undefined ? undefined : { statuses }),
  };
}
