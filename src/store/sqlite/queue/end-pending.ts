/** Ends a pending delivery without an attempt: expired, expunged, or cancelled. */
import { releaseNext } from "./ordering.ts";
import { STATES } from "../../queue/delivery-state.ts";
import type { Writer } from "../thread/writer-types.ts";

export type PendingDelivery = {
  readonly seq: number;
  readonly endpointSeq: number;
  readonly appSeq: number;
  readonly fence: number | null;
  readonly orderingKey: string | null;
};

/**
 * A running attempt continues to its end, and its outcome is then stale. The next delivery of its ordering
 * key gets its due time.
 */
export function endPending(
  writer: Writer,
  delivery: PendingDelivery,
  p: { state: "failed" | "cancelled"; reason: string | null; now: number },
): void {
  const row = writer
    .sql(
      `UPDATE delivery SET state = ?, dueAt = NULL, fence = NULL, reason = ?, finishedAt = ?
       WHERE seq = ? RETURNING bytes`,
    )
    .get(STATES[p.state], p.reason, p.now, delivery.seq);
  writer.afterCommit.tally(delivery.appSeq, {
    [p.state]: 1,
    pendingBytes: -(row?.["bytes"] as number),
  });
  writer.backlog.add(delivery.endpointSeq, -1);
  const endpoint = writer.state.endpointBySeq(delivery.endpointSeq);
  const fence = endpoint === null ? undefined : writer.state.shards()[endpoint.shard]?.fence;
  if (delivery.fence !== null && delivery.fence === fence) {
    writer.state.addLeased(delivery.endpointSeq, fence, -1);
  }
  if (delivery.orderingKey !== null) {
    const { endpointSeq, orderingKey } = delivery;
    releaseNext(writer, { endpointSeq, orderingKey, now: p.now });
  }
}
