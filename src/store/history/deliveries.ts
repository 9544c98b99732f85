/** Deliveries as history: of an endpoint (its events), of an event (its endpoints). */
import { hasSeveralWebhooks } from "../../core/events/dialect-events.ts";
import { type EndpointRow, toMatch } from "../endpoints/endpoint-row.ts";
import { findEndpoint } from "../endpoints/rows.ts";
import type { EventRow, HistoryStore } from "../interface/history.ts";
import type { Page } from "../page.ts";
import { pageLimit, pageOfScan, readsUpwards, toOrder, toPage } from "../paging.ts";
import type { Steps } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { type Outside, type PartsRow, toOutside, toPartsText } from "./delivery-status.ts";
import { type EventTraits, isWithin, JOINED_TRAIT_COLUMNS, passesFilter } from "./event-filter.ts";
import { findNamedEvent, loadEvents, visible } from "./event-rows.ts";
import { scan } from "./scan.ts";
import type { HistorySession } from "./session.ts";

type Params<M extends keyof HistoryStore> = Parameters<HistoryStore[M]>[0];

type ListedRow = EventTraits & {
  readonly place: number;
  readonly eventSeq: number;
  readonly eventId: string | null;
  readonly acceptedAt: number;
};

const COLUMNS = `listed.seq AS place, listed.event_seq, event.id AS event_id,
  ${JOINED_TRAIT_COLUMNS}, event.accepted_at`;

/** An event is listed once: part 0 represents all its parts. */
export function* deliveriesOfEndpoint(
  s: HistorySession,
  p: Params<"deliveriesOfEndpoint">,
): Steps<Page<Outside & { readonly event: EventRow }> | null> {
  const app = yield* findApp(s, p.appRef);
  const endpoint = app === null ? null : yield* findEndpoint(s, app.seq, p.endpointRef);
  if (endpoint === null) return null;
  const { statuses } = p.filter;
  const filter = visible(s, p.filter);
  const owned = { table: "delivery", of: "endpoint_seq", seq: endpoint.seq } as const;
  const known = new Map<number, Outside>();
  const passes = (row: ListedRow): boolean =>
    row.eventId !== null && isWithin(row.acceptedAt, filter) && passesFilter(filter, row);
  const scanned = yield* scan<ListedRow>(
    s,
    {
      window: p.window,
      // A replay may create a delivery long after its event, and never before it.
      range: yield* s.placesOfTime("delivery", { since: filter.since }),
      cursor: p.window.after === null ? null : yield* findPlace(s, endpoint, p.window.after),
      *read(range, upwards, count) {
        const rows = yield* s.readWithEvents<ListedRow>({
          ...owned,
          ...range,
          upwards,
          count,
          columns: COLUMNS,
          where: isFirstPart(endpoint, "listed.part"),
        });
        if (statuses !== undefined) {
          yield* addOutside(s, known, endpoint.seq, rows.filter(passes));
        }
        return rows;
      },
      keep: (row) =>
        passes(row) &&
        (statuses === undefined || statuses.includes((known.get(row.eventSeq) as Outside).status)),
    },
    ({ place }) => place,
  );
  const events = yield* loadEvents(
    s,
    scanned.rows.map(({ eventSeq }) => eventSeq),
  );
  const shown = scanned.rows.slice(0, events.length);
  yield* addOutside(s, known, endpoint.seq, shown);
  const items = events.map((event, i) => ({
    event,
    ...(known.get((shown[i] as ListedRow).eventSeq) as Outside),
  }));
  return pageOfScan(p.window, scanned, items, ({ eventId }) => eventId ?? "");
}

/** Grouped in the order of an index, so only one page is read. */
export function* deliveriesOfEvent(
  s: HistorySession,
  p: Params<"deliveriesOfEvent">,
): Steps<Page<Outside & { readonly endpointId: string }> | null> {
  const eventSeq = yield* findNamedEvent(s, p);
  if (eventSeq === null) return null;
  const upwards = readsUpwards(p.window);
  const order = toOrder(upwards);
  const rows = yield* s.all<PartsRow>(
    `${toPartsText(s)} WHERE delivery.event_seq = ?2 AND delivery.seq >= ?3
       AND delivery.endpoint_seq ${upwards ? ">" : "<"}
         coalesce((SELECT seq FROM endpoint WHERE id = ?4), CAST(?5 AS BIGINT))
     GROUP BY delivery.event_seq, delivery.endpoint_seq
     ORDER BY delivery.event_seq ${order}, delivery.endpoint_seq ${order} LIMIT ?6`,
    [
      s.leaseClock,
      eventSeq,
      s.leastDelivery(eventSeq),
      p.window.after,
      upwards ? 0 : Number.MAX_SAFE_INTEGER,
      pageLimit(p.window) + 1,
    ],
  );
  return toPage(p.window, rows, (row) => ({ endpointId: row.endpointId, ...toOutside(row) }));
}

/** Adds the states of these deliveries of an endpoint to `known`, by the seq of their events. */
function* addOutside(
  s: HistorySession,
  known: Map<number, Outside>,
  endpointSeq: number,
  rows: readonly ListedRow[],
): Steps<void> {
  const unknown = rows.filter(({ eventSeq }) => !known.has(eventSeq));
  if (unknown.length === 0) return;
  const range = s.rowsNear(unknown.map(({ place }) => place));
  const found = yield* s.all<PartsRow>(
    `${toPartsText(s)} WHERE delivery.endpoint_seq = ?2 AND delivery.seq >= ?3
       AND delivery.seq < ?4 AND ${s.sql.oneOf("delivery.event_seq", "?5", "bigint")}
     GROUP BY delivery.event_seq, delivery.endpoint_seq`,
    [s.leaseClock, endpointSeq, range.low, range.high, unknown.map(({ eventSeq }) => eventSeq)],
  );
  for (const row of found) known.set(row.eventSeq, toOutside(row));
}

/** The only part of an event may have any number. */
function isFirstPart(endpoint: EndpointRow, part: string): string {
  return hasSeveralWebhooks(toMatch(endpoint).dialect) ? `${part} = 0` : "true";
}

/** The place of the event's delivery; without a delivery, the place where it would be. */
function* findPlace(s: HistorySession, endpoint: EndpointRow, eventId: string): Steps<number> {
  const event = yield* s.one<{ seq: number }>("SELECT seq FROM event WHERE id = ?1", [eventId]);
  if (event === null) return yield* s.findDeliveryPlace(eventId, null);
  const row = yield* s.one<{ seq: number }>(
    `SELECT seq FROM delivery
     WHERE event_seq = ?1 AND endpoint_seq = ?2 AND ${isFirstPart(endpoint, "part")} AND seq >= ?3`,
    [event.seq, endpoint.seq, s.leastDelivery(event.seq)],
  );
  return row?.seq ?? (yield* s.findDeliveryPlace(eventId, event.seq));
}
