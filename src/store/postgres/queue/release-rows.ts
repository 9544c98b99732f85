import type { QueueStore } from "../../interface/queue.ts";
import type { Due } from "../../queue/due.ts";
import { keepFences } from "../cluster/owner-lease.ts";
import type { Tx } from "../types.ts";
import { STILL_PENDING } from "./still-pending.ts";

export async function releaseRows(
  tx: Tx,
  p: Parameters<QueueStore["release"]>[0],
): Promise<readonly (Due & { readonly fence: number })[]> {
  const deliveries = [...new Map(p.deliveries.map((one) => [one.deliveryId, one])).values()];
  const shards = deliveries.map(({ shard }) => shard);
  return await keepFences(tx, shards, () =>
    tx.sql(RELEASE, [
      deliveries.map(({ deliveryId }) => deliveryId),
      shards,
      deliveries.map(({ fence }) => fence),
      p.dueAt,
    ]),
  );
}

const RELEASE = `UPDATE delivery SET fence = NULL, due_at = coalesce($4, due_at)
  FROM unnest($1::bigint[], $2::int[], $3::bigint[]) AS asked (seq, shard, fence)
  JOIN shard ON shard.shard = asked.shard AND shard.fence = asked.fence
  WHERE delivery.seq = asked.seq AND delivery.fence = asked.fence AND ${STILL_PENDING}
  RETURNING delivery.endpoint_seq, delivery.due_at, asked.fence`;
