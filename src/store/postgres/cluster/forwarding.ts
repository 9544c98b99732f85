/**
 * Deliveries that a node accepts for another node's shards. It writes a row for each of them, which no other
 * transaction touches. So accepting waits for no claim, and no claim waits for accepting. A row is only a hint:
 * the delivery itself has the current state.
 */
import type { Forwarded } from "../../queue/forwarding.ts";
import type { Tx } from "../types.ts";

/**
 * The owners are notified after the commit. Returns the deliveries whose shard has no owner: they belong into
 * the queue.
 */
export async function forward(tx: Tx, rows: readonly Forwarded[]): Promise<readonly Forwarded[]> {
  if (rows.length === 0) return [];
  const written = await tx.sql<{ seq: number }>(INSERT, [
    rows.map(({ shard }) => shard),
    rows.map(({ seq }) => seq),
    rows.map(({ eventSeq }) => eventSeq),
    rows.map(({ endpointSeq }) => endpointSeq),
    rows.map(({ dueAt }) => dueAt),
    rows.map(({ bytes }) => bytes),
  ]);
  const forwarded = new Set(written.map(({ seq }) => seq));
  for (const { seq, shard } of rows) if (forwarded.has(seq)) tx.afterCommit.forwarded(shard);
  return rows.filter(({ seq }) => !forwarded.has(seq));
}

const INSERT = `INSERT INTO handover (shard, delivery_seq, event_seq, endpoint_seq, due_at, bytes)
  SELECT asked.* FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::int[])
    AS asked (shard, delivery_seq, event_seq, endpoint_seq, due_at, bytes)
  JOIN shard ON shard.shard = asked.shard AND shard.owner IS NOT NULL
  RETURNING delivery_seq AS seq`;
