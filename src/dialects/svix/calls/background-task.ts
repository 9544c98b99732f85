/** Background tasks, Svix's word for jobs: list, show and cancel. Svix has no call for cancelling. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { isId } from "../../../core/ids/ids.ts";
import { requireScope, resolveAppRef } from "../../../operations/keys/authenticate-caller.ts";
import { cancelJob, getJob, listJobs } from "../../../operations/endpoints/cancel-job.ts";
import type { Job, JobState, OperationContext } from "../../../operations/context.ts";
import { loadCaller, param } from "../caller.ts";
import { isoTime, readWindow, sendPage } from "./paging.ts";
import { readQuery } from "./query.ts";

const PATH = "/api/v1/background-task";

/** Svix has no status for cancelled. Clients that know three statuses must not get a fourth. */
const STATUSES = {
  running: "running",
  finished: "finished",
  failed: "failed",
  cancelled: "failed",
} as const satisfies Record<JobState, string>;
export const TASK_STATUSES = ["running", "finished", "failed"] as const;

/** Svix's other task types have no tasks here. */
export const TASK_TYPES = [
  "endpoint.recover",
  "endpoint.replay",
  "endpoint.bulk-replay",
  "application.stats",
  "application.purge_content",
  "event-type.aggregate",
  "message.broadcast",
  "sdk.generate",
] as const;

export function mountBackgroundTasks(scope: FastifyInstance, context: OperationContext): void {
  const isCursor = (text: string) => isId(text, "qtask_");

  scope.get(PATH, async (request, reply) => {
    const caller = await toTaskCaller(request);
    const query = readQuery(request);
    const window = readWindow(query, { isCursor, order: "choose_oldest" });
    const status = query.choice("status", TASK_STATUSES);
    const kind = query.choice("task", TASK_TYPES);
    const app = query.text("app_id");
    query.finish();
    const appRef = app === undefined ? caller.appId : await resolveAppRef(context, caller, app);
    const page = await listJobs(context, {
      appRef,
      window,
      ...(status === undefined ? undefined : { states: toStates(status) }),
      ...(kind === undefined ? undefined : { kind }),
    });
    return sendPage(reply, page, {
      id: (job) => job.id,
      text: (job) => JSON.stringify(taskOut(job)),
    });
  });

  scope.get(`${PATH}/:task`, async (request) => {
    const { appId } = await toTaskCaller(request);
    readQuery(request).finish();
    return taskOut(await getJob(context, { appRef: appId, id: param(request, "task") }));
  });

  scope.post(`${PATH}/:task/cancel`, async (request) => {
    const { appId } = await toTaskCaller(request);
    readQuery(request).finish();
    return taskOut(await cancelJob(context, { appRef: appId, id: param(request, "task") }));
  });

  async function toTaskCaller(request: FastifyRequest) {
    const caller = await loadCaller(context, request);
    requireScope(caller, "manage");
    return caller;
  }
}

/**
 * The answer to the call that starts the task. It is the same for every repeat, even when the task has
 * progressed.
 */
export function startedOut(job: Job): object {
  return { id: job.id, status: "running", task: job.kind, updatedAt: isoTime(job.createdAt) };
}

/** `data` is an extension, except for `messagesSent`. */
function taskOut(job: Job): object {
  const { since, until } = job.params;
  return {
    id: job.id,
    status: STATUSES[job.state],
    task: job.kind,
    updatedAt: isoTime(job.updatedAt),
    data: {
      messagesSent: job.done,
      progress: Math.round(job.progress * 1000) / 1000,
      reason: job.state === "cancelled" ? "cancelled" : job.reason,
      appId: job.appId,
      endpointId: job.endpointId,
      since: isoTime(since),
      until: until === null ? null : isoTime(until),
      createdAt: isoTime(job.createdAt),
    },
  };
}

function toStates(status: (typeof TASK_STATUSES)[number]): readonly JobState[] {
  return (Object.keys(STATUSES) as JobState[]).filter((state) => STATUSES[state] === status);
}
