/**
 * Retention by a horizon: what was accepted before it is seen by nobody from then on, and what is
 * still owed of it becomes `failed: expired` and is counted as such (I12). Its rows go later, a whole
 * day at a time (drop-days.ts).
 */
import type { Connection } from "./connection.ts";
import { endPending, type PendingDelivery } from "./end-pending.ts";
import type { Node } from "./node.ts";
import { listDays, partitionName } from "./partitions.ts";
import { readSetting, writeSetting } from "./setting.ts";
import type { SweepContext } from "./sweep-context.ts";
import type { Tx } from "./types.ts";

const SETTING = "retention.horizon";
/**
 * Looking through the pending deliveries of the day that the horizon is in finds all of them, those
 * that are not past it too: it may take one part in so many of the time.
 */
const TIMES_AS_LONG = 20;
/** Shorter than this it costs nothing. */
const SHORT_MS = 20;

/** When each node may look next, by its own clock. */
const looksAgainAt = new WeakMap<Node, number>();

export async function readHorizon(connection: Connection): Promise<number> {
  return Number((await readSetting(connection, SETTING)) ?? 0);
}

/** It never goes back: what it has passed may be gone. Only the one sweeper moves it. */
export async function moveHorizon(tx: Tx, to: number): Promise<number> {
  const present = await readHorizon(tx);
  if (to <= present) return present;
  await writeSetting(tx, SETTING, String(to));
  return to;
}

/**
 * Those in the days up to the horizon. What is owed of an old event in a later day was made by a
 * replay: it ends when it is claimed, or before the day of its event goes.
 */
export async function endExpired(tx: Tx, cx: SweepContext, limit: number): Promise<number> {
  if (performance.now() < (looksAgainAt.get(tx.node) ?? 0)) return 0;
  const days = (await listDays(tx, "delivery")).filter((day) => day < cx.horizon);
  if (days.length === 0) return 0;
  const begunAt = performance.now();
  const owed = await findStillPending(tx, { days, limit, ...cx });
  const tookMs = performance.now() - begunAt;
  if (owed.length < limit && tookMs > SHORT_MS) {
    looksAgainAt.set(tx.node, performance.now() + tookMs * TIMES_AS_LONG);
  }
  await endAsExpired(tx, owed, cx.now);
  return owed.length;
}

async function findStillPending(
  tx: Tx,
  p: { days: readonly number[]; horizon: number; limit: number },
): Promise<readonly PendingDelivery[]> {
  const owed: PendingDelivery[] = [];
  for (const day of p.days) {
    if (owed.length >= p.limit) break;
    const rows = await tx.sql<PendingDelivery>(
      `SELECT delivery.seq, endpoint_seq, app_seq, ordering_key
       FROM ${partitionName("delivery", day)} AS delivery
         JOIN endpoint ON endpoint.seq = delivery.endpoint_seq
       WHERE state = 0 AND accepted_at < $1 LIMIT $2`,
      [p.horizon, p.limit - owed.length],
    );
    owed.push(...rows);
  }
  return owed;
}

export async function endAsExpired(
  tx: Tx,
  owed: readonly PendingDelivery[],
  now: number,
): Promise<void> {
  if (owed.length > 0) await endPending(tx, owed, { state: "failed", reason: "expired", now });
}
