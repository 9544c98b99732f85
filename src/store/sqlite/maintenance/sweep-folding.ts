/** Folding: pending deliveries of deleted endpoints become cancelled, and tallies become one row per app. */
import { endPending, type PendingDelivery } from "../queue/end-pending.ts";
import type { SweepContext } from "./sweep-context.ts";
import type { Writer } from "../thread/writer-types.ts";

/** Fewer appended tallies than this stay unfolded, because summing them costs nothing. */
const UNFOLDED_TALLIES = 100;

/** One deleted endpoint at a time. Without pending deliveries its secrets are not needed either. */
export function foldDeletedEndpoints(writer: Writer, cx: SweepContext, limit: number): number {
  const endpoint = writer
    .sql(
      "SELECT seq FROM endpoint WHERE status = 'deleted' AND foldedAt IS NULL ORDER BY seq LIMIT 1",
    )
    .get() as { seq: number } | undefined;
  if (endpoint === undefined) return 0;
  const rows = writer
    .sql(
      `SELECT delivery.seq, endpointSeq, appSeq, fence, NULL AS orderingKey
       FROM delivery JOIN endpoint ON endpoint.seq = delivery.endpointSeq
       WHERE endpointSeq = ? AND state = 0 LIMIT ?`,
    )
    .all(endpoint.seq, limit) as PendingDelivery[];
  for (const row of rows)
    endPending(writer, row, { state: "cancelled", reason: null, now: cx.now });
  if (rows.length > 0) return rows.length;
  writer.sql("DELETE FROM endpointSecret WHERE endpointSeq = ?").run(endpoint.seq);
  writer.sql("DELETE FROM endpointState WHERE endpointSeq = ?").run(endpoint.seq);
  writer
    .sql(
      `UPDATE endpoint SET foldedAt = ?, encryptedHeaders = NULL, encryptedTls = NULL,
         encryptedUserinfo = NULL WHERE seq = ?`,
    )
    .run(cx.now, endpoint.seq);
  return 1;
}

export function foldTallies(writer: Writer, _cx: SweepContext, limit: number): number {
  const oldest = writer
    .sql("SELECT seq FROM tally ORDER BY seq LIMIT ?")
    .all(Math.max(limit, UNFOLDED_TALLIES)) as { seq: number }[];
  const last = oldest[limit - 1] ?? oldest.at(-1);
  if (last === undefined || oldest.length < UNFOLDED_TALLIES) return 0;
  writer
    .sql(
      `INSERT INTO tallyTotal (appSeq, created, delivered, failed, cancelled, purgedDelivered,
         purgedFailed, purgedCancelled, pendingBytes)
       SELECT appSeq, sum(created), sum(delivered), sum(failed), sum(cancelled),
         sum(purgedDelivered), sum(purgedFailed), sum(purgedCancelled), sum(pendingBytes)
       FROM tally WHERE seq <= ? GROUP BY appSeq
       ON CONFLICT (appSeq) DO UPDATE SET
         created = created + excluded.created,
         delivered = delivered + excluded.delivered,
         failed = failed + excluded.failed,
         cancelled = cancelled + excluded.cancelled,
         purgedDelivered = purgedDelivered + excluded.purgedDelivered,
         purgedFailed = purgedFailed + excluded.purgedFailed,
         purgedCancelled = purgedCancelled + excluded.purgedCancelled,
         pendingBytes = pendingBytes + excluded.pendingBytes`,
    )
    .run(last.seq);
  return Number(writer.sql("DELETE FROM tally WHERE seq <= ?").run(last.seq).changes);
}
