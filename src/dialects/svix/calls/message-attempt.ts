/** Attempts and the outcomes of deliveries: by message, by endpoint, or one of them; and sending again. */
import type { FastifyInstance } from "fastify";
import type {
  AttemptFilter,
  AttemptView,
  DeliveryStatus,
  OperationContext,
} from "../../../operations/context.ts";
import {
  expungeAttempt,
  getAttempt,
  listAttemptsOfEndpoint,
  listAttemptsOfEvent,
  listDeliveriesOfEndpoint,
  listDeliveriesOfEvent,
} from "../../../operations/events/read-deliveries.ts";
import { resendMessage } from "../../../operations/messages/resend-message.ts";
import { readIdempotencyKey } from "../../read-idempotency-key.ts";
import { loadAppCall, param } from "../caller.ts";
import { endpointFacts } from "./endpoint-out.ts";
import { loadEndpoint } from "./endpoint-access.ts";
import { messageOut, shownEvent } from "./message-out.ts";
import { readEventFilter } from "./message.ts";
import { byId, isoTime, readWindow, sendPage } from "./paging.ts";
import { readQuery } from "./query.ts";
import type { QueryReader } from "./query.ts";

/** Svix's numbers and words. A parked delivery waits, so it is shown as Svix's pending. */
const STATUSES = {
  delivered: { status: 0, statusText: "success" },
  pending: { status: 1, statusText: "pending" },
  parked: { status: 1, statusText: "pending" },
  failed: { status: 2, statusText: "fail" },
  sending: { status: 3, statusText: "sending" },
  cancelled: { status: 4, statusText: "canceled" },
} as const satisfies Record<DeliveryStatus, { status: number; statusText: string }>;

/** Shown in place of an answer whose content was expunged, as at Svix. */
const EXPUNGED = "EXPUNGED";

export const CODE_CLASSES: readonly number[] = [0, 100, 200, 300, 400, 500];

export function mountAttempts(scope: FastifyInstance, context: OperationContext): void {
  scope.get("/api/v1/app/:app/attempt/msg/:msg", async (request, reply) => {
    const { appRef } = await loadAppCall(context, request, "manage");
    const query = readQuery(request);
    const window = readWindow(query, { isCursor: byId.attempt, order: "newest_first" });
    const filter = readAttemptFilter(query);
    const endpointRef = query.text("endpoint_id") ?? null;
    const shown = readShown(query);
    query.finish();
    const ref = param(request, "msg");
    const page = await listAttemptsOfEvent(context, { appRef, ref, endpointRef, window, filter });
    return sendPage(reply, page, attemptItem(shown));
  });

  scope.get("/api/v1/app/:app/attempt/endpoint/:endpoint", async (request, reply) => {
    const { appRef, endpoint } = await loadEndpoint(context, request);
    const query = readQuery(request);
    const window = readWindow(query, { isCursor: byId.attempt, order: "newest_first" });
    const filter = readAttemptFilter(query);
    const withEvent = query.flag("with_msg") ?? false;
    const shown = readShown(query);
    query.finish();
    const page = await listAttemptsOfEndpoint(context, {
      appRef,
      endpointRef: endpoint.endpointId,
      window,
      filter,
      withEvent,
    });
    return sendPage(reply, page, attemptItem(shown));
  });

  scope.get("/api/v1/app/:app/endpoint/:endpoint/msg", async (request, reply) => {
    const { appRef, endpoint } = await loadEndpoint(context, request);
    const query = readQuery(request);
    const window = readWindow(query, { isCursor: byId.event, order: "newest_first" });
    const statuses = readStatuses(query);
    const filter = { ...readEventFilter(query), ...(statuses === null ? undefined : { statuses }) };
    const { withContent, expanded } = readShown(query);
    query.finish();
    const endpointRef = endpoint.endpointId;
    const page = await listDeliveriesOfEndpoint(context, { appRef, endpointRef, window, filter });
    return sendPage(reply, page, {
      id: ({ event }) => event.id,
      text: ({ event, status, nextAttemptAt }) =>
        messageOut(shownEvent(event, withContent), {
          ...statusOut(status, expanded),
          nextAttempt: nextAttemptAt === null ? null : isoTime(nextAttemptAt),
        }),
    });
  });

  scope.get("/api/v1/app/:app/msg/:msg/endpoint", async (request, reply) => {
    const { appRef } = await loadAppCall(context, request, "manage");
    const query = readQuery(request);
    const window = readWindow(query, { isCursor: byId.endpoint, order: "oldest_first" });
    query.finish();
    const ref = param(request, "msg");
    const page = await listDeliveriesOfEvent(context, { appRef, ref, window });
    return sendPage(reply, page, {
      id: ({ endpoint }) => endpoint.endpointId,
      text: ({ endpoint, status, nextAttemptAt }) =>
        JSON.stringify({
          ...endpointFacts(endpoint),
          ...statusOut(status, true),
          nextAttempt: nextAttemptAt === null ? null : isoTime(nextAttemptAt),
        }),
    });
  });

  scope.get("/api/v1/app/:app/msg/:msg/attempt/:attempt", async (request) => {
    const { appRef } = await loadAppCall(context, request, "manage");
    const query = readQuery(request);
    query.flag("expanded_statuses");
    query.finish();
    const ref = { ref: param(request, "msg"), attemptId: param(request, "attempt") };
    return attemptOut(await getAttempt(context, { appRef, ...ref }), true);
  });

  scope.delete("/api/v1/app/:app/msg/:msg/attempt/:attempt/content", async (request, reply) => {
    const { appRef } = await loadAppCall(context, request, "manage");
    readQuery(request).finish();
    const ref = { ref: param(request, "msg"), attemptId: param(request, "attempt") };
    await expungeAttempt(context, { appRef, ...ref });
    return reply.code(204).send();
  });

  scope.post("/api/v1/app/:app/msg/:msg/endpoint/:endpoint/resend", async (request, reply) => {
    const { caller, appRef } = await loadAppCall(context, request, "manage");
    readQuery(request).finish();
    await resendMessage(context, {
      appRef,
      eventRef: param(request, "msg"),
      endpointRef: param(request, "endpoint"),
      idempotencyKey: readIdempotencyKey(request, caller, context),
    });
    return reply.code(202).send({});
  });
}

