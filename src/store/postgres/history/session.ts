/**
 * Reads of history of one node. An event past its retention still exists for a while and must stay hidden:
 * every lookup asks for events from the node's horizon on.
 */
import { WINDOW_KINDS } from "../../accept/dedupe-window-kinds.ts";
import type { WindowLookup } from "../../accept/event-windows.ts";
import { TRAIT_COLUMNS } from "../../history/event-filter.ts";
import type { EventColumns, HistorySession } from "../../history/session.ts";
import { toOrder } from "../../paging.ts";
import { findInWindows, windowKey } from "../accept/dedupe-windows.ts";
import { feedHorizon } from "../accept/feed-position.ts";
import { firstRowId, rowIdRange, toInstant } from "../accept/row-ids.ts";
import { findLeaseClock, leaseNow } from "../cluster/lease-clock.ts";
import { toSession, toText, wait } from "../session.ts";
import type { Reader } from "../types.ts";
import { seenReads } from "../search/seen.ts";
import { eventOfRow, type NodeConnection } from "./event-rows.ts";
import { findAttemptPlace, findDeliveryPlace } from "./places.ts";
import { positionsOfTime, rowsOfTime } from "./time-position.ts";

/** A write transaction has no deadline. */
type Readable = NodeConnection & Partial<Pick<Reader, "checkDeadline">>;

const EVENT = eventOfRow("*", { seq: "listed.event_seq", where: "accepted_at >= $1" });
/** A payload's length is known without reading it, so only the rows of the page are read whole. */
const EVENT_PAGE = `SELECT * FROM (
    SELECT given.place, event.position, event.id, event.event_id, event.type, event.payload,
      event.content_type, event.channels, event.tags, event.ordering_key, event.deliver_at,
      event.accepted_at, row_number() OVER in_order AS number,
      sum(coalesce(octet_length(event.payload), 0)) OVER in_order AS bytes
    FROM unnest($1::bigint[]) WITH ORDINALITY AS given (seq, place)
      CROSS JOIN ${eventOfRow("*", { seq: "given.seq", where: "accepted_at >= $2" })}
    WINDOW in_order AS (ORDER BY given.place)
  ) AS listed WHERE bytes <= $3 OR number = 1 ORDER BY place`;
const HELD_SHARDS = `(SELECT shard.shard, shard.fence FROM shard JOIN node ON node.owner = shard.owner
    WHERE node.lease_until > ${leaseNow(1)})`;

export function toHistorySession(connection: Readable): HistorySession {
  const { node } = connection;
  return {
    ...toSession(connection),
    ...seenReads(connection),
    horizon: () => node.horizon(),
    findInWindow: (appSeq, eventId) =>
      wait(() => findInWindow(connection, { appSeq, kind: WINDOW_KINDS.event, id: eventId })),
    findRecords: (eventSeqs) =>
      wait(() =>
        connection.sql<{ eventSeq: number; record: string }>(
          `SELECT event_seq, record FROM unnest($1::bigint[]) AS given (value) CROSS JOIN LATERAL
             (SELECT event_seq, record FROM message
              WHERE event_seq = given.value AND record IS NOT NULL OFFSET 0) AS message`,
          [eventSeqs],
        ),
      ),
    findMessageInWindow: (appSeq, messageId) =>
      wait(() => findInWindow(connection, { appSeq, kind: WINDOW_KINDS.message, id: messageId })),
    feedHorizon: () => wait(() => feedHorizon(connection)),
    placesOfTime: (table, time) =>
      wait(async () =>
        table === "event" ? await positionsOfTime(connection, time) : rowsOfTime(time),
      ),
    rowsNear: (places) =>
      rowIdRange({
        since: toInstant(Math.min(...places)),
        until: toInstant(Math.max(...places)),
      }),
    leastEvent: () => firstRowId(node.horizon()),
    readListedEvents({ appSeq, filter, upwards, ...p }) {
      // Row ids that fit the requested time narrow the days to read.
      const days = rowsOfTime(filter);
      return wait(() =>
        connection.sql(
          `SELECT position AS place, seq, id, ${TRAIT_COLUMNS}, accepted_at FROM event
           WHERE app_seq = $1 AND position >= $2 AND position < $3 AND seq >= $4 AND seq < $5
           ORDER BY position ${toOrder(upwards)} LIMIT $6`,
          [appSeq, p.low, p.high, days.low, days.high, p.count],
        ),
      );
    },
    readEventPage: (seqs, bytes) =>
      wait(() => connection.sql<EventColumns>(EVENT_PAGE, [seqs, node.horizon(), bytes])),
    readWithEvents({ table, of, seq, low, high, upwards, count, ...p }) {
      const order = toOrder(upwards);
      // An event has few rows, so they are sorted. In the order of the primary key, the scan would read all
      // rows of the table.
      const key = of === "event_seq" ? "listed.seq + 0" : "listed.seq";
      const text = `SELECT ${p.columns} FROM
          (SELECT * FROM ${table} AS listed
           WHERE listed.${of} = ?2 AND listed.seq >= ?3 AND listed.seq < ?4 AND ${p.where ?? "true"}
           ORDER BY ${key} ${order} LIMIT ?5) AS listed
        LEFT JOIN ${EVENT} ON true ORDER BY listed.seq ${order}`;
      const values = [node.horizon(), seq, low, high, count, ...(p.values ?? [])];
      return wait(() => connection.sql(toText(text), values) as Promise<never>);
    },
    findAttemptPlace: (id, p) => wait(() => findAttemptPlace(connection, id, p)),
    findDeliveryPlace: (eventId, eventSeq) =>
      wait(async () => findDeliveryPlace(eventId, eventSeq)),
    heldShards: HELD_SHARDS,
    leaseClock: findLeaseClock(node),
  };
}

async function findInWindow(
  connection: NodeConnection,
  lookup: WindowLookup,
): Promise<number | null> {
  const found = await findInWindows(connection, [lookup]);
  return found.get(windowKey(lookup.appSeq, lookup.kind, lookup.id)) ?? null;
}
