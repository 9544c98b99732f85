/**
 * Event rows as history shows them. A `ref` is our id or, within the dedupe window, the publisher's.
 * What is past its retention is there for a while yet and must not be seen: every look-up asks for
 * events from the node's horizon on.
 */
import { readList } from "../event-filter.ts";
import type { EventRow } from "../history.ts";
import { WINDOW_KINDS } from "../dedupe-window-kinds.ts";
import type { Connection } from "./connection.ts";
import type { Node } from "./node.ts";
import { findInWindows, windowKey } from "./dedupe-windows.ts";

/**
 * The event of a row as the planner cannot get it wrong: looked up by its seq, in its own day, once for
 * each row. Joined plainly, five hundred rows are enough for it to read whole days instead.
 */
export function eventOfRow(columns: string, p: { seq: string; where?: string }): string {
  const where = p.where === undefined ? "" : `AND ${p.where}`;
  return `LATERAL (SELECT ${columns} FROM event WHERE event.seq = ${p.seq} ${where} LIMIT 1) AS event`;
}

/** A connection of a node, which knows its horizon. */
export type NodeConnection = Connection & { readonly node: Node };

/** Two hundred and fifty payloads of one megabyte are no page. */
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

/** Lengths are known without reading what is long, so only the rows of the page are read whole. */
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

/** The events of these rows, in their order, as many as fit a page's bytes and at least one. */
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
