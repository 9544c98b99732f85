/**
 * Event rows as history shows them. A `ref` is Hookline's id or, within the dedupe window, the publisher's.
 */
import { readList } from "../../history/event-filter.ts";
import type { EventRow } from "../../interface/history.ts";
import { WINDOW_KINDS } from "../../accept/dedupe-window-kinds.ts";
import type { Connection } from "../connection.ts";
import { createWindows } from "../accept/dedupe-windows.ts";

/** Without a byte limit a page could have 250 payloads of one megabyte. */
const PAGE_BYTES = 8 * 1024 * 1024;

export function findEventSeq(connection: Connection, appSeq: number, ref: string): number | null {
  const row = connection.sql("SELECT seq FROM event WHERE id = ? AND appSeq = ?").get(ref, appSeq);
  if (row !== undefined) return row["seq"] as number;
  const seq = createWindows(connection).find(appSeq, WINDOW_KINDS.event, ref);
  // The window may outlive the event.
  if (seq === null) return null;
  const event = connection.sql("SELECT 1 FROM event WHERE seq = ? AND appSeq = ?").get(seq, appSeq);
  return event === undefined ? null : seq;
}

export function loadEvent(connection: Connection, seq: number): EventRow | null {
  const row = connection.sql("SELECT * FROM event WHERE seq = ?").get(seq);
  return row === undefined ? null : toEvent(row);
}

/** The events of these rows in the same order, as many as fit the page's size limit, at least one. */
export function loadEvents(connection: Connection, seqs: readonly number[]): EventRow[] {
  const events: EventRow[] = [];
  let bytes = 0;
  for (const seq of seqs) {
    const event = loadEvent(connection, seq);
    if (event === null) continue;
    bytes += event.payloadText?.length ?? 0;
    if (bytes > PAGE_BYTES && events.length > 0) break;
    events.push(event);
  }
  return events;
}

function toEvent(row: Record<string, unknown>): EventRow {
  return {
    id: row["id"] as string,
    sequence: row["seq"] as number,
    eventId: row["eventId"] as string | null,
    type: row["type"] as string,
    payloadText: row["payload"] as string | null,
    contentType: row["contentType"] as string,
    channels: readList(row["channels"] as string | null),
    tags: readList(row["tags"] as string | null),
    orderingKey: row["orderingKey"] as string | null,
    deliverAt: row["deliverAt"] as number | null,
    acceptedAt: row["acceptedAt"] as number,
  };
}
