/** Replays of an endpoint: failed deliveries, missed messages, and by filter. Each is a background task. */
import type { FastifyInstance } from "fastify";
import type { JobKind, OperationContext, ReplayFilter } from "../../../operations/context.ts";
import { replayDeliveries } from "../../../operations/endpoints/replay-deliveries.ts";
import { jsonBody, optionalJsonBody } from "./json-body.ts";
import { readFields } from "../../read-fields.ts";
import type { FieldReader } from "../../read-fields.ts";
import { readIdempotencyKey } from "../../read-idempotency-key.ts";
import { startedOut } from "./background-task.ts";
import { loadAppCall, param } from "../caller.ts";
import { TYPES } from "./endpoint-model.ts";
import { CODE_CLASSES } from "./message-attempt.ts";
import { CHANNEL_RULES, TAG_RULES } from "./model-rules.ts";

const PATH = "/api/v1/app/:app/endpoint/:endpoint";

/** Svix's numbers. A delivery that is being sent needs no replay, and a cancelled one has no endpoint. */
export const REPLAYED_STATES = ["delivered", "pending", "failed"] as const;

/** A filter without a type would replay nothing. */
export const REPLAYED_TYPES = { ...TYPES, min: 1 } as const;

export function mountRecovery(scope: FastifyInstance, context: OperationContext): void {
  mountReplay("recover", "endpoint.recover", () => ({}));
  mountReplay("replay-missing", "endpoint.replay", () => ({}));
  mountReplay("bulk-replay", "endpoint.bulk-replay", readFilter);

  // Svix has no such call and no such task, so this is a bulk replay of pending deliveries.
  scope.post(`${PATH}/send-pending`, async (request, reply) => {
    const { caller, appRef } = await loadAppCall(context, request, "manage");
    readFields(optionalJsonBody(request)).finish();
    const job = await replayDeliveries(context, {
      appRef,
      endpointRef: param(request, "endpoint"),
      kind: "endpoint.bulk-replay",
      params: { since: 0, until: null, filter: { state: "pending", keepsSchedule: true } },
      idempotencyKey: readIdempotencyKey(request, caller, context),
    });
    return reply.code(202).send(startedOut(job));
  });

  function mountReplay(
    word: string,
    kind: JobKind,
    toFilter: (reader: FieldReader) => ReplayFilter,
  ): void {
    scope.post(`${PATH}/${word}`, async (request, reply) => {
      const { caller, appRef } = await loadAppCall(context, request, "manage");
      const reader = readFields(jsonBody(request).value);
      const since = reader.require("since") ? reader.instant("since") : undefined;
      const until = reader.instant("until") ?? null;
      const filter = toFilter(reader);
      reader.finish();
      const job = await replayDeliveries(context, {
        appRef,
        endpointRef: param(request, "endpoint"),
        kind,
        params: { since: since ?? 0, until, filter },
        idempotencyKey: readIdempotencyKey(request, caller, context),
      });
      return reply.code(202).send(startedOut(job));
    });
  }
}

function readFilter(reader: FieldReader): ReplayFilter {
  const eventTypes = reader.texts("eventTypes", REPLAYED_TYPES);
  const channel = reader.text("channel", CHANNEL_RULES);
  const tag = reader.text("tag", TAG_RULES);
  const number = reader.integer("status", { min: 0, max: 4 });
  const state = REPLAYED_STATES[number ?? -1];
  if (typeof number === "number" && state === undefined) {
    reader.refuse("status", "must be 0, 1 or 2: deliveries in other states cannot be replayed");
  }
  const statusCodeClass = reader.integer("statusCodeClass", { min: 0, max: 500 });
  if (typeof statusCodeClass === "number" && !CODE_CLASSES.includes(statusCodeClass)) {
    reader.refuse("statusCodeClass", `must be one of ${CODE_CLASSES.join(", ")}`);
  }
  return {
    ...(eventTypes ? { eventTypes } : undefined),
    ...(typeof channel === "string" ? { channel } : undefined),
    ...(typeof tag === "string" ? { tag } : undefined),
    ...(state === undefined ? undefined : { state }),
    ...(typeof statusCodeClass === "number" ? { statusCodeClass } : undefined),
  };
}
