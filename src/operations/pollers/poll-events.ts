/**
 * Polls the events of a poller. A poll reads the feed and takes nothing from it. The cursor of a consumer moves when
 * the consumer passes the cursor of its last answer. So a consumer that dies before it has handled a page
 * gets that page again.
 */
import { AppError, refuseField } from "../../core/error.ts";
import type { FeedPage } from "../../store/interface/history.ts";
import type { Consumer, Poller } from "../../store/interface/pollers.ts";
import type { OperationContext } from "../context.ts";
import { readFeed } from "../events/read-events.ts";
import { getPoller, type PollerRef, unknownPoller } from "./read-pollers.ts";

type Poll = PollerRef & {
  /** Null without one. */
  readonly cursor: string | null;
  readonly limit: number;
};

/**
 * `since` without a cursor begins with the app's oldest event after that time. Refuses with `not_found`, with
 * `conflict` a disabled poller, and with `invalid_field` the cursor of another app.
 */
export async function pollEvents(
  context: OperationContext,
  p: Poll & {
    readonly eventType: string | null;
    readonly channel: string | null;
    readonly since: number | null;
  },
): Promise<FeedPage> {
  const poller = await getEnabled(context, p);
  const { eventType, channel, since } = p;
  const start = since === null ? poller.startCursor : null;
  return await readPage(context, poller, {
    cursor: p.cursor ?? start,
    limit: p.limit,
    since,
    ...(eventType === null ? undefined : { eventType }),
    ...(channel === null ? undefined : { channel }),
  });
}

/** Like `pollEvents`. Refuses with `conflict` a cursor that is not one of the consumer's last two. */
export async function pollAsConsumer(
  context: OperationContext,
  p: Poll & { readonly consumer: string },
): Promise<FeedPage> {
  const poller = await getEnabled(context, p);
  const { appRef, consumer, limit } = p;
  const at = { appRef, pollerId: poller.id, consumer };
  const before = await context.store.pollers.consumer(at);
  const cursor = findStart(poller, before, p.cursor);
  const since = before?.since ?? null;
  const page = await readPage(context, poller, { cursor, limit, since });
  const after: Consumer = { cursor, nextCursor: page.next, since };
  if (before?.cursor === cursor && before.nextCursor === page.next) return page;
  const now = context.now();
  const isMoved = await context.store.pollers.moveConsumer({ ...at, before, after, now });
  if (isMoved) return page;
  throw new AppError(
    "conflict",
    `The consumer "${consumer.slice(0, 256)}" is used by another client at the same time; give each client another consumer id.`,
  );
}

/** The consumer begins with events that were accepted at or after `since`. Returns its cursor. */
export async function seekConsumer(
  context: OperationContext,
  p: PollerRef & { readonly consumer: string; readonly since: number },
): Promise<string> {
  const { appRef, consumer, since } = p;
  const poller = await getPoller(context, p);
  const cursor = await context.store.pollers.oldestCursor({ appRef });
  if (cursor === null) throw unknownPoller(p.ref);
  const after: Consumer = { cursor, nextCursor: null, since };
  const at = { appRef, pollerId: poller.id, consumer };
  const isMoved = await context.store.pollers.moveConsumer({ ...at, after, now: context.now() });
  if (!isMoved) throw unknownPoller(p.ref);
  return cursor;
}

async function getEnabled(context: OperationContext, p: PollerRef): Promise<Poller> {
  const poller = await getPoller(context, p);
  if (poller.isEnabled) return poller;
  throw new AppError("conflict", `The destination ${poller.id} is disabled; enable it to poll.`);
}

/** The cursor of this poll: that of the last poll again, or the one that it returned. */
function findStart(poller: Poller, consumer: Consumer | null, given: string | null): string {
  if (given === null) return consumer?.cursor ?? poller.startCursor;
  const isKnown = given === consumer?.cursor || given === consumer?.nextCursor;
  if (consumer === null || isKnown) return given;
  throw new AppError(
    "conflict",
    "The iterator is not from the last answer to this consumer; poll without an iterator to continue at its last one.",
  );
}

async function readPage(
  context: OperationContext,
  poller: Poller,
  p: {
    readonly cursor: string | null;
    readonly limit: number;
    readonly since: number | null;
    readonly eventType?: string;
    readonly channel?: string;
  },
): Promise<FeedPage> {
  const { cursor, since, eventType, channel } = p;
  const { eventTypes, channels } = poller;
  const types = eventType === undefined ? eventTypes : findCommon(eventTypes, eventType);
  const filter = {
    ...(types === null ? undefined : { eventTypes: types }),
    ...(channels === null ? undefined : { channels }),
    ...(channel === undefined ? undefined : { channel }),
    ...(since === null ? undefined : { since }),
  };
  try {
    const { limit } = p;
    return await readFeed(context, { appRef: poller.appId, after: cursor, limit, filter });
  } catch (error) {
    // The feed names its own parameter.
    if (error instanceof AppError && error.code === "invalid_field") throw refusedCursor();
    throw error;
  }
}

function refusedCursor(): AppError {
  return refuseField(
    "invalid_field",
    ["query", "iterator"],
    "must be the iterator of a previous answer for this application",
  );
}

function findCommon(types: readonly string[] | null, type: string): readonly string[] {
  return types === null || types.includes(type) ? [type] : [];
}
