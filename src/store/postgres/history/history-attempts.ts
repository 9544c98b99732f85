/** Attempts as history: of an event, of an endpoint, or one by its id. */
import { type EventTraits, isWithin, passesFilter } from "../../history/event-filter.ts";
import type { AttemptFilter, AttemptView } from "../../interface/history.ts";
import { pageOfScan } from "../../paging.ts";
import type { Page, PageRequest } from "../../page.ts";
import { findApp } from "../tenancy/apps.ts";
import type { Connection } from "../connection.ts";
import { findEndpoint } from "../tenancy/endpoint-rows.ts";
import {
  eventOfRow,
  findEventSeq,
  loadEvent,
  loadEvents,
  type NodeConnection,
} from "./event-rows.ts";
import { drawnAt } from "./history-events.ts";
import { firstRowId } from "../accept/row-ids.ts";
import { scan } from "./scan.ts";
import { toLeastId, rowsOfTime } from "./time-position.ts";
import type { Reader, Tx } from "../types.ts";

/** A left join: the event may be past its retention while its attempt is not. */
type AttemptRow = EventTraits & {
  readonly place: number;
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
  readonly succeeded: boolean;
  readonly manual: boolean;
  readonly resent: boolean;
};

const EVENT = eventOfRow("id, type, channels, tags", {
  seq: "listed.event_seq",
  where: "accepted_at >= $1",
});

/** `listed` are rows of `attempt`; `$1` is the horizon. */
function withNames(listed: string): string {
  return `SELECT listed.seq AS place, listed.id, listed.event_seq, listed.endpoint_seq, listed.at,
      listed.duration_ms, listed.url, listed.status_code, listed.response, listed.succeeded,
      listed.manual, listed.resent, event.id AS event_id, event.type, event.channels, event.tags,
      endpoint.id AS endpoint_id
    FROM (${listed}) AS listed
    LEFT JOIN ${EVENT} ON true
    JOIN endpoint ON endpoint.seq = listed.endpoint_seq`;
}

export async function attemptsOfEvent(
  reader: Reader,
  p: {
    appRef: string;
    eventId: string;
    endpointRef: string | null;
    window: PageRequest;
    filter: AttemptFilter;
  },
): Promise<Page<AttemptView> | null> {
  const app = await findApp(reader, p.appRef);
  const eventSeq = app === null ? null : await findEventSeq(reader, app.seq, p.eventId);
  if (app === null || eventSeq === null) return null;
  const endpoint =
    p.endpointRef === null ? null : await findEndpoint(reader, app.seq, p.endpointRef);
  if (p.endpointRef !== null && endpoint === null) return null;
  const scanned = await scan<AttemptRow>(reader, {
    window: p.window,
    range: { low: toLeastId(eventSeq), high: Number.MAX_SAFE_INTEGER },
    cursor: await attemptPosition(reader, p.window.after, { column: "event_seq", seq: eventSeq }),
    // An event has few attempts, so they are sorted. In the order of the primary key, the scan would read all
    // attempts of the store.
    read: async (range, upwards, count) => {
      const order = upwards ? "ASC" : "DESC";
      return await reader.sql<AttemptRow>(
        `${withNames(`SELECT * FROM attempt WHERE event_seq = $2 AND seq >= $3 AND seq < $4
           ORDER BY seq + 0 ${order} LIMIT $5`)} ORDER BY listed.seq ${order}`,
        [reader.node.horizon(), eventSeq, range.low, range.high, count],
      );
    },
    keep: (row) =>
      (endpoint === null || row.endpointSeq === endpoint.seq) && isAskedFor(row, p.filter),
  });
  return pageOfScan(p.window, scanned, scanned.rows.map(toAttempt), (row) => row.id);
}

