/**
 * The order of deliveries with the same ordering key at one endpoint. The first pending one has a due time.
 * Those behind it have none, and no claim sees them. Whenever one leaves `pending`, or leaves the order, the
 * first of the remaining ones gets its due time. Each step is one search in the index `delivery_keyed`,
 * however many wait behind.
 *
 * A transaction that accepts for a key checks for an earlier delivery, and may not see that it is just
 * leaving. A transaction that ends a delivery may not see one that was just added. So both hold the lock of
 * the key while they check.
 */
import type { QueueStore } from "../../interface/queue.ts";
import type { OrderKey } from "../../session.ts";
import { addDue, type Due } from "./endpoint-queue.ts";
import { lockAlone } from "../server/locks.ts";
import { STILL_PENDING } from "./still-pending.ts";
import type { Tx } from "../types.ts";

/** The lock of the key, for all endpoints of the app. */
function orderLock({ appSeq, orderingKey }: Omit<OrderKey, "endpointSeq">): string {
  return `${appSeq} ${orderingKey}`;
}

/**
 * Gives the deliveries that are now first their due times; returns the endpoints that thereby have work.
 * Called after others have left the order in any way.
 */
export async function releaseNext(
  tx: Tx,
  keys: readonly OrderKey[],
  now: number,
): Promise<readonly number[]> {
  const dues = await makeFirstDue(tx, keys, now);
  await addDue(tx, dues);
  return [...new Set(dues.map(({ endpointSeq }) => endpointSeq))];
}

/** Like `releaseNext`, but the caller adds the deliveries to the queue. */
export async function makeFirstDue(
  tx: Tx,
  keys: readonly OrderKey[],
  now: number,
): Promise<readonly Due[]> {
  if (keys.length === 0) return [];
  await lockAlone(tx, "orderingKey", keys.map(orderLock));
  const firsts = await tx.sql<{ seq: number }>(FIND_FIRST, [
    keys.map(({ endpointSeq }) => endpointSeq),
    keys.map(({ orderingKey }) => orderingKey),
  ]);
  return await makeDue(
    tx,
    firsts.map(({ seq }) => seq),
    now,
  );
}

/** Makes waiting deliveries due once their `skip_at` has passed; returns the endpoints that got work. */
export async function skipOverdue(
  tx: Tx,
  p: Parameters<QueueStore["skipOverdue"]>[0],
): Promise<{ readonly due: readonly string[] }> {
  const overdue = await tx.sql<{ seq: number; endpointSeq: number; endpointId: string }>(
    `SELECT overdue.seq, endpoint.seq AS endpoint_seq, endpoint.id AS endpoint_id
     FROM (SELECT seq, endpoint_seq FROM delivery
       WHERE state = 0 AND due_at IS NULL AND skip_at <= $1 ORDER BY skip_at LIMIT $2) AS overdue
     JOIN endpoint ON endpoint.seq = overdue.endpoint_seq`,
    [p.now, p.limit],
  );
  if (overdue.length === 0) return { due: [] };
  // Deliveries that another node released meanwhile are reported by that node.
  const dues = await makeDue(
    tx,
    overdue.map(({ seq }) => seq),
    p.now,
  );
  await addDue(tx, dues);
  const due = new Set(dues.map(({ endpointSeq }) => endpointSeq));
  const ids = overdue.filter(({ endpointSeq }) => due.has(endpointSeq));
  return { due: [...new Set(ids.map(({ endpointId }) => endpointId))] };
}

/**
 * A due time is never before the beginning of the schedule. Deliveries that have a due time already keep it.
 */
async function makeDue(tx: Tx, seqs: readonly number[], now: number): Promise<readonly Due[]> {
  if (seqs.length === 0) return [];
  return await tx.sql<Due>(MAKE_DUE, [seqs.toSorted((a, b) => a - b), now]);
}

/** The first one may have its due time already: `skipAfter` released it, or another one was first. */
const FIND_FIRST = `SELECT first.seq
  FROM (SELECT DISTINCT * FROM unnest($1::bigint[], $2::text[])) AS asked (endpoint_seq, ordering_key)
  CROSS JOIN LATERAL (SELECT seq, due_at FROM delivery
    WHERE delivery.endpoint_seq = asked.endpoint_seq AND delivery.ordering_key = asked.ordering_key
      AND state = 0 ORDER BY seq LIMIT 1) AS first
  WHERE first.due_at IS NULL`;
const MAKE_DUE = `UPDATE delivery SET due_at = greatest($2, base_at)
  FROM unnest($1::bigint[]) AS asked (seq)
  WHERE delivery.seq = asked.seq AND ${STILL_PENDING} AND due_at IS NULL RETURNING endpoint_seq, due_at`;
