/** Deletes the contents of several messages of an application, or of all of them. */
import Type from "typebox";
import { expungeEvents } from "../../../operations/events/expunge-events.ts";
import { purgeContent } from "../../../operations/messages/purge-content.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asAppCaller } from "../caller.ts";
import { EXAMPLE_STARTED, startedOut, startedTask } from "./background-task.ts";
import { answer, body, EXAMPLE_MESSAGE, MAKING, READING, shown, texts } from "./document-fields.ts";
import { MOST_ITEMS } from "./paging.ts";

const RESULTS = { true: "expunged", false: "not-found" } as const;

const IDS = { min: 0, max: MOST_ITEMS, item: { min: 1, max: 256 } } as const;
const bulkExpungeIn = body("BulkExpungeContentsIn", {
  ids: Type.Optional(texts(IDS, "Ids of messages, or their eventIds within the dedupe window.")),
});
const bulkExpungeOut = shown("BulkExpungeContents", {
  results: Type.Record(Type.String(), Type.Enum(Object.values(RESULTS)), {
    description: "The result of each id.",
  }),
});

const common = {
  tag: "Message",
  method: "POST",
  portal: null,
  operator: "operator",
  access: asAppCaller("manage"),
} as const;

export const EXPUNGE_CALLS: readonly Call[] = [
  defineCall({
    ...common,
    id: "bulkExpungeMessages",
    summary: "Delete the contents of messages",
    description: `Takes at most ${MOST_ITEMS} ids. The pending deliveries of these messages fail.`,
    path: "/api/v1/app/:app/msg/bulk-expunge",
    body: bulkExpungeIn,
    example: { body: { ids: [EXAMPLE_MESSAGE] } },
    answers: {
      200: answer("The contents are deleted.", bulkExpungeOut, {
        results: { [EXAMPLE_MESSAGE]: "expunged" },
      }),
    },
    refusals: [...READING, "unknown_field"],
    async handle({ context, appRef, body: { ids: refs = [] } }) {
      const wasFound = await expungeEvents(context, { appRef, refs });
      const results = Array.from(wasFound, ([ref, found]) => [ref, RESULTS[`${found}`]] as const);
      return { results: Object.fromEntries(results) };
    },
  }),
  defineCall({
    ...common,
    id: "expungeAllContents",
    summary: "Delete the contents of all messages",
    description:
      "Starts a background task that deletes the contents of all messages that were accepted before: payloads, stored texts, attachments, the answers of receivers. Pending deliveries fail. A repeat while the task is running extends it to later messages.",
    path: "/api/v1/app/:app/msg/expunge-all-contents",
    idempotent: true,
    answers: {
      202: answer("The task is started.", startedTask, {
        ...EXAMPLE_STARTED,
        task: "application.purge_content",
      }),
    },
    refusals: MAKING,
    async handle({ context, appRef, idempotencyKey }) {
      const job = await purgeContent(context, { appRef, idempotencyKey: idempotencyKey() });
      return startedOut(job);
    },
  }),
];
