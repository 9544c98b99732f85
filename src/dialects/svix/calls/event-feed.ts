/**
 * The feed: all events of an app in commit order, by cursor. It serves readers that were down longer than
 * retries last, and readers that keep a copy. Reading sends nothing and marks nothing as read.
 */
import Type from "typebox";
import { isFeedCursor } from "../../../core/crypto/feed-cursor.ts";
import { readFeed } from "../../../operations/events/read-events.ts";
import { instantIn, refine } from "../../request-schema.ts";
import type { Call } from "../../call.ts";
import { defineCall } from "../call.ts";
import { asAppCaller } from "../caller.ts";
import { answer, flag, PAGE, READING, shown } from "./document-fields.ts";
import { messageOut, shownEvent } from "./message-out.ts";
import { EVENT_FILTER, EXAMPLE_MESSAGE_OUT, messageFacts } from "./message-schema.ts";
import { byId, mapLazily, sendList } from "./paging.ts";

const DEFAULT_LIMIT = 50;
const after = refine(
  Type.String({
    description: "The `iterator` of the previous page, or a message's id.",
  }),
  (text: string) => isFeedCursor(text) || byId.event(text),
  "must be the iterator of a previous page, or the id of a message",
);
const feedPage = shown("EventFeed", {
  data: Type.Array(Type.Object(messageFacts)),
  iterator: Type.String({
    description: "The `after` of the next call, even when the page is empty.",
  }),
  done: flag("Whether the feed has no further messages for now."),
});

export const FEED_CALLS: readonly Call[] = [
  defineCall({
    tag: "Message",
    id: "readFeed",
    portal: "ViewBase",
    operator: "viewer",
    summary: "Read messages by cursor",
    description:
      "Returns messages in commit order, oldest first. A reader that passes `iterator` as the next `after` misses none.",
    method: "GET",
    path: "/api/v1/app/:app/event",
    access: asAppCaller("manage"),
    query: Type.Object({
      after: Type.Optional(after),
      since: Type.Optional(instantIn("Starts with messages accepted at or after this time.")),
      limit: PAGE.limit,
      event_types: EVENT_FILTER.event_types,
      with_content: Type.Optional(flag("Whether payloads are included.")),
    }),
    example: { query: { after: EXAMPLE_MESSAGE_OUT.id } },
    answers: {
      200: answer("The messages after the cursor.", feedPage, {
        data: [EXAMPLE_MESSAGE_OUT],
        iterator: "xkuKTVrRsqD_NBTjoOhaHA",
        done: true,
      }),
    },
    refusals: READING,
    async handle({ context, appRef, query, reply }) {
      const { limit = DEFAULT_LIMIT, event_types: eventTypes, since } = query;
      const { with_content: withContent = true } = query;
      const page = await readFeed(context, {
        appRef,
        after: query.after ?? null,
        limit,
        filter: {
          ...(eventTypes === undefined ? undefined : { eventTypes }),
          ...(since === undefined ? undefined : { since }),
        },
      });
      return sendList(reply, 200, {
        texts: mapLazily(page.events, (event) => messageOut(shownEvent(event, withContent))),
        more: { iterator: page.next, done: page.done },
      });
    },
  }),
];
