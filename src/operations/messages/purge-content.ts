/** Deletes the contents of all messages of an application, as a job that survives a restart. */
import { ID_PREFIXES } from "../../core/ids/ids.ts";
import type { IdempotencyKey } from "../../store/idempotency.ts";
import type { Job } from "../../store/interface/jobs.ts";
import { jobRequested } from "../../telemetry/events.ts";
import type { OperationContext } from "../context.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";

/** Refuses with `not_found`, and those of the store. */
export async function purgeContent(
  context: OperationContext,
  p: { readonly appRef: string; readonly idempotencyKey: IdempotencyKey | null },
): Promise<Job> {
  const id = context.ids.next(ID_PREFIXES.job);
  const job = await context.store.jobs.purgeContent({ ...p, id, now: context.now() });
  if (job === null) throw unknownApp(p.appRef);
  const { telemetry } = context;
  if (telemetry !== null && job.id === id)
    jobRequested(telemetry, { jobId: id, kind: job.kind, endpointId: null });
  return job;
}
