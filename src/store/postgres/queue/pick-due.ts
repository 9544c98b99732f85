/**
 * Due deliveries of endpoints, each search at one end of the due range in `delivery_due`. A search is one step
 * in each day's part of the index, merged in order.
 */
import type { Asked, DueRow as Due } from "../../queue/claim.ts";
import type { Tx } from "../types.ts";

export type DueRow = Due & { readonly endpointSeq: number };

/** Each list begins at the end from which it was searched. */
export async function searchDue(
  tx: Tx,
  p: {
    readonly from: "oldest" | "newest";
    readonly asked: readonly (Asked & { readonly limit: number })[];
    readonly now: number;
  },
): Promise<ReadonlyMap<number, readonly DueRow[]>> {
  if (p.asked.length === 0) return new Map();
  const rows = await tx.sql<DueRow>(p.from === "oldest" ? OLDEST : NEWEST, [
    p.asked.map(({ endpointSeq }) => endpointSeq),
    p.asked.map(({ fence }) => fence),
    p.asked.map(({ limit }) => limit),
    p.asked.map(({ probeAt }) => probeAt !== null),
    p.now,
  ]);
  return Map.groupBy(rows, ({ endpointSeq }) => endpointSeq);
}

/**
 * Deliveries leased under the current fence are skipped: never more than the lane holds. While any is leased,
 * no probe leaves.
 */
function searchFrom(order: "ASC" | "DESC"): string {
  return `SELECT due.*
    FROM unnest($1::bigint[], $2::bigint[], $3::int[], $4::boolean[])
      AS asked (endpoint_seq, fence, most, is_probe)
    CROSS JOIN LATERAL (SELECT seq, event_seq, endpoint_seq, bytes FROM delivery
      WHERE delivery.endpoint_seq = asked.endpoint_seq AND state = 0 AND due_at <= $5
        AND delivery.fence IS DISTINCT FROM asked.fence
      ORDER BY due_at ${order}, seq ${order} LIMIT asked.most) AS due
    WHERE NOT asked.is_probe OR NOT EXISTS (SELECT FROM delivery
      WHERE delivery.endpoint_seq = asked.endpoint_seq AND state = 0
        AND delivery.fence = asked.fence)`;
}
const OLDEST = searchFrom("ASC");
const NEWEST = searchFrom("DESC");
