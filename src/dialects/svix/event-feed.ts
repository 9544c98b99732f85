/**
 * The feed: all events of an app in the order they were committed, by cursor. Whoever was down longer
 * than retries last, or keeps a copy of their own, reads here what came meanwhile; nothing is sent and
 * nothing is marked as read.
 */
import type { FastifyInstance } from "fastify";
import { unknownApp } from "../../operations/authenticate-caller.ts";
import type { OperationContext } from "../../operations/context.ts";
import { loadAppCall } from "./caller.ts";
import { messageOut, shownEvent } from "./message-out.ts";
import { byId, mapLazily, MOST_ITEMS, sendList } from "./paging.ts";
import { readQuery } from "./query.ts";

const DEFAULT_LIMIT = 50;
/** What a page says as its `iterator`: the place in the order of commit. */
export const FEED_CURSOR = /^\d{1,15}$/;

export function mountEventFeed(scope: FastifyInstance, context: OperationContext): void {
  scope.get("/api/v1/app/:app/event", async (request, reply) => {
    const { appRef } = await loadAppCall(context, request, "manage");
    const query = readQuery(request);
    const limit = query.integer("limit", { min: 1, max: MOST_ITEMS }) ?? DEFAULT_LIMIT;
    const after = query.text("after");
    const isPlace = after !== undefined && FEED_CURSOR.test(after);
    if (after !== undefined && !isPlace && !byId.event(after)) {
      query.refuse("after", "must be the iterator of a page before, or the id of a message");
    }
    const eventTypes = query.texts("event_types");
    const since = query.instant("since");
    const withContent = query.flag("with_content") ?? true;
    query.finish();
    const page = await context.store.history.feed({
      appRef,
      after: after === undefined ? null : isPlace ? Number(after) : after,
      limit,
      filter: {
        ...(eventTypes === undefined ? undefined : { eventTypes }),
        ...(since === undefined ? undefined : { since }),
      },
    });
    if (page === null) throw unknownApp(appRef);
    return sendList(reply, 200, {
      texts: mapLazily(page.events, (event) =>
        messageOut(shownEvent(event, withContent), { sequence: event.sequence }),
      ),
      more: { iterator: String(page.next), done: page.done },
    });
  });
}
