/** Replays of an endpoint: failed deliveries, missed messages, and by filter. Each is a background task. */
import Type from "typebox";
import type { Static } from "typebox";
import type { ReplayFilter, ReplayKind } from "../../../operations/context.ts";
import {
  estimateReplay,
  replayDeliveries,
} from "../../../operations/endpoints/replay-deliveries.ts";
import { parseJson } from "../../../core/json/json.ts";
import type { JsonValue } from "../../../core/json/json-value.ts";
import { bodyText } from "../../read-body.ts";
import { createReader } from "../../read-schema.ts";
import { instantIn } from "../../request-schema.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asAppCaller } from "../caller.ts";
import { refuseField } from "../../../core/error.ts";
import { EXAMPLE_STARTED, startedOut, startedTask } from "./background-task.ts";
import { CODE_CLASSES } from "./delivery-status.ts";
import { answer, body, flag, MAKING, nullable, shown, text, texts } from "./document-fields.ts";
import { failedSince, failureReasons } from "./failure-fields.ts";
import { TYPES } from "./endpoint-model.ts";
import { CHANNEL_RULES, TAG_RULES } from "./model-rules.ts";

/** Svix's numbers. A delivery that is being sent needs no replay, and a cancelled one has no endpoint. */
const REPLAYED_STATES = ["delivered", "pending", "failed"] as const;
const FAIL = 2;

/** A filter without a type would replay nothing. */
const REPLAYED_TYPES = { ...TYPES, min: 1 } as const;

const period = {
  since: instantIn("Start of the period: messages accepted at or after this time."),
  until: Type.Optional(nullable(instantIn("End of the period, exclusive (default: now)."))),
};
/** Ranges by the time of failing select failed deliveries alone. */
const failures = {
  failedSince: Type.Optional(nullable(failedSince)),
  failedUntil: Type.Optional(
    nullable(instantIn("Selects deliveries that failed before this time.")),
  ),
  reasons: failureReasons,
};
const since = Type.Optional(
  nullable(
    instantIn(
      "Start of the period: messages accepted at or after this time. Required without failedSince, failedUntil and reasons.",
    ),
  ),
);
const replayIn = body("ReplayIn", period);
const recoverIn = body("RecoverIn", { ...period, since, ...failures });
const bulkReplayIn = body("BulkReplayIn", {
  ...period,
  since,
  ...failures,
  eventTypes: Type.Optional(nullable(texts(REPLAYED_TYPES, "Selects only these event types."))),
  channel: Type.Optional(nullable(text(CHANNEL_RULES, "Selects only messages with this channel."))),
  tag: Type.Optional(nullable(text(TAG_RULES, "Only with this tag."))),
  status: Type.Optional(
    nullable(
      Type.Integer({
        minimum: 0,
        maximum: REPLAYED_STATES.length - 1,
        description: "0 success, 1 pending, 2 fail (default: success and fail).",
      }),
    ),
  ),
  statusCodeClass: Type.Optional(
    nullable(
      Type.Enum(CODE_CLASSES, {
        description: "The status class of the last answer (200 for 2xx); 0 for no answer.",
      }),
    ),
  ),
});
const readNoFields = createReader(Type.Object({}, { additionalProperties: false }), "absent");

const estimated = shown("ReplayEstimate", {
  estimate: Type.Integer({ description: "Deliveries, or messages that were missed." }),
  isExact: flag("False when there may be more: only the first 10,000 were read."),
});
const dryRun = Type.Object({
  dry_run: Type.Optional(flag("Answers how much would be sent, and changes nothing.")),
});

/** The parts that all replays share. */
const common = {
  tag: "Endpoint",
  method: "POST",
  portal: "CreateAttempts",
  operator: "operator",
  access: asAppCaller("manage"),
  idempotent: true,
  refusals: [...MAKING, "rate_limited"],
} as const;

const PATH = "/api/v1/app/:app/endpoint/:endpoint";
const EXAMPLE_ESTIMATE = { estimate: 1204, isExact: true };
const SINCE = { since: "2026-05-06T02:00:00Z" };

