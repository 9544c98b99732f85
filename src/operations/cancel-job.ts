/** Looking at a job and stopping it. A caller of one app sees that app's jobs only. */
import { AppError } from "../core/error.ts";
import type { Job, OperationContext } from "./context.ts";

type JobRef = { readonly appRef: string | null; readonly id: string };

/** Refuses with `not_found`. */
export async function getJob(context: OperationContext, p: JobRef): Promise<Job> {
  const job = await context.store.jobs.get(p);
  if (job === null) throw unknownJob(p.id);
  return job;
}

/** What it made due stays due; nothing more is. One that is over stays as it is. */
export async function cancelJob(context: OperationContext, p: JobRef): Promise<Job> {
  const job = await context.store.jobs.cancel({ ...p, now: context.now() });
  if (job === null) throw unknownJob(p.id);
  return job;
}

function unknownJob(id: string): AppError {
  return new AppError("not_found", `There is no background task "${id.slice(0, 256)}".`);
}
