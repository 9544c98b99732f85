/** Background tasks, Svix's word for jobs: list, show and cancel. Svix has no call for cancelling. */
import type { FastifyRequest } from "fastify";
import Type from "typebox";
import { TASK_STATUSES, toTaskData } from "../../../core/events/background-task.ts";
import { isId } from "../../../core/ids/ids.ts";
import { type FoundNames, readNames } from "../../../operations/names/read-names.ts";
import { requireScope, resolveAppRef } from "../../../operations/keys/authenticate-caller.ts";
import { isStatistics, readStatistics } from "../../../operations/apps/statistics.ts";
import type { Caller } from "../../../operations/keys/authenticate-caller.ts";
import { cancelJob, cancelJobGroup, getJob, listJobs } from "../../../operations/endpoints/jobs.ts";
import { ACTOR_KINDS } from "../../../operations/context.ts";
import type { Job, JobState, OperationContext } from "../../../operations/context.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { loadCaller } from "../caller.ts";
import {
  answer,
  EXAMPLE_KEY_ID,
  EXAMPLE_TASK,
  EXAMPLE_TIME,
  instant,
  nullable,
  READING,
  shown,
  toPageAnswer,
} from "./document-fields.ts";
import { createPaging } from "./list-query.ts";
import { isoTime, sendPage, sendParts } from "./paging.ts";
import { resultSchemas, toResultParts } from "./task-result.ts";

const SHOWN = ["running", "finished", "failed"] as const;

/** Svix's other task types have no tasks here. */
const TASK_TYPES = [
  "endpoint.recover",
  "endpoint.replay",
  "endpoint.bulk-replay",
  "application.stats",
  "application.purge_content",
  "event-type.aggregate",
  "message.broadcast",
  "sdk.generate",
] as const;

const taskFacts = {
  id: Type.String(),
  status: Type.Enum([...SHOWN], { description: "A cancelled task is `failed`." }),
  task: Type.Enum([...TASK_TYPES]),
  updatedAt: instant("Time of the last step."),
};
export const startedTask = shown("TaskStarted", taskFacts);
const task = shown("BackgroundTask", {
  ...taskFacts,
  data: Type.Object({
    messagesSent: Type.Integer({ description: "Number of deliveries scheduled so far." }),
    messagesErased: Type.Integer({
      description:
        "Number of messages of the erased number so far, or of all messages, in `application.purge_content`.",
    }),
    messagesPurged: Type.Optional(
      Type.Integer({ description: "The same number, in `application.purge_content` only." }),
    ),
    progress: Type.Number({
      description: "Part of the period that has been searched, from 0 to 1.",
    }),
    reason: nullable(
      Type.String({
        description:
          "`cancelled`, `endpoint_deleted`, `result_too_large` or `store_copied` for a failed task; `backlog_full` while the task waits for the backlog to shrink, `fan_out_pending` while it waits for the deliveries of a large publish. `waiting_for_turn` until other tasks of the group or application have ended.",
      }),
    ),
    appId: Type.String(),
    appName: Type.Optional(
      nullable(Type.String({ description: "In lists: null for a deleted application." })),
    ),
    endpointId: nullable(Type.String({ description: "Null for a task of the application." })),
    endpointName: Type.Optional(
      nullable(
        Type.String({
          description: "In lists: the host and the path of its URL; null when it is deleted.",
        }),
      ),
    ),
    ...resultSchemas,
    failedSince: Type.Optional(instant("Start of the time in which the deliveries failed.")),
    failedUntil: Type.Optional(instant("End of that time, exclusive.")),
    reasons: Type.Optional(Type.Array(Type.String())),
    groupId: Type.Optional(
      Type.String({ description: "The group of tasks that one call made; absent without one." }),
    ),
    since: Type.String({ format: "date-time" }),
    until: nullable(Type.String({ format: "date-time" })),
    createdAt: Type.String({ format: "date-time" }),
    startedBy: nullable(
      Type.Object(
        {
          kind: Type.Enum([...ACTOR_KINDS]),
          id: nullable(Type.String()),
          name: nullable(Type.String({ description: "The name of an operator key." })),
        },
        {
          description:
            "Who asked for a replay. Applications see no id and no name of the operator. Null for other tasks.",
        },
      ),
    ),
  }),
});

const groupCancelled = shown("BackgroundTaskGroupCancelled", { cancelled: Type.Integer() });
const OPERATORS: readonly string[] = ["admin_token", "operator_key"];

export const EXAMPLE_STARTED = {
  id: EXAMPLE_TASK,
  status: "running",
  task: "endpoint.recover",
  updatedAt: EXAMPLE_TIME,
};
const EXAMPLE = {
  ...EXAMPLE_STARTED,
  status: "finished",
  data: {
    messagesSent: 2000,
    messagesErased: 0,
    progress: 1,
    reason: null,
    appId: "app_2srOrx2ZWZBpBUvZwXKQmoEYga0",
    endpointId: "ep_2srOrx2ZWZBpBUvZwXKQmoEYga1",
    since: "2026-05-06T02:00:00.000Z",
    until: null,
    createdAt: EXAMPLE_TIME,
    startedBy: { kind: "operator_key", id: EXAMPLE_KEY_ID.replace("key_", "opkey_"), name: "Ada" },
  },
};

const paging = createPaging({
  isCursor: (cursor) => isId(cursor, "qtask_"),
  order: "choose_oldest",
});
const all = {
  tag: "Background task",
  path: "/api/v1/background-task",
  access: asTaskCaller,
  refusals: READING,
} as const;
const one = { ...all, path: `${all.path}/:task` } as const;

