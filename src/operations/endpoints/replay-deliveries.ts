/**
 * Sends many deliveries of one endpoint again, or events that it missed, as a job. The call returns at once;
 * the work continues in slices and survives a restart. Each delivery has the same dedupe id as before (I2).
 */
import { refuseField } from "../../core/error.ts";
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import { jobRequested } from "../../telemetry/events.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { Job, ReplayKind, ReplayParams } from "../../store/interface/jobs.ts";
import type { OperationContext } from "../context.ts";
import { getEndpoint } from "./read-endpoints.ts";

/**
 * Refuses with `not_found`, with `invalid_field` an `until` that is not after `since`, and with
 * `rate_limited` (see the store).
 */
export async function replayDeliveries(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly endpointRef: string;
    readonly kind: ReplayKind;
    readonly params: ReplayParams;
    readonly idempotencyKey: IdempotencyKey | null;
  },
): Promise<Job> {
  const { appRef, kind, params, idempotencyKey } = p;
  if (params.until !== null && params.until <= params.since) {
    throw refuseField("invalid_field", ["until"], "must be later than since");
  }
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
