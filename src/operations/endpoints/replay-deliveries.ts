/**
 * Sends many deliveries of one endpoint again, or events that it missed, as a job. The call returns at once;
 * the work continues in slices and survives a restart. Each delivery has the same dedupe id as before (I2).
 */
import { refuseField } from "../../core/error.ts";
import { replayableSince } from "../../core/delivery/replayable-since.ts";
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import { jobRequested } from "../../telemetry/events.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { Job, ReplayEstimate, ReplayKind, ReplayParams } from "../../store/interface/jobs.ts";
import type { OperationContext } from "../context.ts";
import { getEndpoint } from "./read-endpoints.ts";

type Asked = {
  readonly appRef: string;
  readonly endpointRef: string;
  readonly kind: ReplayKind;
  readonly params: ReplayParams;
};

/**
 * Refuses with `not_found`, with `invalid_field` an end of a period that is not after its start, and with
 * `rate_limited` (see the store).
 */
export async function replayDeliveries(
  context: OperationContext,
  p: Asked & { readonly idempotencyKey: IdempotencyKey | null },
): Promise<Job> {
  const { appRef, kind, params, idempotencyKey } = p;
  refuseEmptyRange(params);
  const { endpointId } = await getEndpoint(context, { appRef, ref: p.endpointRef, dialect: null });
  const id = context.ids.next(ID_PREFIXES.job);
  const job = { id, kind, params, createdAt: context.now() };
  const created = await context.store.jobs.create({
    appRef,
    endpointRef: endpointId,
    job,
    idempotencyKey,
  });
  if (created === null) throw unknownApp(appRef);
  const { telemetry } = context;
  if (!created.repeated && telemetry !== null)
    jobRequested(telemetry, { jobId: id, kind, endpointId });
  return created.value;
}

/** The number of deliveries that the same call would send. Refuses like `replayDeliveries`. */
export async function estimateReplay(context: OperationContext, p: Asked): Promise<ReplayEstimate> {
  const { appRef, kind, params } = p;
  refuseEmptyRange(params);
  const { endpointId } = await getEndpoint(context, { appRef, ref: p.endpointRef, dialect: null });
  const now = context.now();
  const keptSince = replayableSince({ now, retentionMs: context.settings.retentionMs });
  const asked = { appRef, endpointRef: endpointId, kind, params, now, keptSince };
  const estimate = await context.store.jobs.estimate(asked);
  if (estimate === null) throw unknownApp(appRef);
  return estimate;
}

function refuseEmptyRange({ since, until, filter }: ReplayParams): void {
  if (until !== null && until <= since) {
    throw refuseField("invalid_field", ["until"], "must be later than since");
  }
  const { failedSince = 0, failedUntil = Infinity } = filter.failures ?? {};
  if (failedUntil <= failedSince) {
    throw refuseField("invalid_field", ["failedUntil"], "must be later than failedSince");
  }
}
