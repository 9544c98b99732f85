/** The document's calls for recovery after an outage: replays of an endpoint, their tasks, the feed. */
import Type from "typebox";
import type { TObject } from "typebox";
import type { ApiCall } from "../../api-document.ts";
import { TASK_STATUSES, TASK_TYPES } from "./background-task.ts";
import {
  answer,
  body,
  EXAMPLE_APP,
  EXAMPLE_ENDPOINT,
  EXAMPLE_TIME,
  flag,
  instant,
  JSON_BODY,
  MAKING,
  nullable,
  ONCE,
  ORDERED_PAGE,
  toListSchema,
  params,
  READING,
  shown,
  text,
  texts,
} from "./document-fields.ts";
import { EXAMPLE_MESSAGE_OUT, messageFacts } from "./document-message.ts";

import { FEED_CURSOR } from "./event-feed.ts";
import { CODE_CLASSES } from "./message-attempt.ts";
import { CHANNEL_RULES, TAG_RULES } from "./model-rules.ts";
import { MOST_ITEMS } from "./paging.ts";
import { REPLAYED_STATES, REPLAYED_TYPES } from "./recovery.ts";

const since = instant("Start of the period: messages accepted at or after this time.");
const until = Type.Optional(nullable(instant("End of the period, exclusive (default: now).")));
const replayIn = body("ReplayIn", { since, until });
const bulkReplayIn = body("BulkReplayIn", {
  since,
  until,
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

const taskFacts = {
  id: Type.String(),
  status: Type.Enum([...TASK_STATUSES], { description: "A cancelled task is `failed`." }),
  task: Type.Enum([...TASK_TYPES]),
  updatedAt: instant("Time of the last step."),
};
const started = shown("TaskStarted", taskFacts);
const task = shown("BackgroundTask", {
  ...taskFacts,
  data: Type.Object({
    messagesSent: Type.Integer({ description: "Number of deliveries scheduled so far." }),
    progress: Type.Number({
      description: "Part of the period that has been searched, from 0 to 1.",
    }),
    reason: nullable(
      Type.String({
        description:
          "`cancelled` or `endpoint_deleted` for a failed task; `backlog_full` while the task waits for the backlog to shrink.",
      }),
    ),
    appId: Type.String(),
    endpointId: Type.String(),
    since: Type.String({ format: "date-time" }),
    until: nullable(Type.String({ format: "date-time" })),
    createdAt: Type.String({ format: "date-time" }),
  }),
});
const feedPage = shown("EventFeed", {
  data: Type.Array(
    Type.Object({
      ...messageFacts,
      sequence: Type.Integer({ description: "Position of the message in commit order." }),
    }),
  ),
  iterator: Type.String({
    description: "The `after` of the next call, even when the page is empty.",
  }),
  done: flag("Whether the feed has no further messages for now."),
});

const EXAMPLE_ID = "qtask_33qen93MNuelBAq1T9G7eHLJRsF";
const EXAMPLE_STARTED = {
  id: EXAMPLE_ID,
  status: "running",
  task: "endpoint.recover",
  updatedAt: EXAMPLE_TIME,
};
const EXAMPLE_TASK = {
  ...EXAMPLE_STARTED,
  status: "finished",
  data: {
    messagesSent: 2000,
    progress: 1,
    reason: null,
    appId: "app_2srOrx2ZWZBpBUvZwXKQmoEYga0",
    endpointId: "ep_2srOrx2ZWZBpBUvZwXKQmoEYga1",
    since: "2026-05-06T02:00:00.000Z",
    until: null,
    createdAt: EXAMPLE_TIME,
  },
};

const shared = { security: ["bearer"] } as const;
const ENDPOINT_PATH = "/api/v1/app/:app/endpoint/:endpoint";
const TASK_PATH = "/api/v1/background-task";
const OF_ENDPOINT = { app: EXAMPLE_APP, endpoint: EXAMPLE_ENDPOINT };

function replayCall(p: {
  id: string;
  word: string;
  task: string;
  summary: string;
  description: string;
  /** Null when the call has no body. */
  schema: TObject | null;
  example?: NonNullable<ApiCall["example"]>["body"];
}): ApiCall {
  return {
    ...shared,
    tag: "Endpoint",
    id: p.id,
    summary: p.summary,
    description: `${p.description} Starts a background task and answers at once.`,
    methods: ["POST"],
    path: `${ENDPOINT_PATH}/${p.word}`,
    params: params("app", "endpoint"),
    headers: ONCE,
    ...(p.schema === null ? undefined : { body: { ...JSON_BODY, schema: p.schema } }),
    example: { params: OF_ENDPOINT, ...(p.example === undefined ? {} : { body: p.example }) },
    answers: {
      202: answer("The task that was started.", started, { ...EXAMPLE_STARTED, task: p.task }),
    },
    refusals: [...MAKING, "rate_limited"],
  };
}

const SINCE = { since: "2026-05-06T02:00:00Z" };

export const RECOVERY_CALLS: readonly ApiCall[] = [
  replayCall({
    id: "recoverEndpoint",
    word: "recover",
    task: "endpoint.recover",
    summary: "Send failed deliveries again",
    description:
      "Sends failed deliveries again and, while the endpoint is disabled, also parked ones.",
    schema: replayIn,
    example: SINCE,
  }),
  replayCall({
    id: "replayMissing",
    word: "replay-missing",
    task: "endpoint.replay",
    summary: "Send messages that the endpoint missed",
    description:
      "Sends messages that match the endpoint now but have no delivery to it, because it was disabled or did not exist yet.",
    schema: replayIn,
    example: SINCE,
  }),
  replayCall({
    id: "bulkReplay",
    word: "bulk-replay",
    task: "endpoint.bulk-replay",
    summary: "Send messages again by filter",
    description: "Can send delivered messages again, too.",
    schema: bulkReplayIn,
    example: { ...SINCE, eventTypes: ["message.received"], status: 2, statusCodeClass: 500 },
  }),
  replayCall({
    id: "sendPending",
    word: "send-pending",
    task: "endpoint.bulk-replay",
    summary: "Send pending deliveries now",
    description:
      "After an outage, each pending delivery makes its next attempt now; later attempts keep their times.",
    schema: null,
  }),
  {
    ...shared,
    tag: "Background task",
    id: "listBackgroundTasks",
    summary: "List background tasks",
    description:
      "A key lists the tasks of its application, the admin token those of all. Tasks are kept for 90 days.",
    methods: ["GET"],
    path: TASK_PATH,
    query: Type.Object({
      ...ORDERED_PAGE,
      status: Type.Optional(Type.Enum([...TASK_STATUSES])),
      task: Type.Optional(Type.Enum([...TASK_TYPES])),
      app_id: Type.Optional(
        Type.String({ description: "Selects only tasks of this application." }),
      ),
    }),
    example: { query: { status: "running" } },
    answers: {
      200: answer("A page of tasks.", toListSchema(task, "BackgroundTasks"), {
        data: [EXAMPLE_TASK],
        iterator: EXAMPLE_ID,
        prevIterator: `-${EXAMPLE_ID}`,
        done: true,
      }),
    },
    refusals: READING,
  },
  {
    ...shared,
    tag: "Background task",
    id: "getBackgroundTask",
    summary: "Get a background task",
    methods: ["GET"],
    path: `${TASK_PATH}/:task`,
    params: params("task"),
    example: { params: { task: EXAMPLE_ID } },
    answers: { 200: answer("The task.", task, EXAMPLE_TASK) },
    refusals: READING,
  },
  {
    ...shared,
    tag: "Background task",
    id: "cancelBackgroundTask",
    summary: "Cancel a background task",
    description:
      "Deliveries that the task has scheduled are still sent. A task that has ended does not change.",
    methods: ["POST"],
    path: `${TASK_PATH}/:task/cancel`,
    params: params("task"),
    example: { params: { task: EXAMPLE_ID } },
    answers: {
      200: answer("The task.", task, {
        ...EXAMPLE_TASK,
        status: "failed",
        data: { ...EXAMPLE_TASK.data, reason: "cancelled", progress: 0.4, messagesSent: 800 },
      }),
    },
    refusals: READING,
  },
  {
    ...shared,
    tag: "Message",
    id: "readFeed",
    summary: "Read messages by cursor",
    description:
      "Returns messages in commit order, oldest first. A reader that passes `iterator` as the next `after` misses none.",
    methods: ["GET"],
    path: "/api/v1/app/:app/event",
    params: params("app"),
    query: Type.Object({
      after: Type.Optional(
        Type.String({
          description: `The \`iterator\` of the previous page (${FEED_CURSOR.source}), or a message's id.`,
        }),
      ),
      since: Type.Optional(instant("Starts with messages accepted at or after this time.")),
      limit: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: MOST_ITEMS,
          description: "Number of items in a page (default: 50).",
        }),
      ),
      event_types: Type.Optional(
        Type.Array(Type.String(), {
          description:
            "Selects only these event types; repeat the parameter or separate them with commas.",
        }),
      ),
      with_content: Type.Optional(flag("Whether payloads are included.")),
    }),
    example: { params: { app: EXAMPLE_APP }, query: { after: EXAMPLE_MESSAGE_OUT.id } },
    answers: {
      200: answer("The messages after the cursor.", feedPage, {
        data: [{ sequence: 1025, ...EXAMPLE_MESSAGE_OUT }],
        iterator: "1025",
        done: true,
      }),
    },
    refusals: READING,
  },
];
