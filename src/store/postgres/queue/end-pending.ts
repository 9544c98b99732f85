/** Ends pending deliveries without an attempt: expired, expunged, or cancelled. */
import { STATES } from "../../queue/delivery-state.ts";
import { releaseNext } from "./ordering.ts";
import { STILL_PENDING } from "./still-pending.ts";
import type { Tx } from "../types.ts";

export type PendingDelivery = {
  readonly seq: number;
  readonly endpointSeq: number;
  readonly appSeq: number;
  readonly orderingKey: string | null;
};

type Ended = { readonly seq: number; readonly bytes: number; readonly heldBy: number | null };

/**
 * A running attempt continues to its end, and its report is then stale. Its lease makes room at once on this
 * node; another node makes room with that report. The next delivery of each ordering key gets its due time.
 * Deliveries that others have ended meanwhile stay unchanged. Returns the deliveries that were ended here.
 */
export async function endPending<Delivery extends PendingDelivery>(
  tx: Tx,
  deliveries: readonly Delivery[],
  p: { state: "failed" | "cancelled"; reason: string | null; now: number },
): Promise<readonly Delivery[]> {
  if (deliveries.length === 0) return [];
  const ended = await tx.sql<Ended>(END, [
    deliveries.map(({ seq }) => seq).toSorted((a, b) => a - b),
    STATES[p.state],
    p.reason,
    p.now,
  ]);
  const rows = new Map(ended.map((row) => [row.seq, row]));
  const ending = deliveries.filter(({ seq }) => rows.has(seq));
  for (const { seq, appSeq, endpointSeq } of ending) {
    const { bytes, heldBy } = rows.get(seq) as Ended;
    tx.afterCommit.tally(appSeq, { [p.state]: 1, pendingBytes: -bytes });
    tx.afterCommit.pending({ endpointSeq, count: -1 });
    if (heldBy !== null) tx.afterCommit.leased({ endpointSeq, fence: heldBy, count: -1 });
  }
  const keys = ending.flatMap(({ appSeq, endpointSeq, orderingKey }) =>
    orderingKey === null ? [] : [{ appSeq, endpointSeq, orderingKey }],
  );
  await releaseNext(tx, keys, p.now);
  return ending;
}

const END = `UPDATE delivery
  SET state = $2, due_at = NULL, fence = NULL, reason = $3, finished_at = $4
  FROM (SELECT seq, fence FROM delivery WHERE seq = ANY ($1::bigint[]) AND ${STILL_PENDING}
    ORDER BY seq FOR UPDATE) AS locked
  WHERE delivery.seq = locked.seq AND ${STILL_PENDING}
  RETURNING delivery.seq, bytes, locked.fence AS held_by`;