export const TASK_CALLS: readonly Call[] = [
  defineCall({
    ...all,
    id: "listBackgroundTasks",
    portal: "ViewBase",
    operator: "viewer",
    summary: "List background tasks",
    description:
      "A key lists the tasks of its application, the admin token those of all. Tasks are kept for 90 days.",
    method: "GET",
    query: paging.toQuery({
      status: Type.Optional(Type.Enum([...SHOWN])),
      task: Type.Optional(Type.Enum([...TASK_TYPES])),
      app_id: Type.Optional(
        Type.String({ description: "Selects only tasks of this application." }),
      ),
    }),
    example: { query: { status: "running" } },
    answers: toPageAnswer("A page of tasks.", "BackgroundTasks", {
      schema: task,
      example: EXAMPLE,
    }),
    async handle({ context, caller, query, reply }) {
      const { status, task: kind, app_id: app } = query;
      const page = await listJobs(context, {
        appRef: app === undefined ? caller.appId : await resolveAppRef(context, caller, app),
        window: paging.toPageRequest(query),
        ...(status === undefined ? undefined : { states: toStates(status) }),
        ...(kind === undefined ? undefined : { kind }),
      });
      const names = await readNames(context, {
        appRefs: page.items.map(({ appId }) => appId),
        endpointIds: page.items.flatMap(({ endpointId }) => endpointId ?? []),
      });
      return sendPage(reply, page, {
        window: paging.toPageRequest(query),
        id: (job) => job.id,
        text: (job) => JSON.stringify(taskOut(job, caller, namesOut(job, names))),
      });
    },
  }),
  defineCall({
    ...one,
    id: "getBackgroundTask",
    portal: "ViewBase",
    operator: "viewer",
    summary: "Get a background task",
    method: "GET",
    answers: { 200: answer("The task.", task, EXAMPLE) },
    async handle({ context, caller, params, reply }) {
      const job = await getJob(context, { appRef: caller.appId, id: params.task });
      const { id, kind, state } = job;
      if (!isStatistics(kind) || state !== "finished") return taskOut(job, caller);
      const rows = await readStatistics(context, id);
      return sendParts(reply, 200, withResult(taskOut(job, caller), toResultParts(kind, rows)));
    },
  }),
  defineCall({
    ...one,
    path: `${one.path}/cancel`,
    id: "cancelBackgroundTask",
    portal: "CreateAttempts",
    operator: "operator",
    summary: "Cancel a background task",
    description:
      "Deliveries that the task has scheduled are still sent. A task that has ended does not change.",
    method: "POST",
    answers: {
      200: answer("The task.", task, {
        ...EXAMPLE,
        status: "failed",
        data: { ...EXAMPLE.data, reason: "cancelled", progress: 0.4, messagesSent: 800 },
      }),
    },
    async handle({ context, caller, params }) {
      const job = await cancelJob(context, { appRef: caller.appId, id: params.task });
      return taskOut(job, caller);
    },
  }),
  defineCall({
    ...all,
    path: `${all.path}/group/:group/cancel`,
    id: "cancelBackgroundTaskGroup",
    portal: "CreateAttempts",
    operator: "operator",
    summary: "Cancel all tasks of a group",
    description:
      "Cancels the tasks that one replay made and that have not ended. A key cancels those of its application. Deliveries that they have scheduled are still sent.",
    method: "POST",
    answers: {
      200: answer("The number of tasks that are cancelled by this call.", groupCancelled, {
        cancelled: 2,
      }),
    },
    async handle({ context, caller, params }) {
      return await cancelJobGroup(context, { appRef: caller.appId, groupId: params.group });
    },
  }),
];

async function asTaskCaller(
  context: OperationContext,
  request: FastifyRequest,
): Promise<{ readonly caller: Caller }> {
  const caller = await loadCaller(context, request);
  requireScope(caller, "manage");
  return { caller };
}

/**
 * The answer to the call that starts the task. It is the same for every repeat, even when the task has
 * progressed.
 */
export function startedOut(job: Job): object {
  return { id: job.id, status: "running", task: job.kind, updatedAt: isoTime(job.createdAt) };
}

function namesOut({ appId, endpointId }: Job, names: FoundNames): object {
  return {
    appName: names.findApp(appId)?.name ?? null,
    endpointName: endpointId === null ? null : (names.findEndpoint(endpointId)?.name ?? null),
  };
}

function taskOut(job: Job, caller: Caller, names: object = {}): object {
  return {
    id: job.id,
    status: TASK_STATUSES[job.state],
    task: job.kind,
    updatedAt: isoTime(job.updatedAt),
    data: { ...toTaskData(job), ...names, startedBy: starterOut(job, caller) },
  };
}

/** The operator's ids and names are no matter of an application. */
function starterOut({ startedBy }: Job, { appId }: Caller): Job["startedBy"] | object {
  if (startedBy === null || appId === null) return startedBy;
  const { kind, id } = startedBy;
  return { kind, id: OPERATORS.includes(kind) ? null : id, name: null };
}

/** The result is the last field of `data`, which is the last field of a task. */
function* withResult(task: object, result: Iterable<string>): Generator<string> {
  yield `${JSON.stringify(task).slice(0, -2)},`;
  yield* result;
  yield "}}";
}

function toStates(status: (typeof SHOWN)[number]): readonly JobState[] {
  return (Object.keys(TASK_STATUSES) as JobState[]).filter(
    (state) => TASK_STATUSES[state] === status,
  );
}
