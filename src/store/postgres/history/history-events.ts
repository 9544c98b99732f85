/**
 * Events as history: one, a list, the feed. The list and the feed walk one app's index by position. The row
 * ids that fit the requested time narrow the days to read.
 */
import { isKsuid, KSUID_CHARACTERS, ksuidTime } from "../../../core/ids/ksuid.ts";
import { type EventTraits, isWithin, passesFilter } from "../../history/event-filter.ts";
import type { EventFilter, EventRow, FeedPage, HistoryStore } from "../../interface/history.ts";
import { pageOfScan, type PlaceRange } from "../../paging.ts";
import type { Page, PageRequest } from "../../page.ts";
import { findApp } from "../tenancy/apps.ts";
import { blankEvents } from "../maintenance/blank-event.ts";
import type { Connection } from "../connection.ts";
import { findEventSeq, loadEvent, loadEvents, type NodeConnection } from "./event-rows.ts";
import { feedHorizon } from "../accept/feed-position.ts";
import { scan } from "./scan.ts";
import { positionsOfTime, rowsOfTime } from "./time-position.ts";
import type { Reader, Tx } from "../types.ts";

type ListedRow = EventTraits & {
  readonly place: number;
  readonly seq: number;
  readonly id: string;
  readonly acceptedAt: number;
};

export async function getEvent(
  reader: Reader,
  p: { appRef: string; ref: string },
): Promise<EventRow | null> {
  const app = await findApp(reader, p.appRef);
  const seq = app === null ? null : await findEventSeq(reader, app.seq, p.ref);
  return seq === null ? null : await loadEvent(reader, seq);
}

export async function listEvents(
  reader: Reader,
  p: { appRef: string; window: PageRequest; filter: EventFilter },
): Promise<Page<EventRow> | null> {
  const app = await findApp(reader, p.appRef);
  if (app === null) return null;
  const filter = visible(reader, p.filter);
  const scanned = await scan<ListedRow>(reader, {
    window: p.window,
    range: await positionsOfTime(reader, filter),
    cursor: p.window.after === null ? null : await eventPosition(reader, p.window.after),
    read: (range, upwards, count) =>
      readRows(reader, { appSeq: app.seq, filter, range, upwards, count }),
    keep: (row) => isWithin(row.acceptedAt, filter) && passesFilter(filter, row),
  });
  const items = await loadEvents(
    reader,
    scanned.rows.map((row) => row.seq),
  );
  return pageOfScan(p.window, scanned, items, (row) => row.id);
}

/** No event is added below the horizon any more, so a polling reader misses none. */
export async function readFeed(
  reader: Reader,
  p: Parameters<HistoryStore["feed"]>[0],
): Promise<FeedPage | null> {
  const app = await findApp(reader, p.appRef);
  if (app === null) return null;
  const filter = visible(reader, p.filter ?? {});
  const horizon = await feedHorizon(reader);
  const newest = await newestBefore(reader, app.seq, horizon);
  const after = await feedPosition(reader, p.after, newest);
  const ofTime = await positionsOfTime(reader, filter);
  const scanned = await scan<ListedRow>(reader, {
    window: { after: null, limit: p.limit, backward: false, ascending: true },
    range: { low: ofTime.low, high: Math.min(ofTime.high, horizon) },
    cursor: after,
    read: (range, upwards, count) =>
      readRows(reader, { appSeq: app.seq, filter, range, upwards, count }),
    keep: (row) => isWithin(row.acceptedAt, filter) && passesFilter(filter, row),
  });
  const events = await loadEvents(
    reader,
    scanned.rows.map((row) => row.seq),
  );
  const last = events.at(-1)?.sequence ?? after;
  if (events.length < scanned.rows.length) return { events, next: last, done: false };
  if (!scanned.done) return { events, next: scanned.stoppedAt?.place ?? last, done: false };
  // Everything below the horizon was read, so a polling reader need not read it again.
  return { events, next: Math.max(last, newest), done: true };
}

/** Excludes events past their retention. */
export function visible<Filter extends Pick<EventFilter, "since">>(
  { node }: NodeConnection,
  filter: Filter,
): Filter & { readonly since: number } {
  return { ...filter, since: Math.max(filter.since ?? 0, node.horizon()) };
}

async function readRows(
  reader: Reader,
  p: { appSeq: number; filter: EventFilter; range: PlaceRange; upwards: boolean; count: number },
): Promise<readonly ListedRow[]> {
  const days = rowsOfTime(p.filter);
  return await reader.sql<ListedRow>(
    `SELECT position AS place, seq, id, type, channels, tags, accepted_at FROM event
     WHERE app_seq = $1 AND position >= $2 AND position < $3 AND seq >= $4 AND seq < $5
     ORDER BY position ${p.upwards ? "ASC" : "DESC"} LIMIT $6`,
    [p.appSeq, p.range.low, p.range.high, days.low, days.high, p.count],
  );
}

/** For an event that retention has removed, the last position before the next event. */
async function feedPosition(
  connection: Connection,
  after: number | string | null,
  newest: number,
): Promise<number> {
  if (after === null || typeof after === "number") return after ?? 0;
  const position = Math.floor(await eventPosition(connection, after));
  return position < Number.MAX_SAFE_INTEGER ? position : newest;
}

/** Position of the app's newest event that the feed shows; 0 when absent. */
async function newestBefore(
  connection: Connection,
  appSeq: number,
  horizon: number,
): Promise<number> {
  const [row] = await connection.sql<{ position: number | null }>(
    "SELECT max(position) AS position FROM event WHERE app_seq = $1 AND position < $2",
    [appSeq, horizon],
  );
  return row?.position ?? 0;
}

export async function expungeEvent(
  tx: Tx,
  p: { appRef: string; eventId: string; now: number },
): Promise<boolean> {
  const app = await findApp(tx, p.appRef);
  const seq = app === null ? null : await findEventSeq(tx, app.seq, p.eventId);
  if (seq === null) return false;
  await blankEvents(tx, { eventSeqs: [seq], now: p.now });
  return true;
}

/** Position of the event with this id; for one that retention has removed, its former place. */
async function eventPosition(connection: Connection, id: string): Promise<number> {
  const [row] = await connection.sql<{ position: number }>(
    "SELECT position FROM event WHERE id = $1",
    [id],
  );
  if (row !== undefined) return row.position;
  // Ids sort by the time at which they were made, almost as positions do.
  const [next] = await connection.sql<{ position: number }>(
    "SELECT position FROM event WHERE id > $1 ORDER BY id LIMIT 1",
    [id],
  );
  return next === undefined ? Number.MAX_SAFE_INTEGER : next.position - 0.5;
}

/** The time at which one of Hookline's ids was made; null for any other text. */
export function drawnAt(id: string): number | null {
  return isKsuid(id.slice(-KSUID_CHARACTERS)) ? ksuidTime(id) : null;
}
