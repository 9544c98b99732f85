/** Deliveries as history: of an endpoint (its events), of an event (its endpoints). */
import type { EndpointStatus } from "../../../core/events/endpoint-match.ts";
import { type EventTraits, isWithin, passesFilter } from "../../history/event-filter.ts";
import type { DeliveryStatus, EventFilter, EventRow } from "../../interface/history.ts";
import { pageLimit, toPage, pageOfScan, readsUpwards } from "../../paging.ts";
import type { Page, PageRequest } from "../../page.ts";
import { findApp } from "../tenancy/apps.ts";
import type { Connection } from "../connection.ts";
import { findEndpoint } from "../tenancy/endpoint-rows.ts";
import { eventOfRow, findEventSeq, loadEvents } from "./event-rows.ts";
import { drawnAt, visible } from "./history-events.ts";
import { findLeaseClock, leaseNow } from "../cluster/lease-clock.ts";
import { firstRowId, toInstant, rowIdRange } from "../accept/row-ids.ts";
import { scan } from "./scan.ts";
import { toLeastId, rowsOfTime } from "./time-position.ts";
import type { Reader } from "../types.ts";

/** Summary of the parts of one event at one endpoint. */
type PartsRow = {
  readonly eventSeq: number;
  readonly endpointId: string;
  readonly endpointStatus: EndpointStatus;
  readonly pending: number;
  readonly leased: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly dueAt: number | null;
};
/** The state that clients see. */
type Outside = { readonly status: DeliveryStatus; readonly nextAttemptAt: number | null };

/**
 * No attempt is sent before the next probe of an open breaker, or before the end of a pause that the receiver
 * asked for. A delivery is leased while it has the fence of its shard and its owner's lease is valid. `$1` is
 * the lease clock.
 */
const PARTS = `SELECT delivery.event_seq, endpoint.id AS endpoint_id,
    endpoint.status AS endpoint_status,
    count(*) FILTER (WHERE state = 0) AS pending,
    count(*) FILTER (WHERE state = 0 AND node.lease_until > ${leaseNow(1)}
      AND delivery.fence = shard.fence) AS leased,
    count(*) FILTER (WHERE state = 2) AS failed, count(*) FILTER (WHERE state = 3) AS cancelled,
    CASE WHEN min(due_at) FILTER (WHERE state = 0) IS NULL THEN NULL
      ELSE greatest(min(due_at) FILTER (WHERE state = 0), min(probe_at), min(paused_until)) END AS due_at
  FROM delivery JOIN endpoint ON endpoint.seq = delivery.endpoint_seq
    JOIN shard ON shard.shard = endpoint.shard LEFT JOIN node ON node.owner = shard.owner
    LEFT JOIN endpoint_state ON endpoint_state.endpoint_seq = delivery.endpoint_seq`;
const EVENT = eventOfRow("id, type, channels, tags, accepted_at", { seq: "listed.event_seq" });
const GROUPED = "GROUP BY delivery.event_seq, delivery.endpoint_seq, endpoint.id, endpoint.status";

type ListedRow = EventTraits & {
  readonly place: number;
  readonly eventSeq: number;
  readonly eventId: string | null;
  readonly acceptedAt: number;
};

export async function deliveriesOfEndpoint(
  reader: Reader,
  p: {
    appRef: string;
    endpointRef: string;
    window: PageRequest;
    filter: EventFilter & { readonly statuses?: readonly DeliveryStatus[] };
  },
): Promise<Page<Outside & { readonly event: EventRow }> | null> {
  const app = await findApp(reader, p.appRef);
  const endpoint = app === null ? null : await findEndpoint(reader, app.seq, p.endpointRef);
  if (endpoint === null) return null;
  const { statuses } = p.filter;
  const filter = visible(reader, p.filter);
  const known = new Map<number, Outside>();
  const scanned = await scan<ListedRow>(reader, {
    window: p.window,
    // A replay may create a delivery long after its event, and never before it.
    range: rowsOfTime({ since: filter.since }),
    cursor: await deliveryPosition(reader, endpoint.seq, p.window.after),
    read: async (range, upwards, count) => {
      const order = upwards ? "ASC" : "DESC";
      // Part 0 represents all parts of the event, which is listed once.
      const rows = await reader.sql<ListedRow>(
        `SELECT listed.seq AS place, listed.event_seq, event.id AS event_id, event.type,
           event.channels, event.tags, event.accepted_at
         FROM (SELECT seq, event_seq FROM delivery
             WHERE endpoint_seq = $1 AND seq >= $2 AND seq < $3 AND part = 0
             ORDER BY seq ${order} LIMIT $4) AS listed
           LEFT JOIN ${EVENT} ON true
         ORDER BY listed.seq ${order}`,
        [endpoint.seq, range.low, range.high, count],
      );
      if (statuses !== undefined) await addOutside(reader, known, endpoint.seq, rows);
      return rows;
    },
    keep: (row) =>
      row.eventId !== null &&
      isWithin(row.acceptedAt, filter) &&
      passesFilter(filter, row) &&
      (statuses === undefined || statuses.includes((known.get(row.eventSeq) as Outside).status)),
  });
  const events = await loadEvents(
    reader,
    scanned.rows.map((row) => row.eventSeq),
  );
  const shown = scanned.rows.slice(0, events.length);
  await addOutside(reader, known, endpoint.seq, shown);
  const items = events.map((event, i) => ({
    event,
    ...(known.get((shown[i] as ListedRow).eventSeq) as Outside),
  }));
  return pageOfScan(p.window, scanned, items, (row) => row.eventId ?? "");
}

