import type { EndedRow, OutcomeChange, PendingDelivery } from "../../queue/queue-statements.ts";
import { STATES } from "../../queue/delivery-state.ts";
import { STILL_PENDING } from "./still-pending.ts";
import type { Tx } from "../types.ts";

/**
 * The lease of an ended delivery makes room at once on this node; another node makes room with the outcome of
 * the running attempt.
 */
export async function endRows(
  tx: Tx,
  deliveries: readonly PendingDelivery[],
  change: Pick<OutcomeChange, "state" | "reason"> & { readonly finishedAt: number },
): Promise<readonly EndedRow[]> {
  return await tx.sql(END, [
    deliveries.map(({ seq }) => seq).toSorted((a, b) => a - b),
    change.state,
    change.reason,
    change.finishedAt,
  ]);
}

const END = `UPDATE delivery
  SET state = $2::smallint, due_at = NULL, fence = NULL, reason = $3, finished_at = $4,
    failed_app = CASE WHEN $2::smallint = ${STATES.failed} THEN
      (SELECT app_seq FROM endpoint WHERE endpoint.seq = delivery.endpoint_seq)
      ELSE failed_app END
  FROM (SELECT seq, fence FROM delivery WHERE seq = ANY ($1::bigint[]) AND ${STILL_PENDING}
    ORDER BY seq FOR UPDATE) AS locked
  WHERE delivery.seq = locked.seq AND ${STILL_PENDING}
  RETURNING delivery.seq, bytes, locked.fence AS held_by`;
