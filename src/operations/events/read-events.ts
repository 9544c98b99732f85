/** Reads events, and deletes their content. */
import { findUndelivered } from "../../core/delivery/undelivered.ts";
import { AppError } from "../../core/error.ts";
import { unknownApp } from "../keys/authenticate-caller.ts";
import type {
  EventFilter,
  EventRow,
  EventSearch,
  FeedPage,
  FoundEvents,
} from "../../store/interface/history.ts";
import type { Page, PageRequest } from "../../store/page.ts";
import type { OperationContext } from "../context.ts";

export type EventRef = {
  readonly appRef: string;
  /** The event's id, or its publisher's eventId within the dedupe window. */
  readonly ref: string;
};

/** Refuses with `not_found`. */
export async function getEvent(context: OperationContext, p: EventRef): Promise<EventRow> {
  const event = await context.store.history.getEvent(p);
  if (event === null) throw unknownEvent(p.ref);
  return event;
}

export function unknownEvent(ref: string): AppError {
  return new AppError(
    "not_found",
    `There is no message "${ref.slice(0, 256)}" in this application.`,
  );
}

/** Lists events, newest first. Refuses with `not_found` an unknown app. */
export async function listEvents(
  context: OperationContext,
  p: { readonly appRef: string; readonly window: PageRequest; readonly filter: EventFilter },
): Promise<Page<EventRow>> {
  const page = await context.store.history.listEvents(p);
  if (page === null) throw unknownApp(p.appRef);
  return page;
}

/** Lists the events that a search finds. Refuses with `not_found` an unknown app or endpoint. */
export async function searchEvents(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly window: PageRequest;
    readonly filter: EventFilter;
    readonly search: EventSearch;
    readonly withMarks: boolean;
  },
): Promise<FoundEvents> {
  const page = await context.store.history.searchEvents({ ...p, now: context.now() });
  if (page === null) throw unknownApp(p.appRef);
  return page;
}

/**
 * Reads events in commit order; `after` as for the store. Refuses with `not_found` an unknown app, and with
 * `invalid_field` the cursor of another one.
 */
export async function readFeed(
  context: OperationContext,
  p: {
    readonly appRef: string;
    readonly after: string | null;
    readonly limit: number;
    readonly filter: Pick<EventFilter, "eventTypes" | "channel" | "channels" | "since">;
  },
): Promise<FeedPage> {
  const page = await context.store.history.feed(p);
  if (page === null) throw unknownApp(p.appRef);
  return page;
}

/**
 * The reason why the event reached no endpoint when it was accepted. Null without one, and when the event has
 * a delivery: a replay may have sent it to an endpoint that was created later.
 */
export async function findReasonUndelivered(
  context: OperationContext,
  { appRef, event }: { readonly appRef: string; readonly event: EventRow },
): Promise<ReturnType<typeof findUndelivered>> {
  const reason = findUndelivered(event.tags);
  if (reason === null) return null;
  const window = { after: null, limit: 1, backward: false, ascending: false };
  const { history } = context.store;
  const made = await history.deliveriesOfEvent({ appRef, eventId: event.id, window });
  return made === null || made.items.length === 0 ? reason : null;
}

/** Deletes the content and keeps the event; its pending deliveries fail. Refuses with `not_found`. */
export async function expungeEvent(context: OperationContext, p: EventRef): Promise<void> {
  const { id } = await getEvent(context, p);
  await context.store.history.expungeEvent({
    appRef: p.appRef,
    eventId: id,
    now: context.now(),
  });
}
