/**
 * Deliveries that a node accepts for another node's shards. It writes a row for each of them, which no other
 * transaction touches. So accepting waits for no claim, and no claim waits for accepting. The owner takes the
 * rows and leases those for which it has room, as accept does for its shards. The others go to the queue. A
 * row is only a hint: the delivery itself has the current state.
 */
import { loadEndpointsBySeq } from "../tenancy/endpoint-load.ts";
import type { RoutedEndpoint } from "./routed-endpoint.ts";
import { addDue } from "../queue/endpoint-queue.ts";
import { createLeases } from "../queue/lease-room.ts";
import { leaseRows } from "../queue/lease-due.ts";
import { lockShared } from "../server/locks.ts";
import type { DueRow } from "../queue/pick-due.ts";
import { LAZY_COMMIT } from "../transaction.ts";
import type { Tx } from "../types.ts";

export type Forwarded = DueRow & { readonly shard: number; readonly dueAt: number };

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

/** Takes up to `limit` rows of these shards and returns their number. `owner` is in this process. */
export async function takeForwarded(
  tx: Tx,
  p: { owner: string; shards: readonly number[]; limit: number },
): Promise<number> {
  const [, , taken] = await Promise.all([
    tx.run(LAZY_COMMIT),
    // Under this lock, the owner of the endpoints that are read afterwards stays their owner.
    lockShared(tx, "owner", [p.owner]),
    tx.sql<Forwarded>(TAKE, [p.shards, p.limit]),
  ]);
  if (taken.length === 0) return 0;
  const rows = taken.toSorted((a, b) => a.seq - b.seq);
  const endpoints = await loadEndpointsBySeq(tx, [
    ...new Set(rows.map(({ endpointSeq }) => endpointSeq)),
  ]);
  const { picked, dues } = divide(tx, rows, { owner: p.owner, endpoints });
  // Claims lock in this order too: queue rows, then deliveries.
  await addDue(tx, dues);
  // The latest due time, by the clock of the accepting node; retries are due later.
  const now = rows.reduce((latest, { dueAt }) => Math.max(latest, dueAt), 0);
  const leased = await leaseRows(tx, picked, { endpoints, probeAt: new Map(), now });
  for (const delivery of leased) tx.afterCommit.direct({ owner: p.owner, delivery });
  return taken.length;
}

/** Deliveries of an endpoint that is not enabled are skipped: enabling it finds all that wait. */
function divide(
  tx: Tx,
  rows: readonly Forwarded[],
  p: { owner: string; endpoints: ReadonlyMap<number, RoutedEndpoint> },
): { readonly picked: readonly Forwarded[]; readonly dues: readonly Forwarded[] } {
  const open = new Set<number>();
  for (const { seq, probeAt } of p.endpoints.values()) if (probeAt !== null) open.add(seq);
  const owners = new Set(tx.node.isListening(p.owner) ? [p.owner] : []);
  const leases = createLeases(tx, { owners, open });
  const picked: Forwarded[] = [];
  const dues: Forwarded[] = [];
  for (const row of rows) {
    const endpoint = p.endpoints.get(row.endpointSeq);
    if (endpoint?.status !== "enabled") continue;
    const lease = endpoint.owner === p.owner ? leases.take(endpoint, row.bytes) : null;
    // When the fences differ, the one in the database is newer.
    if (lease !== null && lease.fence === endpoint.fence) picked.push(row);
    else dues.push(row);
  }
  return { picked, dues };
}

const INSERT = `INSERT INTO handover (shard, delivery_seq, event_seq, endpoint_seq, due_at, bytes)
  SELECT asked.* FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::int[])
    AS asked (shard, delivery_seq, event_seq, endpoint_seq, due_at, bytes)
  JOIN shard ON shard.shard = asked.shard AND shard.owner IS NOT NULL
  RETURNING delivery_seq AS seq`;
const TAKE = `DELETE FROM handover WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM handover WHERE shard = ANY ($1::int[]) LIMIT $2 FOR UPDATE SKIP LOCKED))
  RETURNING shard, delivery_seq AS seq, event_seq, endpoint_seq, due_at, bytes`;
