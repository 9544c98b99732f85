/** Searches overdue deliveries of several endpoints in one statement. */
import { isOverdueSql } from "../../queue/find-overdue.ts";
import type { OpenBreakerRow, OverdueRow, OverdueSearch } from "../../queue/queue-statements.ts";
import type { Tx } from "../types.ts";

export async function searchOverdue(
  tx: Tx,
  { where, order }: OverdueSearch,
  open: readonly OpenBreakerRow[],
  p: { startedBefore: number; limit: number },
): Promise<readonly OverdueRow[]> {
  const endpointSeqs = open.map(({ endpointSeq }) => endpointSeq);
  return await tx.sql<OverdueRow>(
    `SELECT found.*, endpoint.app_seq
     FROM unnest($1::bigint[]) AS asked (endpoint_seq)
     JOIN endpoint ON endpoint.seq = asked.endpoint_seq
     JOIN shard ON shard.shard = endpoint.shard
     CROSS JOIN LATERAL (SELECT seq, event_seq, endpoint_seq, attempts, ordering_key, base_at, parked_ms
       FROM delivery WHERE delivery.endpoint_seq = asked.endpoint_seq AND state = 0
         AND ${where("$2")} AND delivery.fence IS DISTINCT FROM shard.fence
       ORDER BY ${order} LIMIT $3) AS found
     WHERE ${isOverdueSql("$2")} LIMIT $3`,
    [endpointSeqs, p.startedBefore, p.limit],
  );
}
