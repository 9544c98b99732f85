/** Events as history: one, a list, the feed. The list and the feed walk one app's index by rowid. */
import { type EventTraits, isWithin, passesFilter } from "../../history/event-filter.ts";
import type { EventFilter, EventRow, FeedPage, HistoryStore } from "../../interface/history.ts";
import { pageOfScan } from "../../paging.ts";
import type { Page, PageRequest } from "../../page.ts";
import { findApp } from "../tenancy/apps.ts";
import { blankEvent } from "../maintenance/blank-event.ts";
import type { Connection } from "../connection.ts";
import { findEventSeq, loadEvent, loadEvents } from "./event-rows.ts";
import { scan } from "./scan.ts";
import { rangeOfTime } from "./time-position.ts";
import type { Reader, Writer } from "../thread/writer-types.ts";

type ListedRow = EventTraits & {
  readonly seq: number;
  readonly id: string;
  readonly acceptedAt: number;
};

export function getEvent(
  connection: Connection,
  p: { appRef: string; ref: string },
): EventRow | null {
  const app = findApp(connection, p.appRef);
  const seq = app === null ? null : findEventSeq(connection, app.seq, p.ref);
  return seq === null ? null : loadEvent(connection, seq);
}

export function listEvents(
  reader: Reader,
  p: { appRef: string; window: PageRequest; filter: EventFilter },
): Page<EventRow> | null {
  const app = findApp(reader, p.appRef);
  if (app === null) return null;
  const scanned = scan<ListedRow>(reader, {
    window: p.window,
    range: rangeOfTime(reader, "event", p.filter),
    cursor: p.window.after === null ? null : eventPosition(reader, p.window.after),
    read: (range, upwards, count) =>
      reader
        .sql(
          `SELECT seq, id, type, channels, tags, acceptedAt FROM event
           WHERE appSeq = ? AND seq >= ? AND seq < ?
           ORDER BY seq ${upwards ? "ASC" : "DESC"} LIMIT ?`,
        )
        .all(app.seq, range.low, range.high, count) as ListedRow[],
    keep: (row) => isWithin(row.acceptedAt, p.filter) && passesFilter(p.filter, row),
  });
  const items = loadEvents(
    reader,
    scanned.rows.map((row) => row.seq),
  );
  return pageOfScan(p.window, scanned, items, (row) => row.id);
}

/** The only writer assigns rowids in commit order, so a reader that polls misses none. */
export function readFeed(reader: Reader, p: Parameters<HistoryStore["feed"]>[0]): FeedPage | null {
  const app = findApp(reader, p.appRef);
  if (app === null) return null;
  const { filter = {} } = p;
  const after = feedPosition(reader, p.after);
  const scanned = scan<ListedRow>(reader, {
    window: { after: null, limit: p.limit, backward: false, ascending: true },
    range: rangeOfTime(reader, "event", filter),
    cursor: after,
    read: (range, _upwards, count) =>
      reader
        .sql(
          `SELECT seq, id, type, channels, tags, acceptedAt FROM event
           WHERE appSeq = ? AND seq >= ? AND seq < ? ORDER BY seq LIMIT ?`,
        )
        .all(app.seq, range.low, range.high, count) as ListedRow[],
    keep: (row) => isWithin(row.acceptedAt, filter) && passesFilter(filter, row),
  });
  const events = loadEvents(
    reader,
    scanned.rows.map((row) => row.seq),
  );
  const last = events.at(-1)?.sequence ?? after;
  if (events.length < scanned.rows.length) return { events, next: last, done: false };
  if (!scanned.done) return { events, next: scanned.stoppedAt?.seq ?? last, done: false };
  // Every event was examined, so a reader that polls can skip them next time.
  return { events, next: Math.max(last, loadNewest(reader, app.seq)), done: true };
}

/** When retention has deleted the event: the position just before the next existing event. */
function feedPosition(connection: Connection, after: number | string | null): number {
  if (after === null || typeof after === "number") return after ?? 0;
  const position = Math.floor(eventPosition(connection, after));
  return position < Number.MAX_SAFE_INTEGER ? position : loadNewest(connection, null);
}

/** The newest event of an app, or of all; 0 when none exists. */
function loadNewest(connection: Connection, appSeq: number | null): number {
  const row =
    appSeq === null
      ? connection.sql("SELECT max(seq) AS seq FROM event").get()
      : connection.sql("SELECT max(seq) AS seq FROM event WHERE appSeq = ?").get(appSeq);
  return (row?.["seq"] as number | null | undefined) ?? 0;
}

export function expungeEvent(
  writer: Writer,
  p: { appRef: string; eventId: string; now: number },
): boolean {
  const app = findApp(writer, p.appRef);
  const seq = app === null ? null : findEventSeq(writer, app.seq, p.eventId);
  if (seq === null) return false;
  blankEvent(writer, { eventSeq: seq, now: p.now });
  return true;
}

/** The row with this id; for one that retention has deleted, its former position. */
export function eventPosition(connection: Connection, id: string): number {
  const row = connection.sql("SELECT seq FROM event WHERE id = ?").get(id);
  if (row !== undefined) return row["seq"] as number;
  // Ids sort by the time they were generated, almost in the order of rows.
  const next = connection.sql("SELECT seq FROM event WHERE id > ? ORDER BY id LIMIT 1").get(id);
  return next === undefined ? Number.MAX_SAFE_INTEGER : (next["seq"] as number) - 0.5;
}