export async function attemptsOfEndpoint(
  reader: Reader,
  p: {
    appRef: string;
    endpointRef: string;
    window: PageRequest;
    filter: AttemptFilter;
    withEvent: boolean;
  },
): Promise<Page<AttemptView> | null> {
  const app = await findApp(reader, p.appRef);
  const endpoint = app === null ? null : await findEndpoint(reader, app.seq, p.endpointRef);
  if (endpoint === null) return null;
  const of = { column: "endpoint_seq", seq: endpoint.seq } as const;
  const scanned = await scan<AttemptRow>(reader, {
    window: p.window,
    range: rowsOfTime(p.filter),
    cursor: await attemptPosition(reader, p.window.after, of),
    read: async (range, upwards, count) => {
      const order = upwards ? "ASC" : "DESC";
      return await reader.sql<AttemptRow>(
        `${withNames(`SELECT * FROM attempt WHERE endpoint_seq = $2 AND seq >= $3 AND seq < $4
           ORDER BY seq ${order} LIMIT $5`)} ORDER BY listed.seq ${order}`,
        [reader.node.horizon(), endpoint.seq, range.low, range.high, count],
      );
    },
    keep: (row) => isAskedFor(row, p.filter),
  });
  const attempts = scanned.rows.map(toAttempt);
  const items = p.withEvent ? await withEvents(reader, scanned.rows, attempts) : attempts;
  return pageOfScan(p.window, scanned, items, (row) => row.id);
}

async function withEvents(
  reader: Reader,
  rows: readonly AttemptRow[],
  attempts: readonly AttemptView[],
): Promise<readonly AttemptView[]> {
  const events = await loadEvents(
    reader,
    rows.map((row) => row.eventSeq),
  );
  return events.map((event, i) => ({ ...(attempts[i] as AttemptView), event }));
}

export async function getAttempt(
  reader: Reader,
  p: { appRef: string; eventId: string; attemptId: string },
): Promise<AttemptView | null> {
  const eventSeq = await findNamedEventSeq(reader, p);
  if (eventSeq === null) return null;
  const [row] = await reader.sql<AttemptRow>(
    withNames("SELECT * FROM attempt WHERE event_seq = $2 AND seq >= $3 AND id = $4"),
    [reader.node.horizon(), eventSeq, toLeastId(eventSeq), p.attemptId],
  );
  if (row === undefined) return null;
  return { ...toAttempt(row), event: await loadEvent(reader, eventSeq) };
}

export async function expungeAttempt(
  tx: Tx,
  p: { appRef: string; eventId: string; attemptId: string },
): Promise<boolean> {
  const eventSeq = await findNamedEventSeq(tx, p);
  if (eventSeq === null) return false;
  const changed = await tx.run(
    "UPDATE attempt SET response = NULL WHERE event_seq = $1 AND seq >= $2 AND id = $3",
    [eventSeq, toLeastId(eventSeq), p.attemptId],
  );
  return changed > 0;
}

async function findNamedEventSeq(
  connection: NodeConnection,
  p: { appRef: string; eventId: string },
): Promise<number | null> {
  const app = await findApp(connection, p.appRef);
  return app === null ? null : await findEventSeq(connection, app.seq, p.eventId);
}

/**
 * Attempts have no index by id. An event has few of them. One of an endpoint is near the instant at which its
 * id was made, and so is the place of a removed one.
 */
async function attemptPosition(
  connection: Connection,
  id: string | null,
  of: { readonly column: "event_seq" | "endpoint_seq"; readonly seq: number },
): Promise<number | null> {
  if (id === null) return null;
  const at = drawnAt(id);
  if (at === null) return Number.MAX_SAFE_INTEGER;
  const near =
    of.column === "event_seq"
      ? { low: toLeastId(of.seq), high: Number.MAX_SAFE_INTEGER }
      : rowsOfTime({ since: at, until: at });
  const [row] = await connection.sql<{ seq: number }>(
    `SELECT seq FROM attempt WHERE ${of.column} = $1 AND seq >= $2 AND seq < $3 AND id = $4`,
    [of.seq, near.low, near.high, id],
  );
  return row?.seq ?? firstRowId(at);
}

function isAskedFor(row: AttemptRow, filter: AttemptFilter): boolean {
  if (row.eventId === null || !isWithin(row.at, filter) || !passesFilter(filter, row)) return false;
  const status = row.succeeded ? "delivered" : "failed";
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
    succeeded: row.succeeded,
    trigger: row.manual ? "manual" : "scheduled",
    isResent: row.resent,
    event: null,
  };
}
