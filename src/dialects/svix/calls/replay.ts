/** Replays by a filter over failed deliveries, of an application or of all: a task per endpoint. */
import type { FastifyReply } from "fastify";
import Type from "typebox";
import type {
  FailureFilter,
  IdempotencyKey,
  OperationContext,
} from "../../../operations/context.ts";
import {
  replayFailures,
  summarizeFailures,
} from "../../../operations/endpoints/replay-failures.ts";
import type { Call } from "../../call.ts";
import { instantIn } from "../../request-schema.ts";
import { defineCall } from "../call.ts";
import { asAppCaller, asOperator } from "../caller.ts";
import { CODE_CLASSES } from "./delivery-status.ts";
import { answer, body, flag, MAKING, nullable, shown, texts } from "./document-fields.ts";
import { TYPES } from "./endpoint-model.ts";
import { failedSince, failureReasons } from "./failure-fields.ts";
import { EXAMPLE_FACTS } from "./endpoint-out.ts";

const MOST_NAMED = 100;

const replayFailedIn = body("ReplayFailedIn", {
  failedSince,
  failedUntil: Type.Optional(
    nullable(instantIn("Selects deliveries that failed before this time (default: now).")),
  ),
  reasons: failureReasons,
  statusCodeClasses: Type.Optional(
    nullable(
      Type.Array(Type.Enum(CODE_CLASSES), {
        minItems: 1,
        maxItems: CODE_CLASSES.length,
        description:
          "Selects by the status class of the last answer (500 for 5xx); 0 for no answer.",
      }),
    ),
  ),
  endpointIds: Type.Optional(
    nullable(
      Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
        minItems: 1,
        maxItems: MOST_NAMED,
        description: "Selects these endpoints.",
      }),
    ),
  ),
  eventTypes: Type.Optional(
    nullable(texts({ ...TYPES, min: 1 }, "Selects only these event types.")),
  ),
});
type Given = Type.Static<typeof replayFailedIn>;

const query = Type.Object({
  dry_run: Type.Optional(flag("Answers how much would be sent, and changes nothing.")),
});
const estimate = shown("ReplayFailedEstimate", {
  estimate: Type.Integer({ description: "Number of deliveries." }),
  isExact: flag("False when there may be more: only the newest 10,000 failures were read."),
  endpoints: Type.Array(
    Type.Object({
      endpointId: Type.String(),
      url: Type.String(),
      appId: Type.String(),
      count: Type.Integer({ description: "Number of deliveries; at least, unless `isExact`." }),
      state: Type.Enum(["enabled", "paused", "disabled"]),
      breaker: Type.Enum(["open", "closed"], {
        description: "While it is open, the deliveries wait for the endpoint to recover.",
      }),
    }),
    { description: "At most 1,000, those with most deliveries first." },
  ),
  hasMoreEndpoints: flag("Whether the filter matches more endpoints than a replay may have."),
});
const group = shown("ReplayGroup", {
  groupId: Type.String({ description: "Each task has it in its `data`." }),
  tasks: Type.Integer({ description: "Number of tasks, one per endpoint." }),
});
const EXAMPLE_GROUP = { groupId: "qgroup_33qen93MNuelBAq1T9G7eHLJRsF", tasks: 3 };
const EXAMPLE_ESTIMATE = {
  estimate: 1102,
  isExact: true,
  endpoints: [
    {
      endpointId: EXAMPLE_FACTS.id,
      url: EXAMPLE_FACTS.url,
      appId: "app_2srOrx2ZWZBpBUvZwXKQmoEYga1",
      count: 1102,
      state: "enabled",
      breaker: "open",
    },
  ],
  hasMoreEndpoints: false,
};

const all = {
  tag: "Delivery",
  method: "POST",
  operator: "operator",
  query,
  body: replayFailedIn,
  idempotent: true,
  example: {
    body: {
      failedSince: "2026-05-05T22:00:00Z",
      failedUntil: "2026-05-06T06:00:00Z",
      reasons: ["5xx", "timeout"],
    },
  },
  answers: {
    200: answer("With `dry_run`, how much would be sent.", estimate, EXAMPLE_ESTIMATE),
    202: answer("The tasks that were started.", group, EXAMPLE_GROUP),
  },
  description:
    "Starts a background task per endpoint. At most 20 of them run at once, and the others wait for their turn. A replay may have 1,000 endpoints.",
} as const;

export const REPLAY_CALLS: readonly Call[] = [
  defineCall({
    ...all,
    id: "replayFailedDeliveries",
    summary: "Send failed deliveries of all applications again",
    portal: null,
    path: "/api/v1/replay",
    access: asOperator,
    refusals: [...MAKING.filter((code) => code !== "not_found"), "limit_reached", "rate_limited"],
    handle: async ({ context, query: asked, body: given, idempotencyKey, reply }) =>
      await replay(context, { appRef: null, given, asked, idempotencyKey, reply }),
  }),
  defineCall({
    ...all,
    id: "replayFailedDeliveriesOfApplication",
    summary: "Send failed deliveries of an application again",
    portal: "CreateAttempts",
    path: "/api/v1/app/:app/replay",
    access: asAppCaller("manage"),
    refusals: [...MAKING, "limit_reached", "rate_limited"],
    handle: async ({ context, appRef, query: asked, body: given, idempotencyKey, reply }) =>
      await replay(context, { appRef, given, asked, idempotencyKey, reply }),
  }),
];

async function replay(
  context: OperationContext,
  p: {
    readonly appRef: string | null;
    readonly given: Given;
    readonly asked: { readonly dry_run?: boolean };
    readonly idempotencyKey: () => IdempotencyKey | null;
    readonly reply: FastifyReply;
  },
): Promise<object> {
  const selection = {
    appRef: p.appRef,
    endpointRefs: p.given.endpointIds ?? null,
    filter: toFilter(p.given),
  };
  if (p.asked.dry_run !== true) {
    p.reply.code(202);
    return await replayFailures(context, { ...selection, idempotencyKey: p.idempotencyKey() });
  }
  p.reply.code(200);
  const { endpoints, ...summary } = await summarizeFailures(context, selection);
  return {
    ...summary,
    endpoints: endpoints.map(({ status, isBreakerOpen, ...endpoint }) => ({
      ...endpoint,
      state: status,
      breaker: isBreakerOpen ? "open" : "closed",
    })),
  };
}

function toFilter({ failedSince, failedUntil, ...given }: Given): FailureFilter {
  const { reasons, statusCodeClasses, eventTypes } = given;
  return {
    failedSince,
    ...(typeof failedUntil === "number" ? { failedUntil } : undefined),
    ...(reasons ? { reasons } : undefined),
    ...(statusCodeClasses ? { statusCodeClasses } : undefined),
    ...(eventTypes ? { eventTypes } : undefined),
  };
}
