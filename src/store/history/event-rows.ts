/** Event rows as history shows them. A `ref` is Hookline's id or, within the dedupe window, the publisher's. */
import type { EventFilter, EventRow } from "../interface/history.ts";
import type { Steps } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { readList } from "./event-filter.ts";
import type { EventColumns, HistorySession } from "./session.ts";

/** Maximum payload of a page: without it, a page could have 250 payloads of one megabyte. */
export const PAGE_BYTES = 8 * 1024 * 1024;

/** Excludes events past their retention, which stay in the database for a while. */
export function visible<Filter extends Pick<EventFilter, "since">>(
  s: HistorySession,
  filter: Filter,
): Filter & { readonly since: number } {
  return { ...filter, since: Math.max(filter.since ?? 0, s.horizon()) };
}

/** The number of an event of this application; null when it is unknown or hidden. */
export function* findNamedEvent(
  s: HistorySession,
  p: { readonly appRef: string; readonly eventId: string },
): Steps<number | null> {
  const app = yield* findApp(s, p.appRef);
  return app === null ? null : yield* findEventSeq(s, app.seq, p.eventId);
}

export function* findEventSeq(
  s: HistorySession,
  appSeq: number,
  ref: string,
): Steps<number | null> {
  const row = yield* s.one<{ seq: number }>(
    "SELECT seq FROM event WHERE id = ?1 AND app_seq = ?2 AND accepted_at >= ?3",
    [ref, appSeq, s.horizon()],
  );
  if (row !== null) return row.seq;
  const seq = yield* s.findInWindow(appSeq, ref);
  // The window may outlive the event.
  if (seq === null) return null;
  const event = yield* s.one(
    "SELECT 1 FROM event WHERE seq = ?1 AND app_seq = ?2 AND accepted_at >= ?3",
    [seq, appSeq, s.horizon()],
  );
  return event === null ? null : seq;
}

export function* loadEvent(s: HistorySession, seq: number): Steps<EventRow | null> {
  return (yield* loadEvents(s, [seq]))[0] ?? null;
}

/** The events in this order: as many as fit a page's bytes, and at least one. */
export function* loadEvents(
  s: HistorySession,
  seqs: readonly number[],
): Steps<readonly EventRow[]> {
  if (seqs.length === 0) return [];
  yield* s.beginLookups();
  return (yield* s.readEventPage(seqs, PAGE_BYTES)).map(toEvent);
}

function toEvent(row: EventColumns): EventRow {
  return {
    id: row.id,
    sequence: row.position,
    eventId: row.eventId,
    type: row.type,
    payloadText: row.payload,
    contentType: row.contentType,
    channels: readList(row.channels),
    tags: readList(row.tags),
    orderingKey: row.orderingKey,
    deliverAt: row.deliverAt,
    acceptedAt: row.acceptedAt,
  };
}
