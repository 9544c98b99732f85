/**
 * The search index of one file. Rows are clustered by buckets of events that follow each other, so a slice of the
 * sweep changes the few pages of one bucket. A look-up is one search per bucket.
 */
import type { Places } from "../../session.ts";
import type { SeenReads, SeenRow, SeenWrites } from "../../search/statements.ts";
import { toOrder } from "../../paging.ts";
import type { Connection } from "../connection.ts";
import { rangeOfTime } from "../history/time-position.ts";
import { now } from "../session.ts";

/** A bucket is about fifty pages, and a slice of the sweep changes nearly all of them. */
const EVENTS_PER_BUCKET = 8_192;
/** Events are added when so many wait. A search reads those that wait in two milliseconds. */
const EVENTS_AT_ONCE = 2_048;
const FAR_BEHIND = 2 * EVENTS_PER_BUCKET;
/** Rows of one statement: a call of SQLite takes longer than the row. */
const ROWS_AT_ONCE = 64;
/** Buckets that are searched between two looks at the deadline. */
const BUCKETS_AT_ONCE = 64;

const LAST_EVENT = "SELECT max(seq) AS seq FROM event";
const FIRST_BUCKET = "SELECT min(bucket) AS bucket FROM seen";

export function toBucket(eventSeq: number): number {
  return Math.floor(eventSeq / EVENTS_PER_BUCKET);
}

export function seenReads(
  connection: Connection,
  checkDeadline: () => void,
): SeenReads & Pick<Places, "eventsOfTime"> {
  const { sql, arrays } = connection;
  return {
    readSeen: ({ keys, low, high, upwards, count }) =>
      now(() => {
        const first = (sql(FIRST_BUCKET).get()?.["bucket"] ?? null) as number | null;
        const last = (sql(LAST_EVENT).get()?.["seq"] as number | null | undefined) ?? 0;
        if (first === null || low >= high) return keys.map(() => []);
        const oldest = Math.max(first, toBucket(low));
        const newest = toBucket(Math.min(last, high - 1));
        const read = arrays(
          `SELECT place FROM seen WHERE bucket = ? AND key = ? AND place >= ? AND place < ?
           ORDER BY place ${toOrder(upwards)} LIMIT ?`,
        );
        return keys.map((key) => {
          const found: number[] = [];
          for (let n = 0; n <= newest - oldest && found.length < count; n++) {
            if (n % BUCKETS_AT_ONCE === 0) checkDeadline();
            const bucket = upwards ? oldest + n : newest - n;
            const start = bucket * EVENTS_PER_BUCKET;
            const rows = read.all(bucket, key, low - start, high - start, count - found.length);
            for (const [place] of rows as unknown as [number][]) found.push(start + place);
          }
          return found;
        });
      }),
    // Many at once, because each slice changes most pages of the bucket.
    sealable: () =>
      now(() => {
        const last = (sql(LAST_EVENT).get()?.["seq"] as number | null | undefined) ?? 0;
        return Math.floor((last + 1) / EVENTS_AT_ONCE) * EVENTS_AT_ONCE;
      }),
    eventsOfTime: (time) => now(() => rangeOfTime(connection, "event", time)),
    // The number of an event is its place.
    placeFrom: (eventSeq) => now(() => eventSeq),
  };
}

export function seenWrites({ sql }: Connection): SeenWrites {
  return {
    isFarBehind: (sealedTo, end) => end - sealedTo > FAR_BEHIND,
    sliceOf: (limit) => limit,
    addSeen: (given) =>
      now(() => {
        // Neighbours are on one page of the index.
        const rows = given.toSorted((one, other) => one.key - other.key);
        const whole = rows.length - (rows.length % ROWS_AT_ONCE);
        for (let at = 0; at < whole; at += ROWS_AT_ONCE) {
          sql(ADD_MANY).run(...rows.slice(at, at + ROWS_AT_ONCE).flatMap(toColumns));
        }
        for (const row of rows.slice(whole)) sql(ADD).run(...toColumns(row));
      }),
    removeSeen: (rows) =>
      now(() => {
        const remove = sql("DELETE FROM seen WHERE bucket = ? AND key = ? AND place = ?");
        for (const row of rows) remove.run(...toColumns(row));
      }),
    // The only writer runs one transaction after the other.
    beginSealing: () => now(() => true),
    pauseSealing: () => now(() => undefined),
  };
}

const ADD = "INSERT OR IGNORE INTO seen (bucket, key, place) VALUES (?, ?, ?)";
const ADD_MANY = ADD + ", (?, ?, ?)".repeat(ROWS_AT_ONCE - 1);

function toColumns({ key, eventSeq }: SeenRow): readonly [number, number, number] {
  return [toBucket(eventSeq), key, eventSeq % EVENTS_PER_BUCKET];
}
