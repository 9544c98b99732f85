/** Events as history: one, a list, the feed. The list and the feed walk one app's index by position. */
import type { EventFilter, EventRow, FeedPage, HistoryStore } from "../interface/history.ts";
import { blankNow, withDerived } from "../maintenance/content.ts";
import type { Page, PageRequest } from "../page.ts";
import { pageOfScan, type PlaceRange, type Scanned } from "../paging.ts";
import type { Steps } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { isFeedCursor, type FeedCursors } from "../../core/crypto/feed-cursor.ts";
import { refuseField } from "../../core/error.ts";
import { loadFeedCursors } from "./feed-key.ts";
import { isWithin, passesFilter } from "./event-filter.ts";
import { findNamedEvent, loadEvent, loadEvents, visible } from "./event-rows.ts";
import { scan } from "./scan.ts";
import type { HistorySession, HistoryWriteSession, ListedEvent } from "./session.ts";

/** The refusal of a cursor that this application has never received. */
const UNKNOWN_CURSOR =
  "must be the iterator of a previous page of this application, or the id of a message";

type Params<M extends keyof HistoryStore> = Parameters<HistoryStore[M]>[0];

export function* getEvent(s: HistorySession, p: Params<"getEvent">): Steps<EventRow | null> {
  const seq = yield* findNamedEvent(s, { appRef: p.appRef, eventId: p.ref });
  return seq === null ? null : yield* loadEvent(s, seq);
}

export function* listEvents(
  s: HistorySession,
  p: Params<"listEvents">,
): Steps<Page<EventRow> | null> {
  const app = yield* findApp(s, p.appRef);
  if (app === null) return null;
  const filter = visible(s, p.filter);
  const scanned = yield* scanEvents(s, {
    appSeq: app.seq,
    filter,
    window: p.window,
    range: yield* s.placesOfTime("event", filter),
    cursor: p.window.after === null ? null : yield* findPosition(s, p.window.after),
  });
  const items = yield* loadEvents(
    s,
    scanned.rows.map(({ seq }) => seq),
  );
  return pageOfScan(p.window, scanned, items, ({ id }) => id);
}

/** No event is added below the horizon any more, so a polling reader misses none. */
export function* readFeed(s: HistorySession, p: Params<"feed">): Steps<FeedPage | null> {
  const app = yield* findApp(s, p.appRef);
  if (app === null) return null;
  const filter = visible(s, p.filter ?? {});
  const horizon = yield* s.feedHorizon();
  const newest = yield* newestBefore(s, app.seq, horizon);
  const cursors = yield* loadFeedCursors(s, app.id);
  const after = yield* feedPosition(s, { after: p.after, newest, cursors });
  const range = yield* s.placesOfTime("event", filter);
  const scanned = yield* scanEvents(s, {
    appSeq: app.seq,
    filter,
    window: { after: null, limit: p.limit, backward: false, ascending: true },
    range: { low: range.low, high: Math.min(range.high, horizon) },
    cursor: after,
  });
  const events = yield* loadEvents(
    s,
    scanned.rows.map(({ seq }) => seq),
  );
  const last = events.at(-1)?.sequence ?? after;
  const isShort = events.length < scanned.rows.length;
  const done = !isShort && scanned.done;
  if (done) {
    // Every event below the horizon was examined, so a polling reader can skip them next time.
    return { events, next: cursors.write(Math.max(last, newest)), done };
  }
  const stoppedAt = isShort ? last : (scanned.stoppedAt?.place ?? last);
  return { events, next: cursors.write(stoppedAt), done };
}

export function* expungeEvent(s: HistoryWriteSession, p: Params<"expungeEvent">): Steps<boolean> {
  const seq = yield* findNamedEvent(s, p);
  if (seq === null) return false;
  yield* blankNow(s, { eventSeqs: yield* withDerived(s, seq), now: p.now });
  return true;
}

type EventScan = {
  readonly appSeq: number;
  readonly filter: EventFilter;
  readonly window: PageRequest;
  readonly range: PlaceRange;
  readonly cursor: number | null;
};

function* scanEvents(
  s: HistorySession,
  { appSeq, filter, ...walk }: EventScan,
): Steps<Scanned<ListedEvent>> {
  return yield* scan<ListedEvent>(
    s,
    {
      ...walk,
      read: (range, upwards, count) =>
        s.readListedEvents({ appSeq, filter, ...range, upwards, count }),
      keep: (row) => isWithin(row.acceptedAt, filter) && passesFilter(filter, row),
      isPlannedOnce: true,
    },
    ({ place }) => place,
  );
}

/** Position of the event with this id; for one that retention has deleted, its former position. */
export function* findPosition(s: HistorySession, id: string): Steps<number> {
  return (yield* findPlace(s, id)).place;
}

type EventPlace = { readonly seq: number; readonly place: number };

/** Place of the event with this id; for one that retention has deleted, its former place. */
export function* findPlace(s: HistorySession, id: string): Steps<EventPlace> {
  const row = yield* s.one<EventPlace>(
    `SELECT seq, ${s.sql.feedPosition} AS place FROM event WHERE id = ?1`,
    [id],
  );
  if (row !== null) return row;
  // Ids sort by the time at which they were made, almost as places do.
  const next = yield* s.one<EventPlace>(
    `SELECT seq, ${s.sql.feedPosition} AS place FROM event WHERE id > ?1 ORDER BY id LIMIT 1`,
    [id],
  );
  const end = Number.MAX_SAFE_INTEGER;
  return next === null
    ? { seq: end, place: end }
    : { seq: next.seq - 0.5, place: next.place - 0.5 };
}

/** When retention has deleted the event, the position just before the next one. */
function* feedPosition(
  s: HistorySession,
  p: { readonly after: string | null; readonly newest: number; readonly cursors: FeedCursors },
): Steps<number> {
  if (p.after === null) return 0;
  if (isFeedCursor(p.after)) {
    const position = p.cursors.read(p.after);
    if (position !== null) return position;
    throw refuseField("invalid_field", ["query", "after"], UNKNOWN_CURSOR);
  }
  const position = Math.floor(yield* findPosition(s, p.after));
  return position < Number.MAX_SAFE_INTEGER ? position : p.newest;
}

/** Position of the app's newest event that the feed shows; 0 when it has none. */
function* newestBefore(s: HistorySession, appSeq: number, horizon: number): Steps<number> {
  const row = yield* s.one<{ position: number | null }>(
    `SELECT max(${s.sql.feedPosition}) AS position FROM event WHERE app_seq = ?1 AND ${s.sql.feedPosition} < ?2`,
    [appSeq, horizon],
  );
  return row?.position ?? 0;
}
