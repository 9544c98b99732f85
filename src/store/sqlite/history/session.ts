/** Reads of history of one file. Retention deletes events at once, and the only writer commits in order. */
import { WINDOW_KINDS } from "../../accept/dedupe-window-kinds.ts";
import { TRAIT_COLUMNS } from "../../history/event-filter.ts";
import type { EventColumns, HistorySession } from "../../history/session.ts";
import { toOrder } from "../../paging.ts";
import { findCreatedMessages } from "./created-messages.ts";
import { findInWindow } from "../accept/dedupe-windows.ts";
import type { Connection } from "../connection.ts";
import { bind, now, readSession, toText } from "../session.ts";
import type { Reader } from "../thread/writer-types.ts";
import { seenReads } from "../search/seen.ts";
import { rangeOfTime } from "./time-position.ts";

const TRAITS = toText(TRAIT_COLUMNS);

/** A writer has no deadline. */
type Readable = Connection & Partial<Pick<Reader, "checkDeadline">>;

const EVERYTHING = { low: 0, high: Number.MAX_SAFE_INTEGER };
const EVENT = `SELECT seq AS position, id, eventId, type, payload, contentType, channels, tags,
    orderingKey, deliverAt, acceptedAt, octet_length(payload) AS bytes FROM event WHERE seq = ?`;

const sessions = new WeakMap<Connection["sql"], HistorySession>();

/** One session per connection. */
export function historySession(connection: Readable): HistorySession {
  let session = sessions.get(connection.sql);
  if (session === undefined) {
    session = createSession(connection);
    sessions.set(connection.sql, session);
  }
  return session;
}

function createSession(connection: Readable): HistorySession {
  const { sql } = connection;
  return {
    ...readSession(connection),
    ...seenReads(connection, connection.checkDeadline ?? (() => undefined)),
    horizon: () => 0,
    findInWindow: (appSeq, eventId) =>
      now(() => findInWindow(connection, appSeq, WINDOW_KINDS.event, eventId)),
    findRecords: (eventSeqs) =>
      now(() => {
        const read = sql(
          "SELECT eventSeq, record FROM message WHERE seq = ? AND record IS NOT NULL",
        );
        return findCreatedMessages(connection, eventSeqs).flatMap(
          (seq) => (read.get(seq) as { eventSeq: number; record: string } | undefined) ?? [],
        );
      }),
    findMessageInWindow: (appSeq, messageId) =>
      now(() => {
        const seq = findInWindow(connection, appSeq, WINDOW_KINDS.message, messageId);
        const row = sql("SELECT eventSeq FROM message WHERE seq = ? AND appSeq = ?").get(
          seq,
          appSeq,
        );
        return (row?.["eventSeq"] as number | undefined) ?? null;
      }),
    feedHorizon: () => now(() => EVERYTHING.high),
    placesOfTime: (table, time) => now(() => rangeOfTime(connection, table, time)),
    rowsNear: () => EVERYTHING,
    leastEvent: () => 0,
    readListedEvents: ({ appSeq, low, high, upwards, count }) =>
      now(
        () =>
          sql(
            `SELECT seq AS place, seq, id, ${TRAITS}, acceptedAt FROM event
             WHERE appSeq = ? AND seq >= ? AND seq < ? ORDER BY seq ${toOrder(upwards)} LIMIT ?`,
          ).all(appSeq, low, high, count) as never,
      ),
    readEventPage: (seqs, bytes) => now(() => readEventPage(connection, seqs, bytes)),
    readWithEvents: ({ table, of, seq, low, high, upwards, count, ...p }) =>
      now(() => {
        const text = toText(
          `SELECT ${p.columns} FROM ${table} AS listed
             LEFT JOIN event ON event.seq = listed.event_seq
           WHERE listed.${of} = ?2 AND listed.seq >= ?3 AND listed.seq < ?4 AND ${p.where ?? "true"}
           ORDER BY listed.seq ${toOrder(upwards)} LIMIT ?5`,
        );
        return sql(text).all(...bind([null, seq, low, high, count, ...(p.values ?? [])])) as never;
      }),
    findAttemptPlace: (id) => now(() => findAttemptPlace(connection, id)),
    findDeliveryPlace: (eventId, eventSeq) =>
      now(() => {
        const next = sql(
          `SELECT seq FROM delivery
           WHERE eventSeq >= coalesce(?1 + 1, (SELECT seq FROM event WHERE id > ?2 ORDER BY id LIMIT 1))
           ORDER BY eventSeq, endpointSeq LIMIT 1`,
        ).get(eventSeq, eventId);
        return placeBefore(next);
      }),
    heldShards: "(SELECT shard, fence FROM shard WHERE owner IS NOT NULL)",
    leaseClock: null,
  };
}

function readEventPage(
  { sql }: Connection,
  seqs: readonly number[],
  most: number,
): readonly EventColumns[] {
  const read = sql(EVENT);
  const rows: EventColumns[] = [];
  let total = 0;
  for (const seq of seqs) {
    const row = read.get(seq) as (EventColumns & { bytes: number | null }) | undefined;
    if (row === undefined) continue;
    total += row.bytes ?? 0;
    if (total > most && rows.length > 0) break;
    rows.push(row);
  }
  return rows;
}

function findAttemptPlace({ sql }: Connection, id: string): number {
  const row = sql("SELECT seq FROM attempt WHERE id = ?").get(id);
  if (row !== undefined) return row["seq"] as number;
  return placeBefore(sql("SELECT seq FROM attempt WHERE id > ? ORDER BY id LIMIT 1").get(id));
}

/** The place between this row and the one before it, or the end of the list. */
function placeBefore(next: { readonly seq?: unknown } | undefined): number {
  return next === undefined ? EVERYTHING.high : (next.seq as number) - 0.5;
}
