/** Reading a job and cancelling it. A caller of one app sees only that app's jobs. */
import { AppError } from "../../core/error.ts";
import type { Job, OperationContext } from "../context.ts";

type JobRef = { readonly appRef: string | null; readonly id: string };

/** Refuses with `not_found`. */
export async function getJob(context: OperationContext, p: JobRef): Promise<Job> {
  const job = await context.store.jobs.get(p);
  if (job === null) throw unknownJob(p.id);
  return job;
}

/**
 * Deliveries that the job made due stay due; it makes no further ones due. A finished job does not change.
 */
export async function cancelJob(context: OperationContext, p: JobRef): Promise<Job> {
  const job = await context.store.jobs.cancel({ ...p, now: context.now() });
  if (job === null) throw unknownJob(p.id);
  return job;
}

function unknownJob(id: string): AppError {
  return new AppError("not_found", `There is no background task "${id.slice(0, 256)}".`);
}
