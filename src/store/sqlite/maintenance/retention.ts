/** Retention: deletes expired rows, oldest first, in ranges of adjacent rowids. */
import { leaveHistory, PURGE_ORDER } from "../../maintenance/expiry.ts";
import type { PendingDelivery } from "../../queue/queue-statements.ts";
import type { SweepContext } from "../../maintenance/sweep-context.ts";
import { toBucket } from "../search/seen.ts";
import { runNow } from "../session.ts";
import type { Writer } from "../thread/writer-types.ts";

type Slice = { readonly horizon: number; readonly limit: number; readonly now: number };

type Purge = (writer: Writer, p: Slice) => number;

const PURGES: Record<(typeof PURGE_ORDER)[number], Purge> = {
  attempt: purgeBy("attempt", { key: "seq", event: "eventSeq" }),
  delivery: purgeDeliveries,
  message: purgeMessages,
  attachment: purgeBy("attachment", { key: "key", event: "eventSeq" }),
  seen: purgeBuckets,
  event: purgeBy("event", { key: "seq", event: "seq" }),
};

/** Deletes each kind of rows in turn, up to `limit` rows. Returns the number of deleted rows. */
export function purgeExpired(writer: Writer, cx: SweepContext, limit: number): number {
  const horizon = findHorizon(writer, cx.horizon, limit);
  let done = 0;
  for (const table of PURGE_ORDER) {
    if (done < limit) done += PURGES[table](writer, { horizon, limit: limit - done, now: cx.now });
  }
  return done;
}

/**
 * The last of the oldest `limit` events that are all expired. Without an expired event, the position before
 * the first one, because rows of older events may remain before it.
 */
function findHorizon(writer: Writer, cutoff: number, limit: number): number {
  const oldest = writer.sql("SELECT seq, acceptedAt FROM event ORDER BY seq LIMIT ?");
  let horizon = -1;
  let first = true;
  for (const row of oldest.iterate(limit)) {
    if (first) horizon = (row["seq"] as number) - 1;
    first = false;
    if ((row["acceptedAt"] as number) >= cutoff) break;
    horizon = row["seq"] as number;
  }
  return horizon;
}

/** Rows are deleted in the order of their events, which is an index of each table. */
function purgeBy(
  table: "attempt" | "attachment" | "event",
  { key, event }: { readonly key: string; readonly event: string },
): Purge {
  const text = `DELETE FROM ${table} WHERE ${key} IN
    (SELECT ${key} FROM ${table} WHERE ${event} <= ? ORDER BY ${event} LIMIT ?)`;
  return ({ sql }, p) => Number(sql(text).run(p.horizon, p.limit).changes);
}

function purgeDeliveries(writer: Writer, p: Slice): number {
  const rows = writer
    .sql(
      `SELECT delivery.seq, endpointSeq, appSeq, state, orderingKey
       FROM delivery JOIN endpoint ON endpoint.seq = delivery.endpointSeq
       WHERE eventSeq <= ? ORDER BY eventSeq LIMIT ?`,
    )
    .all(p.horizon, p.limit) as (PendingDelivery & { state: number })[];
  runNow(leaveHistory(writer.session, rows, p.now));
  const remove = writer.sql("DELETE FROM delivery WHERE seq = ?");
  for (const { seq } of rows) remove.run(seq);
  return rows.length;
}

/** Messages are created in the order of their events, so the oldest ones are the first rows. */
function purgeMessages(writer: Writer, p: Slice): number {
  const oldest = writer.sql("SELECT seq, eventSeq FROM message ORDER BY seq LIMIT ?");
  let last = 0;
  for (const row of oldest.iterate(p.limit)) {
    if ((row["eventSeq"] as number) > p.horizon) break;
    last = row["seq"] as number;
  }
  return Number(writer.sql("DELETE FROM message WHERE seq <= ?").run(last).changes);
}

/** A bucket of the search index is deleted when the last of its events is expired, or the newest of all. */
function purgeBuckets({ sql }: Writer, p: Slice): number {
  const newest = sql("SELECT max(seq) AS seq FROM event").get()?.["seq"] as number | null;
  const kept = toBucket(p.horizon + 1) + Number(newest !== null && newest <= p.horizon);
  const text = `DELETE FROM seen WHERE (bucket, key, place) IN
    (SELECT bucket, key, place FROM seen WHERE bucket < ? ORDER BY bucket LIMIT ?)`;
  return Number(sql(text).run(kept, p.limit).changes);
}
