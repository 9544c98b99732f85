/**
 * Retention by a horizon. Events that were accepted before it are hidden from then on. Their rows are dropped
 * later, a whole day at a time (drop-days.ts).
 */
import type { Connection } from "../connection.ts";
import type { PendingDelivery } from "../../queue/queue-statements.ts";
import type { Node } from "../cluster/node.ts";
import { listDays, partitionName } from "./partitions.ts";
import { readSetting, writeSetting } from "../server/setting.ts";
import { endExpired } from "../../maintenance/expiry.ts";
import type { SweepContext } from "../../maintenance/sweep-context.ts";
import { runSteps } from "../session.ts";
import type { Tx } from "../types.ts";
import { toWriteSession } from "../write-session.ts";

const SETTING = "retention.horizon";
/**
 * A search for the pending deliveries of the horizon's day also reads those that are not past it. So it may
 * take only 1/`TIMES_AS_LONG` of the time.
 */
const TIMES_AS_LONG = 20;
/** A shorter search is not limited. */
const SHORT_MS = 20;

/** When each node may search next, by the clock of its process or of a test. */
const searchesAgainAt = new WeakMap<Node, number>();

export async function readHorizon(connection: Connection): Promise<number> {
  return Number((await readSetting(connection, SETTING)) ?? 0);
}

/** The horizon never moves back, because rows before it may be gone. Only the one sweeper moves it. */
export async function moveHorizon(tx: Tx, to: number): Promise<number> {
  const present = await readHorizon(tx);
  if (to <= present) return present;
  await writeSetting(tx, SETTING, String(to));
  return to;
}

/**
 * Ends the expired deliveries in the days up to the horizon. In a later day, a pending delivery of an old
 * event was made by a replay: it ends when it is claimed, or before the day of its event is dropped.
 */
export async function endExpiredDays(tx: Tx, cx: SweepContext, limit: number): Promise<number> {
  const clock = tx.node.testClock ?? (() => performance.now());
  if (clock() < (searchesAgainAt.get(tx.node) ?? 0)) return 0;
  const days = (await listDays(tx, "delivery")).filter((day) => day < cx.horizon);
  if (days.length === 0) return 0;
  const begunAt = clock();
  const pending = await findStillPending(tx, { days, limit, ...cx });
  const tookMs = clock() - begunAt;
  if (pending.length < limit && tookMs > SHORT_MS) {
    searchesAgainAt.set(tx.node, clock() + tookMs * TIMES_AS_LONG);
  }
  await runSteps(endExpired(toWriteSession(tx), pending, cx.now));
  return pending.length;
}

async function findStillPending(
  tx: Tx,
  p: { days: readonly number[]; horizon: number; limit: number },
): Promise<readonly PendingDelivery[]> {
  const pending: PendingDelivery[] = [];
  for (const day of p.days) {
    if (pending.length >= p.limit) break;
    const rows = await tx.sql<PendingDelivery>(
      `SELECT delivery.seq, endpoint_seq, app_seq, ordering_key
       FROM ${partitionName("delivery", day)} AS delivery
         JOIN endpoint ON endpoint.seq = delivery.endpoint_seq
       WHERE state = 0 AND accepted_at < $1 LIMIT $2`,
      [p.horizon, p.limit - pending.length],
    );
    pending.push(...rows);
  }
  return pending;
}
