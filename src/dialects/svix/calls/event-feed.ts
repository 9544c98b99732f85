/**
 * The feed: all events of an app in commit order, by cursor. It serves readers that were down longer than
 * retries last, and readers that keep a copy. Reading sends nothing and marks nothing as read.
 */
import type { FastifyInstance } from "fastify";
import type { OperationContext } from "../../../operations/context.ts";
import { readFeed } from "../../../operations/events/read-events.ts";
import { loadAppCall } from "../caller.ts";
import { messageOut, shownEvent } from "./message-out.ts";
import { byId, mapLazily, MOST_ITEMS, sendList } from "./paging.ts";
import { readQuery } from "./query.ts";

const DEFAULT_LIMIT = 50;
/** The form of a page's `iterator`: a position in commit order. */
export const FEED_CURSOR = /^\d{1,15}$/;

export function mountEventFeed(scope: FastifyInstance, context: OperationContext): void {
  scope.get("/api/v1/app/:app/event", async (request, reply) => {
    const { appRef } = await loadAppCall(context, request, "manage");
    const query = readQuery(request);
    const limit = query.integer("limit", { min: 1, max: MOST_ITEMS }) ?? DEFAULT_LIMIT;
    const after = query.text("after");
    const isPlace = after !== undefined && FEED_CURSOR.test(after);
    if (after !== undefined && !isPlace && !byId.event(after)) {
      query.refuse("after", "must be the iterator of a previous page, or the id of a message");
    }
    const eventTypes = query.texts("event_types");
    const since = query.instant("since");
    const withContent = query.flag("with_content") ?? true;
    query.finish();
    const page = await readFeed(context, {
      appRef,
      after: after === undefined ? null : isPlace ? Number(after) : after,
      limit,
      filter: {
        ...(eventTypes === undefined ? undefined : { eventTypes }),
        ...(since === undefined ? undefined : { since }),
      },
    });
    return sendList(reply, 200, {
      texts: mapLazily(page.events, (event) =>
        messageOut(shownEvent(event, withContent), { sequence: event.sequence }),
      ),
      more: { iterator: String(page.next), done: page.done },
    });
  });
}
