/**
 * Retention: what lies behind the horizon goes, oldest first, in ranges of rowids that lie side by
 * side on disk. An event goes last, after everything that belongs to it; what is still owed of it
 * becomes `failed: expired` and is counted as such (I12).
 */
import { endPending, type PendingDelivery } from "./end-pending.ts";
import type { TallyChange } from "./after-commit.ts";
import { STATES } from "../delivery-state.ts";
import type { SweepContext } from "./sweep-context.ts";
import type { Writer } from "./writer-types.ts";

const PURGED = {
  [STATES.delivered]: { purgedDelivered: 1 },
  [STATES.failed]: { purgedFailed: 1 },
  [STATES.cancelled]: { purgedCancelled: 1 },
} as const satisfies Record<number, TallyChange>;

/** Each kind of rows in turn, as far as `limit` goes. Gives how many rows went. */
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
 * The last of the oldest `limit` events that are all past their time. Before any is, the place before the
 * first: rows that were left of events long gone lie behind that too.
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

/** Messages are made in the order of their events, so the oldest ones are the first rows. */
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
