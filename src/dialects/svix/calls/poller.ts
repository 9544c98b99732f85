/** Polls of a destination: pages of the feed with the destination's filter, by the feed's cursor. */
import Type from "typebox";
import type { FastifyReply } from "fastify";
import type { FeedPage } from "../../../operations/context.ts";
import {
  pollAsConsumer,
  pollEvents,
  seekConsumer,
} from "../../../operations/pollers/poll-events.ts";
import { instantIn } from "../../request-schema.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { EXAMPLE_ITERATOR } from "./destination-model.ts";
import { answer, body, EXAMPLE_TIME, flag, PAGE, READING, shown } from "./document-fields.ts";
import { asManager } from "./endpoint-access.ts";
import { messageOut, shownEvent } from "./message-out.ts";
import { EXAMPLE_MESSAGE_OUT, messageFacts } from "./message-schema.ts";
import { chosenInPath, NAME_RULES } from "./model-rules.ts";
import { mapLazily, sendList } from "./paging.ts";

const DEFAULT_LIMIT = 50;
const page = shown("Poll", {
  data: Type.Array(Type.Object(messageFacts)),
  iterator: Type.String({ description: "The `iterator` of the next poll, also of an empty page." }),
  done: flag("Whether there are no further messages for now."),
});
const answers = {
  200: answer("The messages after the iterator, oldest first.", page, {
    data: [EXAMPLE_MESSAGE_OUT],
    iterator: EXAMPLE_ITERATOR,
    done: true,
  }),
};
const iterator = Type.String({ description: "The `iterator` of the previous answer." });
const sink = { tag: "Message", path: "/api/v1/app/:app/poller/:sink", access: asManager } as const;
const consumer = { ...sink, path: `${sink.path}/consumer/:consumer` } as const;

export const POLLER_CALLS: readonly Call[] = [
  defineCall({
    ...sink,
    id: "pollMessages",
    summary: "Poll a destination",
    description:
      "Without an iterator, the messages since the creation of the destination. A reader that passes each iterator on misses none.",
    portal: "ViewBase",
    operator: "viewer",
    method: "GET",
    query: Type.Object({
      limit: PAGE.limit,
      iterator: Type.Optional(iterator),
      event_type: Type.Optional(Type.String({ description: "Selects only this event type." })),
      channel: Type.Optional(Type.String({ description: "Selects only messages with it." })),
      after: Type.Optional(instantIn("Selects only messages accepted at or after this time.")),
    }),
    example: { query: { limit: 50 } },
    answers,
    refusals: [...READING, "conflict"],
    async handle({ context, appRef, params, query, reply }) {
      const polled = await pollEvents(context, {
        appRef,
        ref: params.sink,
        cursor: query.iterator ?? null,
        limit: query.limit ?? DEFAULT_LIMIT,
        eventType: query.event_type ?? null,
        channel: query.channel ?? null,
        since: query.after ?? null,
      });
      return await sendPolled(reply, polled);
    },
  }),
  defineCall({
    ...consumer,
    id: "pollMessagesAsConsumer",
    summary: "Poll a destination as a consumer",
    description:
      "The server keeps the last iterator that the consumer passed, and begins there without one.",
    portal: "ManageEndpoint",
    operator: "operator",
    method: "GET",
    query: Type.Object({ limit: PAGE.limit, iterator: Type.Optional(iterator) }),
    example: { query: { limit: 50 } },
    answers,
    refusals: [...READING, "conflict", "limit_reached"],
    async handle({ context, appRef, params, query, reply }) {
      const polled = await pollAsConsumer(context, {
        appRef,
        ref: params.sink,
        consumer: toConsumer(params.consumer),
        cursor: query.iterator ?? null,
        limit: query.limit ?? DEFAULT_LIMIT,
      });
      return await sendPolled(reply, polled);
    },
  }),
  defineCall({
    ...consumer,
    path: `${consumer.path}/seek`,
    id: "seekConsumer",
    summary: "Set the position of a consumer",
    description: "Iterators that the consumer got before are refused after the answer.",
    portal: "ManageEndpoint",
    operator: "operator",
    method: "POST",
    body: body("PollerSeekIn", {
      after: instantIn("The next poll begins with messages accepted at or after this time."),
    }),
    example: { body: { after: EXAMPLE_TIME } },
    answers: {
      200: answer(
        "The iterator of the next poll.",
        shown("PollerSeek", { iterator: Type.String() }),
        { iterator: EXAMPLE_ITERATOR },
      ),
    },
    refusals: [...READING, "unknown_field", "limit_reached"],
    async handle({ context, appRef, params, body: { after: since } }) {
      const at = { appRef, ref: params.sink, consumer: toConsumer(params.consumer) };
      return { iterator: await seekConsumer(context, { ...at, since }) };
    },
  }),
];

function toConsumer(id: string): string {
  return chosenInPath("consumer", id, NAME_RULES);
}

function sendPolled(reply: FastifyReply, { events, next, done }: FeedPage): Promise<FastifyReply> {
  return sendList(reply, 200, {
    texts: mapLazily(events, (event) => messageOut(shownEvent(event, true))),
    more: { iterator: next, done },
  });
}
