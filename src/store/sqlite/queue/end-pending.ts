/** Ends pending deliveries without an attempt: expired, expunged, or cancelled. */
import type { EndedRow, OutcomeChange, PendingDelivery } from "../../queue/queue-statements.ts";
import { STATES } from "../../queue/delivery-state.ts";
import type { Writer } from "../thread/writer-types.ts";

export function endRows(
  { sql, arrays, state }: Writer,
  deliveries: readonly PendingDelivery[],
  change: Pick<OutcomeChange, "state" | "reason"> & { readonly finishedAt: number },
): readonly EndedRow[] {
  const isFailure = change.state === STATES.failed;
  return deliveries.flatMap(({ seq, endpointSeq, appSeq }) => {
    const row = arrays("SELECT bytes, fence FROM delivery WHERE seq = ? AND state = 0").get(
      seq,
    ) as unknown as [bytes: number, fence: number | null] | undefined;
    if (row === undefined) return [];
    const failedApp = isFailure ? appSeq : null;
    sql(
      `UPDATE delivery SET state = ?, dueAt = NULL, fence = NULL, reason = ?, finishedAt = ?,
        failedApp = coalesce(?, failedApp) WHERE seq = ?`,
    ).run(change.state, change.reason, change.finishedAt, failedApp, seq);
    const [bytes, fence] = row;
    const endpoint = fence === null ? null : state.endpointBySeq(endpointSeq);
    const isHeld = endpoint !== null && state.shards()[endpoint.shard]?.fence === fence;
    return [{ seq, bytes, heldBy: isHeld ? fence : null }];
  });
}
