/** Takes deliveries that other nodes accepted for this node's shards. */
import { loadEndpointsBySeq } from "../tenancy/endpoint-load.ts";
import { divideForwarded, type Forwarded } from "../../queue/forwarding.ts";
import { addDue } from "../queue/endpoint-queue.ts";
import { createLeases } from "../queue/lease-room.ts";
import { leaseRows } from "../queue/lease-due.ts";
import { lockShared } from "../server/locks.ts";
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
  const open = new Set<number>();
  for (const { seq, probeAt } of endpoints.values()) if (probeAt !== null) open.add(seq);
  const owners = new Set(tx.node.isListening(p.owner) ? [p.owner] : []);
  const findLease = createLeases(tx, { owners, open });
  const { leased: picked, dues } = divideForwarded(rows, { ...p, endpoints, findLease });
  // Claims lock in this order too: queue rows, then deliveries.
  await addDue(tx, dues);
  // The latest due time, by the clock of the accepting node; retries are due later.
  const now = rows.reduce((latest, { dueAt }) => Math.max(latest, dueAt), 0);
  const leased = await leaseRows(tx, picked, { endpoints, probeAt: new Map(), now });
  for (const delivery of leased) tx.afterCommit.direct({ owner: p.owner, delivery });
  return taken.length;
}

const TAKE = `DELETE FROM handover WHERE ctid = ANY (ARRAY (
    SELECT ctid FROM handover WHERE shard = ANY ($1::int[]) LIMIT $2 FOR UPDATE SKIP LOCKED))
  RETURNING shard, delivery_seq AS seq, event_seq, endpoint_seq, due_at, bytes`;