type Shown = { readonly withContent: boolean; readonly expanded: boolean };

function readShown(query: QueryReader): Shown {
  const withContent = query.flag("with_content") ?? true;
  return { withContent, expanded: query.flag("expanded_statuses") ?? false };
}

/** Null when no attempt can have the requested status: an attempt is recorded only when it has ended. */
function readAttemptFilter(query: QueryReader): AttemptFilter | null {
  const rest = readEventFilter(query);
  const statusCodeClass = query.integer("status_code_class", { min: 0, max: 500 });
  if (statusCodeClass !== undefined && !CODE_CLASSES.includes(statusCodeClass)) {
    query.refuse("status_code_class", `must be one of ${CODE_CLASSES.join(", ")}`);
  }
  const asked = readStatuses(query);
  const statuses = asked?.filter((status) => status === "delivered" || status === "failed");
  if (statuses?.length === 0) return null;
  return {
    ...rest,
    ...(statusCodeClass === undefined ? undefined : { statusCodeClass }),
    ...(statuses === undefined ? undefined : { statuses }),
  };
}

/** All delivery states that Svix's number stands for. Null without a filter. */
function readStatuses(query: QueryReader): DeliveryStatus[] | null {
  const number = query.integer("status", { min: 0, max: 4 });
  if (number === undefined) return null;
  const names = Object.keys(STATUSES) as DeliveryStatus[];
  return names.filter((name) => STATUSES[name].status === number);
}

/** Clients from before Svix had a status for cancelled get success. */
function statusOut(status: DeliveryStatus, expanded: boolean): object {
  return STATUSES[status === "cancelled" && !expanded ? "delivered" : status];
}

function attemptItem({ withContent }: Shown) {
  return {
    id: (attempt: AttemptView) => attempt.id,
    text: (attempt: AttemptView) => {
      const out = attemptOut(attempt, withContent);
      const { event } = attempt;
      if (event === null) return JSON.stringify(out);
      const message = messageOut(shownEvent(event, false));
      return `${JSON.stringify(out).slice(0, -1)},"msg":${message}}`;
    },
  };
}

function attemptOut(attempt: AttemptView, withContent: boolean): object {
  return {
    id: attempt.id,
    msgId: attempt.eventId,
    endpointId: attempt.endpointId,
    url: attempt.url,
    response: withContent ? (attempt.response ?? EXPUNGED) : "",
    responseStatusCode: attempt.statusCode,
    responseDurationMs: Math.round(attempt.durationMs),
    ...statusOut(attempt.succeeded ? "delivered" : "failed", true),
    triggerType: attempt.trigger === "manual" ? 1 : 0,
    resent: attempt.isResent,
    timestamp: isoTime(attempt.at),
  };
}
