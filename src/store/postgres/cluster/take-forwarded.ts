/**
 * Deliveries that other nodes accepted for this node's shards. The owner leases those for which it has room, as
 * accept does for its shards. The others go to the queue.
 */
import { loadEndpointsBySeq } from "../tenancy/endpoint-load.ts";
import type { RoutedEndpoint } from "./routed-endpoint.ts";
import { addDue } from "../queue/endpoint-queue.ts";
import { createLeases } from "../queue/lease-room.ts";
import { leaseRows } from "../queue/lease-due.ts";
import { lockShared } from "../server/locks.ts";
import type { Forwarded } from "./forwarding.ts";
import { LAZY_COMMIT } from "../transaction.ts";
import type { Tx } from "../types.ts";

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

const TAKE = `DELETE FROM handover WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM handover WHERE shard = ANY ($1::int[]) LIMIT $2 FOR UPDATE SKIP LOCKED))
  RETURNING shard, delivery_seq AS seq, event_seq, endpoint_seq, due_at, bytes`;
