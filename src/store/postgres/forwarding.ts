/**
 * What a node accepts for shards of another one. It writes a row for each such delivery, which nobody
 * else touches, so accepting waits for no claim and no claim for it. The owner takes the rows and leases
 * what has room to itself, as accept does for its own shards; the rest goes to the queue. A row tells
 * only that there may be something: what became of the delivery meanwhile, the delivery says.
 */
import { loadEndpointsBySeq } from "./endpoint-load.ts";
import type { RoutedEndpoint } from "./routed-endpoint.ts";
import { addDue } from "./endpoint-queue.ts";
import { createLeases } from "./lease-room.ts";
import { leaseRows } from "./lease-due.ts";
import { lockShared } from "./locks.ts";
import type { DueRow } from "./pick-due.ts";
import { LAZY_COMMIT } from "./transaction.ts";
import type { Tx } from "./types.ts";

export type Forwarded = DueRow & { readonly shard: number; readonly dueAt: number };

/** Owners are told after the commit. Gives those whose shard has none: they belong into the queue. */
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
  const handed = new Set(written.map(({ seq }) => seq));
  for (const { seq, shard } of rows) if (handed.has(seq)) tx.afterCommit.handed(shard);
  return rows.filter(({ seq }) => !handed.has(seq));
}

/** Takes up to `limit` rows of these shards; gives how many. `owner` is of this process. */
export async function takeForwarded(
  tx: Tx,
  p: { owner: string; shards: readonly number[]; limit: number },
): Promise<number> {
  const [, , taken] = await Promise.all([
    tx.run(LAZY_COMMIT),
    // Whom the endpoints that are read after it say they belong to, they belong to until the end.
    lockShared(tx, "owner", [p.owner]),
    tx.sql<Forwarded>(TAKE, [p.shards, p.limit]),
  ]);
  if (taken.length === 0) return 0;
  const rows = taken.toSorted((a, b) => a.seq - b.seq);
  const endpoints = await loadEndpointsBySeq(tx, [
    ...new Set(rows.map(({ endpointSeq }) => endpointSeq)),
  ]);
  const { picked, dues } = divide(tx, rows, { owner: p.owner, endpoints });
  // First, as claims lock: places in the queue, then deliveries.
  await addDue(tx, dues);
  // As late as the latest of them, by the clock of whoever accepted it; retries are due later.
  const now = rows.reduce((latest, { dueAt }) => Math.max(latest, dueAt), 0);
  const leased = await leaseRows(tx, picked, { endpoints, probeAt: new Map(), now });
  for (const delivery of leased) tx.afterCommit.direct({ owner: p.owner, delivery });
  return taken.length;
}

/** Of an endpoint that is not enabled nothing is due: whoever enables it looks at all that waits. */
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
    // The fence in the database is the newer one when they differ.
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
