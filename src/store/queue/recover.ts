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
  /**
   * Null for an endpoint that is not enabled, or of another owner. Null also when all of the work waits behind
   * ordering keys whose first delivery is finished or gone.
   */
  readonly dueAt: number | null;
};

/** Endpoints of one step: about 10 ms of SQLite's writer. */
const MOST_ENDPOINTS = 500;

export function* recover(
  s: WriteSession,
  { owner, after = 0, limit = MOST_ENDPOINTS }: Parameters<ShardStore["recover"]>[0],
): Steps<{ readonly endpoints: number; readonly next: number | null }> {
  const found = yield* s.all<Found>(
    `WITH RECURSIVE step (endpoint_seq) AS (
       ${s.sql.firstPending("delivery.endpoint_seq > ?2")}
       UNION ALL
       SELECT (${s.sql.firstPending("delivery.endpoint_seq > step.endpoint_seq")})
       FROM step WHERE step.endpoint_seq IS NOT NULL
     )
     SELECT step.endpoint_seq, endpoint.id AS endpoint_id, endpoint.shard, endpoint.status, held.probe_at,
       CASE WHEN shard.shard IS NOT NULL THEN (
         SELECT due_at FROM delivery ${s.sql.indexedBy("delivery_due")}
         WHERE state = 0 AND due_at IS NOT NULL AND delivery.endpoint_seq = endpoint.seq
         ORDER BY due_at LIMIT 1) END AS due_at
     FROM step LEFT JOIN endpoint ON endpoint.seq = step.endpoint_seq AND endpoint.status = 'enabled'
       LEFT JOIN shard ON shard.shard = endpoint.shard AND shard.owner = ?1
       LEFT JOIN endpoint_state AS held
         ON held.endpoint_seq = endpoint.seq AND held.breaker = 'open'
     WHERE step.endpoint_seq IS NOT NULL LIMIT ?3`,
    [owner, after, limit],
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
  const last = found.reduce((most, { endpointSeq }) => Math.max(most, endpointSeq), after);
  const next = found.length < limit ? null : last;
  return { endpoints: places.length, next };
}
