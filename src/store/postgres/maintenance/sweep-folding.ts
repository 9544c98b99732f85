/** Folding: pending deliveries of deleted endpoints become cancelled, tallies become one row per app. */
import { endPending, type PendingDelivery } from "../queue/end-pending.ts";
import type { SweepContext } from "./sweep-context.ts";
import type { Tx } from "../types.ts";

/** Fewer appended tallies than this are not folded: summing them costs nothing. */
const TALLIES_LEFT = 100;

/** One deleted endpoint at a time. Once it has no pending deliveries, its secrets are not needed any more. */
export async function foldDeletedEndpoints(
  tx: Tx,
  cx: SweepContext,
  limit: number,
): Promise<number> {
  const [endpoint] = await tx.sql<{ seq: number; appSeq: number }>(
    `SELECT seq, app_seq FROM endpoint
     WHERE status = 'deleted' AND folded_at IS NULL ORDER BY seq LIMIT 1`,
  );
  if (endpoint === undefined) return 0;
  // The order of its ordering keys does not matter any more.
  const pending = await tx.sql<PendingDelivery>(
    `SELECT seq, endpoint_seq, $2::bigint AS app_seq, NULL AS ordering_key
     FROM delivery WHERE endpoint_seq = $1 AND state = 0 LIMIT $3`,
    [endpoint.seq, endpoint.appSeq, limit],
  );
  if (pending.length > 0) {
    await endPending(tx, pending, { state: "cancelled", reason: null, now: cx.now });
    return pending.length;
  }
  for (const table of ["endpoint_secret", "endpoint_state", "endpoint_queue"]) {
    await tx.run(`DELETE FROM ${table} WHERE endpoint_seq = $1`, [endpoint.seq]);
  }
  return await tx.run(
    `UPDATE endpoint SET folded_at = $2, encrypted_headers = NULL, encrypted_tls = NULL,
       encrypted_userinfo = NULL WHERE seq = $1`,
    [endpoint.seq, cx.now],
  );
}

/** Tallies that are committed meanwhile wait for the next time: only rows that were read here are folded. */
export async function foldTallies(tx: Tx, _cx: SweepContext, limit: number): Promise<number> {
  const oldest = await tx.sql<{ seq: number }>(
    "SELECT seq FROM tally ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED",
    [Math.max(limit, TALLIES_LEFT)],
  );
  if (oldest.length < TALLIES_LEFT) return 0;
  await tx.run(
    `WITH folded AS (DELETE FROM tally WHERE seq = ANY ($1::bigint[]) RETURNING *)
     INSERT INTO tally_total AS total (app_seq, created, delivered, failed, cancelled,
       purged_delivered, purged_failed, purged_cancelled, pending_bytes)
     SELECT app_seq, sum(created), sum(delivered), sum(failed), sum(cancelled),
       sum(purged_delivered), sum(purged_failed), sum(purged_cancelled), sum(pending_bytes)
     FROM folded GROUP BY app_seq
     ON CONFLICT (app_seq) DO UPDATE SET
       created = total.created + excluded.created,
       delivered = total.delivered + excluded.delivered,
       failed = total.failed + excluded.failed,
       cancelled = total.cancelled + excluded.cancelled,
       purged_delivered = total.purged_delivered + excluded.purged_delivered,
       purged_failed = total.purged_failed + excluded.purged_failed,
       purged_cancelled = total.purged_cancelled + excluded.purged_cancelled,
       pending_bytes = total.pending_bytes + excluded.pending_bytes`,
    [oldest.map(({ seq }) => seq)],
  );
  return oldest.length;
}
