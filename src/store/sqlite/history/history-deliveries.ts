/** Deliveries as history: of an endpoint (its events), of an event (its endpoints). */
import type { EndpointStatus } from "../../../core/events/endpoint-match.ts";
import { type EventTraits, isWithin, passesFilter } from "../../history/event-filter.ts";
import type { DeliveryStatus, EventFilter, EventRow } from "../../interface/history.ts";
import { pageLimit, toPage, pageOfScan, readsUpwards } from "../../paging.ts";
import type { Page, PageRequest } from "../../page.ts";
import { findApp } from "../tenancy/apps.ts";
import type { Connection } from "../connection.ts";
import { findEndpoint } from "../tenancy/endpoint-rows.ts";
import { findEventSeq, loadEvents } from "./event-rows.ts";
import { eventPosition } from "./history-events.ts";
import { scan } from "./scan.ts";
import type { Reader } from "../thread/writer-types.ts";

/** Combined state of one event's parts at one endpoint. */
type PartsRow = {
  readonly endpointSeq: number;
  readonly endpointId: string;
  readonly endpointStatus: string;
  readonly pending: number;
  readonly leased: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly dueAt: number | null;
};

/**
 * Sending waits for the next probe of an open breaker, and for the end of a pause that the receiver asked
 * for. A delivery is leased while it carries the fence of its shard and the shard has an owner.
 */
const PARTS = `SELECT delivery.endpointSeq AS endpointSeq, endpoint.id AS endpointId, endpoint.status AS endpointStatus,
    sum(state = 0) AS pending, sum(state = 0 AND shard.owner IS NOT NULL AND delivery.fence IS shard.fence) AS leased,
    sum(state = 2) AS failed, sum(state = 3) AS cancelled,
    max(min(CASE WHEN state = 0 THEN dueAt END), coalesce(min(probeAt), 0), coalesce(min(pausedUntil), 0)) AS dueAt
  FROM delivery JOIN endpoint ON endpoint.seq = delivery.endpointSeq
  LEFT JOIN shard ON shard.shard = endpoint.shard
  LEFT JOIN endpointState ON endpointState.endpointSeq = delivery.endpointSeq`;

type ListedRow = EventTraits & {
  readonly seq: number;
  readonly eventSeq: number;
  readonly eventId: string | null;
  readonly acceptedAt: number;
};

export function deliveriesOfEndpoint(
  reader: Reader,
  p: {
    appRef: string;
    endpointRef: string;
    window: PageRequest;
    filter: EventFilter & { readonly statuses?: readonly DeliveryStatus[] };
  },
): Page<{
  readonly event: EventRow;
  readonly status: DeliveryStatus;
  readonly nextAttemptAt: number | null;
}> | null {
  const app = findApp(reader, p.appRef);
  const endpoint = app === null ? null : findEndpoint(reader, app.seq, p.endpointRef);
  if (endpoint === null) return null;
  const { statuses } = p.filter;
  const scanned = scan<ListedRow>(reader, {
    window: p.window,
    range: { low: 0, high: Number.MAX_SAFE_INTEGER },
    cursor: deliveryPosition(reader, endpoint.seq, p.window.after),
    // Part 0 represents all parts of the event, which is listed once.
    read: (range, upwards, count) =>
      reader
        .sql(
          `SELECT delivery.seq, eventSeq, event.id AS eventId, type, channels, tags,
             event.acceptedAt
           FROM delivery LEFT JOIN event ON event.seq = delivery.eventSeq
           WHERE endpointSeq = ? AND delivery.seq >= ? AND delivery.seq < ? AND part = 0
           ORDER BY delivery.seq ${upwards ? "ASC" : "DESC"} LIMIT ?`,
        )
        .all(endpoint.seq, range.low, range.high, count) as ListedRow[],
    keep: (row) =>
      row.eventId !== null &&
      isWithin(row.acceptedAt, p.filter) &&
      passesFilter(p.filter, row) &&
      (statuses === undefined ||
        statuses.includes(outside(loadParts(reader, row.eventSeq, endpoint.seq)).status)),
  });
  const events = loadEvents(
    reader,
    scanned.rows.map((row) => row.eventSeq),
  );
  const items = events.map((event) => ({
    event,
    ...outside(loadParts(reader, event.sequence, endpoint.seq)),
  }));
  return pageOfScan(p.window, scanned, items, (row) => row.eventId ?? "");
}

export function deliveriesOfEvent(
  reader: Reader,
  p: { appRef: string; eventId: string; window: PageRequest },
): Page<{
  readonly endpointId: string;
  readonly status: DeliveryStatus;
  readonly nextAttemptAt: number | null;
}> | null {
  const app = findApp(reader, p.appRef);
  const eventSeq = app === null ? null : findEventSeq(reader, app.seq, p.eventId);
  if (eventSeq === null) return null;
  const upwards = readsUpwards(p.window);
  // Grouped in the order of the index delivery_event, so only one page is read.
  const rows = reader
    .sql(
      `${PARTS} WHERE eventSeq = ?1
         AND delivery.endpointSeq ${upwards ? ">" : "<"} coalesce((SELECT seq FROM endpoint WHERE id = ?2), ?3)
       GROUP BY delivery.endpointSeq ORDER BY delivery.endpointSeq ${upwards ? "ASC" : "DESC"} LIMIT ?4`,
    )
    .all(
      eventSeq,
      p.window.after,
      upwards ? 0 : Number.MAX_SAFE_INTEGER,
      pageLimit(p.window) + 1,
    ) as PartsRow[];
  return toPage(p.window, rows, (row) => ({ endpointId: row.endpointId, ...outside(row) }));
}

function loadParts(connection: Connection, eventSeq: number, endpointSeq: number): PartsRow {
  return connection
    .sql(`${PARTS} WHERE eventSeq = ? AND delivery.endpointSeq = ? GROUP BY delivery.endpointSeq`)
    .get(eventSeq, endpointSeq) as PartsRow;
}

function outside(row: PartsRow): { status: DeliveryStatus; nextAttemptAt: number | null } {
  const status = toStatus(row);
  return { status, nextAttemptAt: status === "pending" ? row.dueAt : null };
}

/** The least finished part decides; `parked` and `cancelled` follow from the endpoint. */
function toStatus(row: PartsRow): DeliveryStatus {
  const endpointStatus = row.endpointStatus as EndpointStatus;
  if (row.leased > 0) return "sending";
  if (row.pending > 0) {
    if (endpointStatus === "enabled") return "pending";
    return endpointStatus === "deleted" ? "cancelled" : "parked";
  }
  if (row.failed > 0) return "failed";
  return row.cancelled > 0 ? "cancelled" : "delivered";
}

/**
 * Position of the event's delivery. When the event is gone or has no delivery, the position it would have.
 */
function deliveryPosition(
  connection: Connection,
  endpointSeq: number,
  eventId: string | null,
): number | null {
  if (eventId === null) return null;
  const position = eventPosition(connection, eventId);
  const row = connection
    .sql("SELECT seq FROM delivery WHERE eventSeq = ? AND endpointSeq = ? AND part = 0")
    .get(position, endpointSeq);
  if (row !== undefined) return row["seq"] as number;
  const next = connection
    .sql("SELECT seq FROM delivery WHERE eventSeq > ? ORDER BY eventSeq, endpointSeq LIMIT 1")
    .get(position);
  return next === undefined ? Number.MAX_SAFE_INTEGER : (next["seq"] as number) - 0.5;
}
