/**
 * Retention: deletes expired rows, oldest first, in ranges of adjacent rowids. An event is deleted last,
 * after all rows that belong to it. Its pending deliveries become `failed: expired` and are counted as such
 * (I12).
 */
import { endPending, type PendingDelivery } from "../queue/end-pending.ts";
import type { TallyChange } from "../thread/after-commit.ts";
import { STATES } from "../../queue/delivery-state.ts";
import type { SweepContext } from "./sweep-context.ts";
import type { Writer } from "../thread/writer-types.ts";

const PURGED = {
  [STATES.delivered]: { purgedDelivered: 1 },
  [STATES.failed]: { purgedFailed: 1 },
  [STATES.cancelled]: { purgedCancelled: 1 },
} as const satisfies Record<number, TallyChange>;

/** Deletes each kind of rows in turn, up to `limit` rows. Returns the number of deleted rows. */
export function purgeExpired(writer: Writer, cx: SweepContext, limit: number): number {
  const horizon = findHorizon(writer, cx.now - cx.retentionMs, limit);
  let done = 0;
  for (const purge of [
    purgeAttempts,
    purgeDeliveries,
    purgeMessages,
    purgeAttachments,
    purgeEvents,
  ]) {
    if (done < limit) done += purge(writer, { horizon, limit: limit - done, now: cx.now });
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

type Slice = { readonly horizon: number; readonly limit: number; readonly now: number };

function purgeAttempts(writer: Writer, p: Slice): number {
  return Number(
    writer
      .sql(
        `DELETE FROM attempt WHERE seq IN
           (SELECT seq FROM attempt WHERE eventSeq <= ? ORDER BY eventSeq LIMIT ?)`,
      )
      .run(p.horizon, p.limit).changes,
  );
}

function purgeDeliveries(writer: Writer, p: Slice): number {
  const rows = writer
    .sql(
      `SELECT delivery.seq, endpointSeq, appSeq, state, fence, orderingKey
       FROM delivery JOIN endpoint ON endpoint.seq = delivery.endpointSeq
       WHERE eventSeq <= ? ORDER BY eventSeq LIMIT ?`,
    )
    .all(p.horizon, p.limit) as (PendingDelivery & { state: number })[];
  const remove = writer.sql("DELETE FROM delivery WHERE seq = ?");
  for (const row of rows) {
    let { state } = row;
    if (state === STATES.pending) {
      endPending(writer, row, { state: "failed", reason: "expired", now: p.now });
      state = STATES.failed;
    }
    writer.afterCommit.tally(row.appSeq, PURGED[state as keyof typeof PURGED]);
    remove.run(row.seq);
  }
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

function purgeAttachments(writer: Writer, p: Slice): number {
  return Number(
    writer
      .sql(
        `DELETE FROM attachment WHERE key IN
           (SELECT key FROM attachment WHERE eventSeq <= ? ORDER BY eventSeq LIMIT ?)`,
      )
      .run(p.horizon, p.limit).changes,
  );
}

function purgeEvents(writer: Writer, p: Slice): number {
  return Number(
    writer
      .sql(
        `DELETE FROM event WHERE seq IN
           (SELECT seq FROM event WHERE seq <= ? ORDER BY seq LIMIT ?)`,
      )
      .run(p.horizon, p.limit).changes,
  );
}
