/**
 * Puts the owner's endpoints with pending work into the queue. Deliveries under older fences are due again. It
 * steps from endpoint to endpoint along the index `delivery_due` and skips the deliveries between: half a
 * million deliveries of one endpoint are one step.
 */
import type { ShardStore } from "../interface/shards.ts";
import type { Steps, WriteSession } from "../session.ts";
import { nextDueAt } from "./next-due-at.ts";
import type { QueuePlace } from "./queue-statements.ts";

type Found = Omit<QueuePlace, "nextDueAt"> & {
  readonly status: "enabled";
  readonly probeAt: number | null;
  /** Null when all of the work waits behind ordering keys whose first delivery is finished or gone. */
  readonly dueAt: number | null;
};

export function* recover(
  s: WriteSession,
  p: Parameters<ShardStore["recover"]>[0],
): Steps<{ readonly endpoints: number }> {
  const found = yield* s.all<Found>(
    `WITH RECURSIVE step (endpoint_seq) AS (
       ${s.sql.firstPending("true")}
       UNION ALL
       SELECT (${s.sql.firstPending("delivery.endpoint_seq > step.endpoint_seq")})
       FROM step WHERE step.endpoint_seq IS NOT NULL
     )
     SELECT endpoint.seq AS endpoint_seq, endpoint.id AS endpoint_id, endpoint.shard, endpoint.status,
       held.probe_at, (SELECT due_at FROM delivery ${s.sql.indexedBy("delivery_due")}
         WHERE state = 0 AND due_at IS NOT NULL AND delivery.endpoint_seq = endpoint.seq
         ORDER BY due_at LIMIT 1) AS due_at
     FROM step CROSS JOIN endpoint
       JOIN shard ON shard.shard = endpoint.shard AND shard.owner = ?1
       LEFT JOIN endpoint_state AS held
         ON held.endpoint_seq = endpoint.seq AND held.breaker = 'open'
     WHERE endpoint.seq = step.endpoint_seq AND endpoint.status = 'enabled'`,
    [p.owner],
  );
  const places: QueuePlace[] = [];
  for (const { dueAt, ...row } of found) {
    if (dueAt === null) continue;
    const { endpointSeq, endpointId, shard } = row;
    // The owner has just taken its shards, so nothing is leased under their fences.
    const at = nextDueAt(row, { dueAt, hasLeased: () => false });
    if (at !== null) places.push({ endpointSeq, endpointId, shard, nextDueAt: at });
  }
  yield* s.addPlaces(places);
  return { endpoints: places.length };
}
