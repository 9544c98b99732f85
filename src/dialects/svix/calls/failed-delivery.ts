/** Deliveries that failed for good: the newest failure first, of an application or of all. */
import type { FastifyReply } from "fastify";
import Type from "typebox";
import { isFailureCursor, writeFailureCursor } from "../../../core/delivery/failure-cursor.ts";
import { FAILURE_ENDS, FAILURE_REASONS } from "../../../core/delivery/failure-reasons.ts";
import type {
  FailedDelivery,
  FailureFilter,
  FailurePage,
  PageRequest,
} from "../../../operations/context.ts";
import { listFailures } from "../../../operations/failures/list-failures.ts";
import type { Call } from "../../call.ts";
import { instantIn, refine } from "../../request-schema.ts";
import { defineCall } from "../call.ts";
import { asOperator } from "../caller.ts";
import { CODE_CLASSES } from "./delivery-status.ts";
import {
  answer,
  EXAMPLE_APP,
  EXAMPLE_TIME,
  instant,
  nullable,
  PAGE,
  READING,
  shown,
  texts,
  toListSchema,
} from "./document-fields.ts";
import { asManager } from "./endpoint-access.ts";
import { TYPES } from "./endpoint-model.ts";
import { failedSince } from "./failure-fields.ts";
import { EXAMPLE_FACTS } from "./endpoint-out.ts";
import { searchedTo } from "./marks-out.ts";
import { EXAMPLE_MESSAGE_OUT } from "./message-schema.ts";
import { isoTime, mapLazily, sendList, toIterators } from "./paging.ts";

const DEFAULT_LIMIT = 50;
const REASONS =
  "The end of the delivery (`exhausted`: no retry is left; `final`: a status after which no retry is made) or the reason of its last attempt.";

const query = Type.Object({
  limit: PAGE.limit,
  iterator: Type.Optional(
    refine(
      PAGE.iterator,
      (text: string) => isFailureCursor(text.replace(/^-/, "")),
      "must be the iterator of a previous page of this list",
    ),
  ),
  state: Type.Optional(
    Type.Enum(["failed"], { description: "The only state that has such a list." }),
  ),
  reason: Type.Optional(
    Type.Array(Type.Enum([...FAILURE_REASONS]), {
      description: `Selects deliveries with one of these reasons. ${REASONS}`,
    }),
  ),
  status_code_class: Type.Optional(
    Type.Enum(CODE_CLASSES, {
      description: "The status class of the last answer (500 for 5xx); 0 for no answer.",
    }),
  ),
  endpoint_id: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description:
        "Selects deliveries to this endpoint. Its uid needs the application in the path.",
    }),
  ),
  event_type: Type.Optional(texts({ ...TYPES, min: 1 }, "Selects only these event types.")),
  failed_since: Type.Optional(failedSince),
  failed_until: Type.Optional(instantIn("Selects deliveries that failed before this time.")),
});
type Listing = Type.Static<typeof query>;

const facts = {
  msgId: Type.String(),
  eventType: Type.String(),
  endpointId: Type.String(),
  url: Type.String({ description: "The endpoint's URL now." }),
  endpointState: Type.Enum(["enabled", "paused", "disabled", "deleted"]),
  part: Type.Integer({
    minimum: 0,
    description: "Which of several webhooks of the message it is.",
  }),
  failedAt: instant("When it failed."),
  attempts: Type.Integer(),
  reason: Type.Enum([...FAILURE_ENDS], { description: "Why no further attempt is made." }),
  lastStatusCode: nullable(
    Type.Integer({ description: "The last answer; 0 without one, null without an attempt." }),
  ),
  lastReason: nullable(
    Type.String({ description: "The reason for having no answer, such as `timeout`." }),
  ),
};
const failed = shown("FailedDelivery", facts);
const failedOfApp = shown("FailedDeliveryOfApplication", {
  ...facts,
  app: Type.Object({ id: Type.String(), uid: nullable(Type.String()), name: Type.String() }),
});

const EXAMPLE = {
  msgId: EXAMPLE_MESSAGE_OUT.id,
  eventType: "message.received",
  endpointId: EXAMPLE_FACTS.id,
  url: EXAMPLE_FACTS.url,
  endpointState: "enabled",
  part: 0,
  failedAt: EXAMPLE_TIME,
  attempts: 22,
  reason: "exhausted",
  lastStatusCode: 503,
  lastReason: null,
};
const EXAMPLE_OF_APP = {
  ...EXAMPLE,
  app: { id: "app_2srOrx2ZWZBpBUvZwXKQmoEYga1", uid: EXAMPLE_APP, name: "The Blue Door" },
};
const iterator = writeFailureCursor({
  failedAt: Date.parse(EXAMPLE.failedAt),
  eventId: EXAMPLE.msgId,
  endpointId: EXAMPLE.endpointId,
  part: EXAMPLE.part,
});
const PAGE_FIELDS = { iterator, prevIterator: `-${iterator}`, done: true, searchedTo: null };