export async function deliveriesOfEvent(
  reader: Reader,
  p: { appRef: string; eventId: string; window: PageRequest },
): Promise<Page<Outside & { readonly endpointId: string }> | null> {
  const app = await findApp(reader, p.appRef);
  const eventSeq = app === null ? null : await findEventSeq(reader, app.seq, p.eventId);
  if (eventSeq === null) return null;
  const upwards = readsUpwards(p.window);
  const rows = await reader.sql<PartsRow>(
    `${PARTS} WHERE delivery.event_seq = $2 AND delivery.seq >= $3
       AND delivery.endpoint_seq ${upwards ? ">" : "<"}
         coalesce((SELECT seq FROM endpoint WHERE id = $4), $5::bigint)
     ${GROUPED} ORDER BY delivery.endpoint_seq ${upwards ? "ASC" : "DESC"} LIMIT $6`,
    [
      findLeaseClock(reader.node),
      eventSeq,
      toLeastId(eventSeq),
      p.window.after,
      upwards ? 0 : Number.MAX_SAFE_INTEGER,
      pageLimit(p.window) + 1,
    ],
  );
  return toPage(p.window, rows, (row) => ({ endpointId: row.endpointId, ...toOutside(row) }));
}

/** All parts of a delivery are created at one instant, so the minutes of the given rows are enough. */
async function addOutside(
  reader: Reader,
  known: Map<number, Outside>,
  endpointSeq: number,
  rows: readonly Pick<ListedRow, "place" | "eventSeq">[],
): Promise<void> {
  const unknown = rows.filter(({ eventSeq }) => !known.has(eventSeq));
  if (unknown.length === 0) return;
  const places = unknown.map(({ place }) => place);
  const range = rowIdRange({
    since: toInstant(Math.min(...places)),
    until: toInstant(Math.max(...places)),
  });
  const found = await reader.sql<PartsRow>(
    `${PARTS} WHERE delivery.endpoint_seq = $2 AND delivery.seq >= $3 AND delivery.seq < $4
       AND delivery.event_seq = ANY ($5::bigint[]) ${GROUPED}`,
    [
      findLeaseClock(reader.node),
      endpointSeq,
      range.low,
      range.high,
      unknown.map(({ eventSeq }) => eventSeq),
    ],
  );
  for (const row of found) known.set(row.eventSeq, toOutside(row));
}

function toOutside(row: PartsRow): Outside {
  const status = toStatus(row);
  return { status, nextAttemptAt: status === "pending" ? row.dueAt : null };
}

/** The least finished part decides; `parked` and `cancelled` follow from the endpoint. */
function toStatus(row: PartsRow): DeliveryStatus {
  if (row.leased > 0) return "sending";
  if (row.pending > 0) {
    if (row.endpointStatus === "enabled") return "pending";
    return row.endpointStatus === "deleted" ? "cancelled" : "parked";
  }
  if (row.failed > 0) return "failed";
  return row.cancelled > 0 ? "cancelled" : "delivered";
}

/** The place of the event's delivery; without a delivery, the place where it would be. */
async function deliveryPosition(
  connection: Connection,
  endpointSeq: number,
  eventId: string | null,
): Promise<number | null> {
  if (eventId === null) return null;
  const [event] = await connection.sql<{ seq: number }>("SELECT seq FROM event WHERE id = $1", [
    eventId,
  ]);
  if (event === undefined) {
    const at = drawnAt(eventId);
    return at === null ? Number.MAX_SAFE_INTEGER : firstRowId(at);
  }
  const [row] = await connection.sql<{ seq: number }>(
    `SELECT seq FROM delivery
     WHERE event_seq = $1 AND endpoint_seq = $2 AND part = 0 AND seq >= $3`,
    [event.seq, endpointSeq, toLeastId(event.seq)],
  );
  return row?.seq ?? firstRowId(toInstant(event.seq));
}
