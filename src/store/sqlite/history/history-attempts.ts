/** Attempts as history: of an event, of an endpoint, or one. */
import { type EventTraits, isWithin, passesFilter } from "../../history/event-filter.ts";
import type { AttemptFilter, AttemptView } from "../../interface/history.ts";
import { pageOfScan } from "../../paging.ts";
import type { Page, PageRequest } from "../../page.ts";
import { findApp } from "../tenancy/apps.ts";
import type { Connection } from "../connection.ts";
import { findEndpoint } from "../tenancy/endpoint-rows.ts";
import { findEventSeq, loadEvent, loadEvents } from "./event-rows.ts";
import { scan } from "./scan.ts";
import { rangeOfTime } from "./time-position.ts";
import type { Reader, Writer } from "../thread/writer-types.ts";

/** A left join: while retention deletes an event, its row may disappear before this one is read. */
type AttemptRow = EventTraits & {
  readonly seq: number;
  readonly id: string;
  readonly eventSeq: number;
  readonly endpointSeq: number;
  readonly eventId: string | null;
  readonly endpointId: string;
  readonly at: number;
  readonly durationMs: number;
  readonly url: string;
  readonly statusCode: number;
  readonly response: string | null;
  readonly succeeded: number;
  readonly manual: number;
  readonly resent: number;
};

const ROWS = `SELECT attempt.*, event.id AS eventId, event.type, event.channels, event.tags,
    endpoint.id AS endpointId
  FROM attempt LEFT JOIN event ON event.seq = attempt.eventSeq
  JOIN endpoint ON endpoint.seq = attempt.endpointSeq`;

export function attemptsOfEvent(
  reader: Reader,
  p: {
    appRef: string;
    eventId: string;
    endpointRef: string | null;
    window: PageRequest;
    filter: AttemptFilter;
  },
): Page<AttemptView> | null {
  const app = findApp(reader, p.appRef);
  const eventSeq = app === null ? null : findEventSeq(reader, app.seq, p.eventId);
  if (app === null || eventSeq === null) return null;
  const endpoint = p.endpointRef === null ? null : findEndpoint(reader, app.seq, p.endpointRef);
  if (p.endpointRef !== null && endpoint === null) return null;
  const scanned = scan<AttemptRow>(reader, {
    window: p.window,
    range: rangeOfTime(reader, "attempt", {}),
    cursor: attemptPosition(reader, p.window.after),
    // The index by event ends in the rowid, which is the requested order.
    read: (range, upwards, count) =>
      reader
        .sql(
          `${ROWS} WHERE attempt.eventSeq = ? AND attempt.seq >= ? AND attempt.seq < ?
           ORDER BY attempt.seq ${upwards ? "ASC" : "DESC"} LIMIT ?`,
        )
        .all(eventSeq, range.low, range.high, count) as AttemptRow[],
    keep: (row) =>
      (endpoint === null || row.endpointSeq === endpoint.seq) && isAskedFor(row, p.filter),
  });
  const items = scanned.rows.map((row) => toAttempt(row));
  return pageOfScan(p.window, scanned, items, (row) => row.id);
}

export function attemptsOfEndpoint(
  reader: Reader,
  p: {
    appRef: string;
    endpointRef: string;
    window: PageRequest;
    filter: AttemptFilter;
    withEvent: boolean;
  },
): Page<AttemptView> | null {
  const app = findApp(reader, p.appRef);
  const endpoint = app === null ? null : findEndpoint(reader, app.seq, p.endpointRef);
  if (endpoint === null) return null;
  const scanned = scan<AttemptRow>(reader, {
    window: p.window,
    range: rangeOfTime(reader, "attempt", p.filter),
    cursor: attemptPosition(reader, p.window.after),
    read: (range, upwards, count) =>
      reader
        .sql(
          `${ROWS} WHERE attempt.endpointSeq = ? AND attempt.seq >= ? AND attempt.seq < ?
           ORDER BY attempt.seq ${upwards ? "ASC" : "DESC"} LIMIT ?`,
        )
        .all(endpoint.seq, range.low, range.high, count) as AttemptRow[],
    keep: (row) => isAskedFor(row, p.filter),
  });
  const items = p.withEvent
    ? loadEvents(
        reader,
        scanned.rows.map((row) => row.eventSeq),
      ).map((event, i) => ({ ...toAttempt(scanned.rows[i] as AttemptRow), event }))
    : scanned.rows.map((row) => toAttempt(row));
  return pageOfScan(p.window, scanned, items, (row) => row.id);
}

export function getAttempt(
  connection: Connection,
  p: { appRef: string; eventId: string; attemptId: string },
): AttemptView | null {
  const eventSeq = findNamedEventSeq(connection, p);
  const row = connection
    .sql(`${ROWS} WHERE attempt.id = ? AND attempt.eventSeq = ?`)
    .get(p.attemptId, eventSeq);
  if (row === undefined) return null;
  const attempt = row as AttemptRow;
  return { ...toAttempt(attempt), event: loadEvent(connection, attempt.eventSeq) };
}

export function expungeAttempt(
  writer: Writer,
  p: { appRef: string; eventId: string; attemptId: string },
): boolean {
  const { changes } = writer
    .sql("UPDATE attempt SET response = NULL WHERE id = ? AND eventSeq = ?")
    .run(p.attemptId, findNamedEventSeq(writer, p));
  return changes > 0;
}

function findNamedEventSeq(
  connection: Connection,
  p: { appRef: string; eventId: string },
): number | null {
  const app = findApp(connection, p.appRef);
  return app === null ? null : findEventSeq(connection, app.seq, p.eventId);
}

function attemptPosition(connection: Connection, id: string | null): number | null {
  if (id === null) return null;
  const row = connection.sql("SELECT seq FROM attempt WHERE id = ?").get(id);
  if (row !== undefined) return row["seq"] as number;
  const next = connection.sql("SELECT seq FROM attempt WHERE id > ? ORDER BY id LIMIT 1").get(id);
  return next === undefined ? Number.MAX_SAFE_INTEGER : (next["seq"] as number) - 0.5;
}

function isAskedFor(row: AttemptRow, filter: AttemptFilter): boolean {
  if (row.eventId === null || !isWithin(row.at, filter) || !passesFilter(filter, row)) return false;
  const status = row.succeeded === 1 ? "delivered" : "failed";
  if (filter.statuses !== undefined && !filter.statuses.includes(status)) return false;
  const asked = filter.statusCodeClass;
  return asked === undefined || Math.floor(row.statusCode / 100) * 100 === asked;
}

function toAttempt(row: AttemptRow): AttemptView {
  return {
    id: row.id,
    eventId: row.eventId ?? "",
    endpointId: row.endpointId,
    at: row.at,
    durationMs: row.durationMs,
    url: row.url,
    statusCode: row.statusCode,
    response: row.response,
    succeeded: row.succeeded === 1,
    trigger: row.manual === 1 ? "manual" : "scheduled",
    isResent: row.resent === 1,
    event: null,
  };
}
