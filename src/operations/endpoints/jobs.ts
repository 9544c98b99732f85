/** Reads jobs and cancels them. A caller of one app sees only that app's jobs. */
import { AppError } from "../../core/error.ts";
import type { Job, JobState } from "../../store/interface/jobs.ts";
import type { Page, PageRequest } from "../../store/page.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";
import type { OperationContext } from "../context.ts";

type JobRef = { readonly appRef: string | null; readonly id: string };

/** Lists the jobs of all apps when `appRef` is null. Refuses with `not_found` an unknown app. */
export async function listJobs(
  context: OperationContext,
  p: {
    readonly appRef: string | null;
    readonly window: PageRequest;
    readonly states?: readonly JobState[];
    readonly kind?: string;
  },
): Promise<Page<Job>> {
  const page = await context.store.jobs.list(p);
  if (page === null) throw unknownApp(p.appRef ?? "");
  return page;
}

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

/** Cancels the jobs of a group that have not ended. Refuses with `not_found` a group without jobs of the caller. */
export async function cancelJobGroup(
  context: OperationContext,
  p: { readonly appRef: string | null; readonly groupId: string },
): Promise<{ readonly cancelled: number }> {
  const done = await context.store.jobs.cancelGroup({ ...p, now: context.now() });
  if (done === null) {
    throw new AppError(
      "not_found",
      `There is no group of background tasks "${p.groupId.slice(0, 256)}".`,
    );
  }
  return done;
}

function unknownJob(id: string): AppError {
  return new AppError("not_found", `There is no background task "${id.slice(0, 256)}".`);
}
