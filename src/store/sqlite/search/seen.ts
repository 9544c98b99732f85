/**
 * The search index of one file. Rows are clustered by buckets of events that follow each other, so a slice of the
 * sweep changes the few pages of one bucket. A look-up is one search per bucket.
 */
import type { Places } from "../../session.ts";
import type { SeenReads, SeenWrites } from "../../search/statements.ts";
import { toOrder } from "../../paging.ts";
import type { Connection } from "../connection.ts";
import { rangeOfTime } from "../history/time-position.ts";
import { now } from "../session.ts";

/** A bucket is about fifty pages. */
const EVENTS_PER_BUCKET = 4_096;
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
    readSeen: ({ key, low, high, upwards, count }) =>
      now(() => {
        const first = (sql(FIRST_BUCKET).get()?.["bucket"] ?? null) as number | null;
        const last = (sql(LAST_EVENT).get()?.["seq"] as number | null | undefined) ?? 0;
        if (first === null || low >= high) return [];
        const oldest = Math.max(first, toBucket(low));
        const newest = toBucket(Math.min(last, high - 1));
        const read = arrays(
          `SELECT eventSeq FROM seen WHERE bucket = ? AND key = ? AND eventSeq >= ? AND eventSeq < ?
           ORDER BY eventSeq ${toOrder(upwards)} LIMIT ?`,
        );
        const found: number[] = [];
        for (let n = 0; n <= newest - oldest && found.length < count; n++) {
          if (n % BUCKETS_AT_ONCE === 0) checkDeadline();
          const bucket = upwards ? oldest + n : newest - n;
          const rows = read.all(bucket, key, low, high, count - found.length);
          for (const [eventSeq] of rows as unknown as [number][]) found.push(eventSeq);
        }
        return found;
      }),
    // Only full buckets: a bucket that is written at once is written to few pages, once.
    sealable: () =>
      now(() => {
        const last = (sql(LAST_EVENT).get()?.["seq"] as number | null | undefined) ?? 0;
        return toBucket(last + 1) * EVENTS_PER_BUCKET;
      }),
    eventsOfTime: (time) => now(() => rangeOfTime(connection, "event", time)),
    // The number of an event is its place.
    placeFrom: (eventSeq) => now(() => eventSeq),
  };
}

export function seenWrites({ sql }: Connection): SeenWrites {
  return {
    addSeen: (rows) =>
      now(() => {
        const add = sql("INSERT OR IGNORE INTO seen (bucket, key, eventSeq) VALUES (?, ?, ?)");
        for (const { key, eventSeq } of rows) add.run(toBucket(eventSeq), key, eventSeq);
      }),
    removeSeen: (rows) =>
      now(() => {
        const remove = sql("DELETE FROM seen WHERE bucket = ? AND key = ? AND eventSeq = ?");
        for (const { key, eventSeq } of rows) remove.run(toBucket(eventSeq), key, eventSeq);
      }),
    // The only writer runs one transaction after the other.
    beginSealing: () => now(() => true),
    pauseSealing: () => now(() => undefined),
  };
}
