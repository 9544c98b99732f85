/**
 * Drops the days before the horizon: one table of one day per transaction, together with the tallies of its
 * rows (I12). A day of deliveries is dropped when none of them is pending. A day of events is dropped when
 * none of their deliveries is pending on any day. A drop stops every statement on its table for a moment. So
 * it waits briefly for its lock, or tries again later.
 */
import { endExpired, PURGE_ORDER } from "../../maintenance/expiry.ts";
import { PURGED } from "../../maintenance/tallies.ts";
import type { PendingDelivery } from "../../queue/queue-statements.ts";
import { lockAlone } from "../server/locks.ts";
import type { Node } from "../cluster/node.ts";
import { DAYS_LOCK_KEY, oldestDays, partitionName, type DailyTable } from "./partitions.ts";
import { DAY_MS, firstRowId } from "../accept/row-ids.ts";
import type { SweepContext } from "../../maintenance/sweep-context.ts";
import { runSteps } from "../session.ts";
import type { Tx } from "../types.ts";
import { toWriteSession } from "../write-session.ts";

/** Other nodes learn the horizon with their next sweep. */
const GRACE_MS = 10 * 60_000;
/** Every statement on the table waits for up to this long. */
const LOCK_TIMEOUT_MS = 200;
const TRY_AGAIN_MS = 10_000;
const LOCK_NOT_AVAILABLE = "55P03";
/** Counting a row takes much less time than changing one. */
const COUNTED_PER_ROW = 50;

type Counts = Record<(typeof PURGED)[keyof typeof PURGED], number>;

/** Progress of a node in counting the deliveries of a day to drop. Nothing in that day changes any more. */
type Counting = {
  readonly day: number;
  last: number;
  isWhole: boolean;
  /** By app. */
  readonly counts: Map<number, Counts>;
};
const countingByNode = new WeakMap<Node, Counting>();
/** When each node may try again, by the clock of its process. */
const triesAgainAt = new WeakMap<Node, number>();

/** Drops at most one day of one table, or handles up to `limit` rows of the work that comes before. */
export async function dropOldDay(tx: Tx, cx: SweepContext, limit: number): Promise<number> {
  if (performance.now() < (triesAgainAt.get(tx.node) ?? 0)) return 0;
  let pendingSince = Number.POSITIVE_INFINITY;
  const oldest = await oldestDays(tx);
  for (const table of PURGE_ORDER) {
    const day = oldest.get(table);
    if (day === undefined || day + DAY_MS > cx.horizon - GRACE_MS) continue;
    if (table === "delivery") {
      const counted = await countDay(tx, day, limit * COUNTED_PER_ROW);
      if (counted > 0) return counted;
      pendingSince = day;
      if (countingByNode.get(tx.node)?.isWhole !== true) continue;
    }
    if (table === "event") {
      if (day >= pendingSince) continue;
      const ended = await endPendingOfDay(tx, cx, { day, limit });
      if (ended > 0) return ended;
    }
    return (await dropDay(tx, table, day)) ? 1 : 0;
  }
  return 0;
}

/** Returns the number of counted rows: 0 when all are counted, or when some are still pending. */
async function countDay(tx: Tx, day: number, limit: number): Promise<number> {
  const name = partitionName("delivery", day);
  if (await hasPending(tx, name)) {
    countingByNode.delete(tx.node);
    return 0;
  }
  let counting = countingByNode.get(tx.node);
  if (counting?.day !== day) {
    counting = { day, last: -1, isWhole: false, counts: new Map() };
    countingByNode.set(tx.node, counting);
  }
  if (counting.isWhole) return 0;
  const groups = await tx.sql<{
    appSeq: number;
    state: keyof typeof PURGED;
    rows: number;
    last: number;
  }>(
    `SELECT app_seq, state, count(*) AS rows, max(chunk.seq) AS last
     FROM (SELECT seq, endpoint_seq, state FROM ${name}
         WHERE seq > $1 ORDER BY seq LIMIT $2) AS chunk
       JOIN endpoint ON endpoint.seq = chunk.endpoint_seq
     GROUP BY app_seq, state`,
    [counting.last, limit],
  );
  let counted = 0;
  for (const { appSeq, state, rows, last } of groups) {
    const of = counting.counts.get(appSeq) ?? {
      purgedDelivered: 0,
      purgedFailed: 0,
      purgedCancelled: 0,
    };
    counting.counts.set(appSeq, of);
    of[PURGED[state]] += rows;
    counting.last = Math.max(counting.last, last);
    counted += rows;
  }
  counting.isWhole = counted < limit;
  return counting.isWhole ? 0 : counted;
}

/** Ends pending deliveries of the day's events that are in delivery tables of later days. */
async function endPendingOfDay(
  tx: Tx,
  cx: SweepContext,
  p: { day: number; limit: number },
): Promise<number> {
  const pending = await tx.sql<PendingDelivery>(
    `SELECT delivery.seq, endpoint_seq, app_seq, ordering_key
     FROM delivery JOIN endpoint ON endpoint.seq = delivery.endpoint_seq
     WHERE event_seq >= $1 AND event_seq < $2 AND state = 0 LIMIT $3`,
    [firstRowId(p.day), firstRowId(p.day + DAY_MS), p.limit],
  );
  await runSteps(endExpired(toWriteSession(tx), pending, cx.now));
  return pending.length;
}

/** Returns false when the table is in use, or when a delivery of the day became pending again. */
async function dropDay(tx: Tx, table: DailyTable, day: number): Promise<boolean> {
  const name = partitionName(table, day);
  const counting = countingByNode.get(tx.node);
  await tx.run("SAVEPOINT day");
  try {
    await tx.run(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await lockAlone(tx, "upkeep", [DAYS_LOCK_KEY]);
    // The parent table is locked first, as everywhere else, to prevent a deadlock.
    await tx.run(`LOCK TABLE ONLY ${table} IN ACCESS EXCLUSIVE MODE`);
    if (table === "delivery" && (await hasPending(tx, name))) {
      await tx.run("ROLLBACK TO SAVEPOINT day");
      return false;
    }
    await tx.run(`DROP TABLE ${name}`);
  } catch (error) {
    if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
    await tx.run("ROLLBACK TO SAVEPOINT day");
    triesAgainAt.set(tx.node, performance.now() + TRY_AGAIN_MS);
    return false;
  }
  if (table === "delivery" && counting?.day === day) {
    for (const [appSeq, purged] of counting.counts) tx.afterCommit.tally(appSeq, purged);
  }
  tx.node.partitions.forget();
  return true;
}

async function hasPending(tx: Tx, name: string): Promise<boolean> {
  const rows = await tx.sql(`SELECT 1 FROM ${name} WHERE state = 0 LIMIT 1`);
  return rows.length > 0;
}