export const RECOVERY_CALLS: readonly Call[] = [
  replayCall({
    id: "recoverEndpoint",
    word: "recover",
    kind: "endpoint.recover",
    summary: "Send failed deliveries again",
    description:
      "Sends failed deliveries again and, while the endpoint is disabled, also parked ones.",
    schema: recoverIn,
    example: { failedSince: "2026-05-06T22:00:00Z", reasons: ["5xx", "timeout"] },
  }),
  replayCall({
    id: "replayMissing",
    word: "replay-missing",
    kind: "endpoint.replay",
    summary: "Send messages that the endpoint missed",
    description:
      "Sends messages that match the endpoint now but have no delivery to it, because it was disabled or did not exist yet.",
    schema: replayIn,
    example: SINCE,
  }),
  replayCall({
    id: "bulkReplay",
    word: "bulk-replay",
    kind: "endpoint.bulk-replay",
    summary: "Send messages again by filter",
    description: "Can send delivered messages again, too.",
    schema: bulkReplayIn,
    example: { ...SINCE, eventTypes: ["message.received"], status: 2, statusCodeClass: 500 },
  }),
  // Svix has no such call and no such task, so this is a bulk replay of pending deliveries.
  defineCall({
    ...common,
    id: "sendPending",
    summary: "Send pending deliveries now",
    description:
      "After an outage, each pending delivery makes its next attempt now; later attempts keep their times. Starts a background task and answers at once.",
    path: `${PATH}/send-pending`,
    query: Type.Object({}, { additionalProperties: true }),
    answers: started("endpoint.bulk-replay"),
    async handle({ context, appRef, params, request, idempotencyKey }) {
      const sent = bodyText(request, null);
      if (sent !== "") readNoFields(parseJson(sent));
      const job = await replayDeliveries(context, {
        appRef,
        endpointRef: params.endpoint,
        kind: "endpoint.bulk-replay",
        params: { since: 0, until: null, filter: { state: "pending", keepsSchedule: true } },
        idempotencyKey: idempotencyKey(),
      });
      return startedOut(job);
    },
  }),
];

function replayCall(p: {
  readonly id: string;
  readonly word: string;
  readonly kind: ReplayKind;
  readonly summary: string;
  readonly description: string;
  readonly schema: typeof replayIn | typeof recoverIn | typeof bulkReplayIn;
  readonly example: JsonValue;
}): Call {
  const { word, kind, schema, example, ...named } = p;
  return defineCall({
    ...common,
    ...named,
    description: `${p.description} Starts a background task and answers at once.`,
    path: `${PATH}/${word}`,
    body: schema as typeof bulkReplayIn,
    example: { body: example },
    query: dryRun,
    answers: {
      200: answer("With `dry_run`, how much would be sent.", estimated, EXAMPLE_ESTIMATE),
      ...started(kind),
    },
    async handle({ context, appRef, params, query, body: given, idempotencyKey, reply }) {
      const { until = null, ...selected } = given;
      const filter = toFilter(selected);
      const asked = {
        appRef,
        endpointRef: params.endpoint,
        kind,
        params: { since: toSince(selected.since, filter), until, filter },
      };
      if (query.dry_run === true) {
        reply.code(200);
        return await estimateReplay(context, asked);
      }
      reply.code(202);
      return startedOut(
        await replayDeliveries(context, { ...asked, idempotencyKey: idempotencyKey() }),
      );
    },
  });
}

function started(kind: ReplayKind) {
  const example = { ...EXAMPLE_STARTED, task: kind };
  return { 202: answer("The task that was started.", startedTask, example) };
}

/** Svix's clients always send it. A selection by failing needs none. */
function toSince(given: number | null | undefined, { failures: selected }: ReplayFilter): number {
  if (typeof given === "number") return given;
  if (selected !== undefined) return 0;
  throw refuseField("invalid_field", ["since"], "field required", "value_error.missing");
}

function toFilter(given: Omit<Static<typeof bulkReplayIn>, "until">): ReplayFilter {
  const selected = toFailures(given);
  if (selected !== undefined && REPLAYED_STATES[given.status ?? FAIL] !== "failed") {
    const problem = "must be 2 or absent with failedSince, failedUntil and reasons";
    throw refuseField("invalid_field", ["status"], problem);
  }
  const { eventTypes, channel, tag, status, statusCodeClass } = given;
  const state = REPLAYED_STATES[status ?? -1];
  return {
    ...(selected === undefined ? undefined : { failures: selected }),
    ...(eventTypes ? { eventTypes } : undefined),
    ...(typeof channel === "string" ? { channel } : undefined),
    ...(typeof tag === "string" ? { tag } : undefined),
    ...(state === undefined ? undefined : { state }),
    ...(typeof statusCodeClass === "number" ? { statusCodeClass } : undefined),
  };
}

function toFailures(
  given: Pick<Static<typeof bulkReplayIn>, "failedSince" | "failedUntil" | "reasons">,
): ReplayFilter["failures"] {
  const { failedSince, failedUntil, reasons } = given;
  const selected = {
    ...(typeof failedSince === "number" ? { failedSince } : undefined),
    ...(typeof failedUntil === "number" ? { failedUntil } : undefined),
    ...(reasons ? { reasons } : undefined),
  };
  return Object.keys(selected).length === 0 ? undefined : selected;
}
