/** The document's calls on getting over an outage: replays of an endpoint, their tasks, the feed. */
import Type from "typebox";
import type { TObject } from "typebox";
import type { ApiCall } from "../api-document.ts";
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

const since = instant("What was accepted from this time on.");
const until = Type.Optional(nullable(instant("And before this time; now when it is left out.")));
const replayIn = body("ReplayIn", { since, until });
const bulkReplayIn = body("BulkReplayIn", {
  since,
  until,
  eventTypes: Type.Optional(nullable(texts(REPLAYED_TYPES, "Only of these types."))),
  channel: Type.Optional(nullable(text(CHANNEL_RULES, "Only with this channel."))),
  tag: Type.Optional(nullable(text(TAG_RULES, "Only with this tag."))),
  status: Type.Optional(
    nullable(
      Type.Integer({
        minimum: 0,
        maximum: REPLAYED_STATES.length - 1,
        description: "0 success, 1 pending, 2 fail. Success and fail when it is left out.",
      }),
    ),
  ),
  statusCodeClass: Type.Optional(
    nullable(
      Type.Enum(CODE_CLASSES, {
        description: "By the hundred of the last answer; 0 is no answer.",
      }),
    ),
  ),
});

const taskFacts = {
  id: Type.String(),
  status: Type.Enum([...TASK_STATUSES], { description: "A cancelled one is `failed`." }),
  task: Type.Enum([...TASK_TYPES]),
  updatedAt: instant("Of its last step."),
};
const started = shown("TaskStarted", taskFacts);
const task = shown("BackgroundTask", {
  ...taskFacts,
  data: Type.Object({
    messagesSent: Type.Integer({ description: "What was made due so far." }),
    progress: Type.Number({ description: "From 0 to 1: how far it has looked." }),
    reason: nullable(
      Type.String({
        description: "`cancelled`, `endpoint_deleted`; `backlog_full` while it waits for room.",
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
      sequence: Type.Integer({ description: "Its place in the order of commit." }),
    }),
  ),
  iterator: Type.String({ description: "The `after` of the next call, also when nothing came." }),
  done: flag("Whether this was all for now."),
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
  /** Null for a call without a body. */
  schema: TObject | null;
  example?: NonNullable<ApiCall["example"]>["body"];
}): ApiCall {
  return {
    ...shared,
    tag: "Endpoint",
    id: p.id,
    summary: p.summary,
    description: `${p.description} A background task: this call answers at once.`,
    methods: ["POST"],
    path: `${ENDPOINT_PATH}/${p.word}`,
    params: params("app", "endpoint"),
    headers: ONCE,
    ...(p.schema === null ? undefined : { body: { ...JSON_BODY, schema: p.schema } }),
    example: { params: OF_ENDPOINT, ...(p.example === undefined ? {} : { body: p.example }) },
    answers: {
      202: answer("The task that does it.", started, { ...EXAMPLE_STARTED, task: p.task }),
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
    summary: "Send again what failed",
    description: "And what is parked, while the endpoint is disabled.",
    schema: replayIn,
    example: SINCE,
  }),
  replayCall({
    id: "replayMissing",
    word: "replay-missing",
    task: "endpoint.replay",
    summary: "Send what the endpoint missed",
    description:
      "Messages that it would get now and was never owed: it was disabled, or not made yet.",
    schema: replayIn,
    example: SINCE,
  }),
  replayCall({
    id: "bulkReplay",
    word: "bulk-replay",
    task: "endpoint.bulk-replay",
    summary: "Send messages again by filter",
    description: "Delivered ones too.",
    schema: bulkReplayIn,
    example: { ...SINCE, eventTypes: ["message.received"], status: 2, statusCodeClass: 500 },
  }),
  replayCall({
    id: "sendPending",
    word: "send-pending",
    task: "endpoint.bulk-replay",
    summary: "Send now what is pending",
    description:
      "After an outage: each takes its next attempt now, and those that are left keep their times.",
    schema: null,
  }),
  {
    ...shared,
    tag: "Background task",
    id: "listBackgroundTasks",
    summary: "List background tasks",
    description: "Of the key's application; of all for the operator. Kept 90 days.",
    methods: ["GET"],
    path: TASK_PATH,
    query: Type.Object({
      ...ORDERED_PAGE,
      status: Type.Optional(Type.Enum([...TASK_STATUSES])),
      task: Type.Optional(Type.Enum([...TASK_TYPES])),
      app_id: Type.Optional(Type.String({ description: "Only of this application." })),
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
    summary: "Stop a background task",
    description: "What it made due stays due. One that is over stays as it is.",
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
      "In the order they were committed, oldest first. A reader that goes on with `iterator` as `after` misses none.",
    methods: ["GET"],
    path: "/api/v1/app/:app/event",
    params: params("app"),
    query: Type.Object({
      after: Type.Optional(
        Type.String({
          description: `The \`iterator\` of the page before (${FEED_CURSOR.source}), or a message's id.`,
        }),
      ),
      since: Type.Optional(instant("Begins with what was accepted from this time on.")),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: MOST_ITEMS, description: "Items of a page; 50." }),
      ),
      event_types: Type.Optional(
        Type.Array(Type.String(), { description: "Only of these types; several, or with commas." }),
      ),
      with_content: Type.Optional(flag("Whether payloads are shown.")),
    }),
    example: { params: { app: EXAMPLE_APP }, query: { after: EXAMPLE_MESSAGE_OUT.id } },
    answers: {
      200: answer("What came after.", feedPage, {
        data: [{ sequence: 1025, ...EXAMPLE_MESSAGE_OUT }],
        iterator: "1025",
        done: true,
      }),
    },
    refusals: READING,
  },
];