const all = {
  tag: "Delivery",
  operator: "viewer",
  method: "GET",
  query,
  description:
    "Returns the newest failure first. A delivery that is sent again leaves the list at once. A search that ends early says how far it got in `searchedTo`; `iterator` continues it.",
} as const;

export const FAILED_DELIVERY_CALLS: readonly Call[] = [
  defineCall({
    ...all,
    id: "listFailedDeliveries",
    summary: "List failed deliveries of all applications",
    portal: null,
    path: "/api/v1/delivery",
    access: asOperator,
    answers: {
      200: answer(
        "A page of deliveries.",
        toListSchema(failedOfApp, "FailedDeliveriesOfApplications", { searchedTo }),
        { data: [EXAMPLE_OF_APP], ...PAGE_FIELDS },
      ),
    },
    refusals: ["invalid_field"],
    async handle({ context, query: given, reply }) {
      const window = toWindow(given);
      const page = await listFailures(context, { appRef: null, window, ...toSelection(given) });
      return await sendFailed(reply, page, window, true);
    },
  }),
  defineCall({
    ...all,
    id: "listFailedDeliveriesOfApplication",
    summary: "List failed deliveries of an application",
    portal: "ViewBase",
    path: "/api/v1/app/:app/delivery",
    access: asManager,
    answers: {
      200: answer(
        "A page of deliveries.",
        toListSchema(failed, "FailedDeliveries", { searchedTo }),
        { data: [EXAMPLE], ...PAGE_FIELDS },
      ),
    },
    refusals: READING,
    async handle({ context, appRef, query: given, reply }) {
      const window = toWindow(given);
      const page = await listFailures(context, { appRef, window, ...toSelection(given) });
      return await sendFailed(reply, page, window, false);
    },
  }),
];

function toWindow({ limit = DEFAULT_LIMIT, iterator: given }: Listing): PageRequest {
  const backward = given?.startsWith("-") ?? false;
  return { after: given?.replace(/^-/, "") ?? null, limit, backward, ascending: false };
}

function toSelection(given: Listing): {
  readonly endpointRef: string | null;
  readonly filter: FailureFilter;
} {
  const { reason, status_code_class: statusCodeClass, event_type: eventTypes } = given;
  const { failed_since: failedSince, failed_until: failedUntil } = given;
  return {
    endpointRef: given.endpoint_id ?? null,
    filter: {
      ...(reason === undefined ? undefined : { reasons: reason }),
      ...(statusCodeClass === undefined ? undefined : { statusCodeClasses: [statusCodeClass] }),
      ...(eventTypes === undefined ? undefined : { eventTypes }),
      ...(failedSince === undefined ? undefined : { failedSince }),
      ...(failedUntil === undefined ? undefined : { failedUntil }),
    },
  };
}

async function sendFailed(
  reply: FastifyReply,
  page: FailurePage,
  window: PageRequest,
  withApp: boolean,
): Promise<FastifyReply> {
  const { items, done, searchedTo: at } = page;
  const texts = mapLazily(items, (item) => JSON.stringify(failedOut(item, withApp)));
  const more = {
    ...toIterators(page, window, (item) =>
      writeFailureCursor({ ...item, endpointId: item.endpoint.id }),
    ),
    done,
    searchedTo: at === null ? null : isoTime(at),
  };
  return await sendList(reply, 200, { texts, more });
}

/** A portal shows its visitor no application. */
function failedOut({ endpoint, lastAttempt, app, ...item }: FailedDelivery, withApp: boolean) {
  return {
    msgId: item.eventId,
    eventType: item.eventType,
    endpointId: endpoint.id,
    url: endpoint.url,
    endpointState: endpoint.status,
    part: item.part,
    failedAt: isoTime(item.failedAt),
    attempts: item.attempts,
    reason: item.end,
    lastStatusCode: lastAttempt === null ? null : lastAttempt.statusCode,
    lastReason: lastAttempt === null ? null : lastAttempt.reason,
    ...(withApp ? { app } : undefined),
  };
}
