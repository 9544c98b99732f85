/** Ending a delivery that is still owed, without an attempt: expired, expunged, or cancelled. */
import { releaseNext } from "./ordering.ts";
import { STATES } from "../delivery-state.ts";
import type { Writer } from "./writer-types.ts";

export type PendingDelivery = {
  readonly seq: number;
  readonly endpointSeq: number;
  readonly appSeq: number;
  readonly fence: number | null;
  readonly orderingKey: string | null;
};

/**
 * An attempt that is under way goes on to its end, and what it reports is stale by then. The next
 * one of its ordering key gets its due time.
 */
export function endPending(
  writer: Writer,
  owed: PendingDelivery,
  p: { state: "failed" | "cancelled"; reason: string | null; now: number },
): void {
  const row = writer
    .sql(
      `UPDATE delivery SET state = ?, dueAt = NULL, fence = NULL, reason = ?, finishedAt = ?
       WHERE seq = ? RETURNING bytes`,
    )
    .get(STATES[p.state], p.reason, p.now, owed.seq);
  writer.afterCommit.tally(owed.appSeq, {
    [p.state]: 1,
    pendingBytes: -(row?.["bytes"] as number),
  });
  writer.backlog.add(owed.endpointSeq, -1);
  const endpoint = writer.state.endpointBySeq(owed.endpointSeq);
  const fence = endpoint === null ? undefined : writer.state.shards()[endpoint.shard]?.fence;
  if (owed.fence !== null && owed.fence === fence) {
    writer.state.addLeased(owed.endpointSeq, fence, -1);
  }
  if (owed.orderingKey !== null) {
    const { endpointSeq, orderingKey } = owed;
    releaseNext(writer, { endpointSeq, orderingKey, now: p.now });
  }
}
