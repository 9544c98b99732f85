/**
 * Event rows as history shows them. A `ref` is Hookline's id or, within the dedupe window, the publisher's.
 * An event past its retention still exists for a while and must stay hidden: every lookup asks for events
 * from the node's horizon on.
 */
import { readList } from "../../history/event-filter.ts";
import type { EventRow } from "../../interface/history.ts";
import { WINDOW_KINDS } from "../../accept/dedupe-window-kinds.ts";
import type { Connection } from "../connection.ts";
import type { Node } from "../cluster/node.ts";
import { findInWindows, windowKey } from "../accept/dedupe-windows.ts";

/**
 * SQL that looks up each row's event by its seq, in its day, in a form that the planner cannot change. With a
 * plain join, five hundred rows are enough to make it read whole days.
 */
export function eventOfRow(columns: string, p: { seq: string; where?: string }): string {
  const where = p.where === undefined ? "" : `AND ${p.where}`;
  return `LATERAL (SELECT ${columns} FROM event WHERE event.seq = ${p.seq} ${where} LIMIT 1) AS event`;
}

/** A connection of a node, with the node's horizon. */
export type NodeConnection = Connection & { readonly node: Node };

/** Maximum payload bytes of a page: 250 payloads of one megabyte do not fit one page. */
const PAGE_BYTES = 8 * 1024 * 1024;

export async function findEventSeq(
  connection: NodeConnection,
  appSeq: number,
  ref: string,
): Promise<number | null> {
  const horizon = connection.node.horizon();
  const [row] = await connection.sql<{ seq: number }>(
    "SELECT seq FROM event WHERE id = $1 AND app_seq = $2 AND accepted_at >= $3",
    [ref, appSeq, horizon],
  );
  if (row !== undefined) return row.seq;
  const kind = WINDOW_KINDS.event;
  const found = await findInWindows(connection, [{ appSeq, kind, id: ref }]);
  const seq = found.get(windowKey(appSeq, kind, ref));
  if (seq === undefined) return null;
  // The window may outlive the event.
  const [event] = await connection.sql(
    "SELECT 1 FROM event WHERE seq = $1 AND app_seq = $2 AND accepted_at >= $3",
    [seq, appSeq, horizon],
  );
  return event === undefined ? null : seq;
}

export async function loadEvent(connection: NodeConnection, seq: number): Promise<EventRow | null> {
  return (await loadEvents(connection, [seq]))[0] ?? null;
}

/** A payload's length is known without reading it, so only the rows of the page are read whole. */
const PAGE = `SELECT * FROM (
    SELECT given.place, event.position, event.id, event.event_id, event.type, event.payload,
      event.content_type, event.channels, event.tags, event.ordering_key, event.deliver_at,
      event.accepted_at, row_number() OVER in_order AS number,
      sum(coalesce(octet_length(event.payload), 0)) OVER in_order AS bytes
    FROM unnest($1::bigint[]) WITH ORDINALITY AS given (seq, place)
      CROSS JOIN ${eventOfRow("*", { seq: "given.seq", where: "accepted_at >= $2" })}
    WINDOW in_order AS (ORDER BY given.place)
  ) AS listed WHERE bytes <= ${PAGE_BYTES} OR number = 1 ORDER BY place`;

type ListedRow = Omit<EventRow, "sequence" | "payloadText" | "channels" | "tags"> & {
  readonly position: number;
  readonly payload: string | null;
  readonly channels: string | null;
  readonly tags: string | null;
};

/** The events of these rows in their order: as many as fit a page's bytes, and at least one. */
export async function loadEvents(
  connection: NodeConnection,
  seqs: readonly number[],
): Promise<EventRow[]> {
  if (seqs.length === 0) return [];
  const rows = await connection.sql<ListedRow>(PAGE, [seqs, connection.node.horizon()]);
  return rows.map(toEvent);
}

function toEvent(row: ListedRow): EventRow {
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
