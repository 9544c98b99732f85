/**
 * The order of deliveries with the same ordering key at one endpoint. The first pending one has a
 * due time, those behind it have none and are seen by no claim. Whenever one leaves `pending`, or
 * leaves the order, the first of those left gets its time. Each step is one search in the index
 * `delivery_keyed`, whatever waits behind.
 *
 * Who accepts for a key looks whether somebody is before it, and may not see that he is just leaving;
 * who leaves may not see who just came. So both hold the lock of the key while they look.
 */
import type { QueueStore } from "../queue.ts";
import { addDue, type Due } from "./endpoint-queue.ts";
import { lockAlone } from "./locks.ts";
import { STILL_PENDING } from "./still-pending.ts";
import type { Tx } from "./types.ts";

export type OrderKey = {
  readonly appSeq: number;
  readonly endpointSeq: number;
  readonly orderingKey: string;
};

/** The lock of the key, of all endpoints of the app. */
function orderLock({ appSeq, orderingKey }: Omit<OrderKey, "endpointSeq">): string {
  return `${appSeq} ${orderingKey}`;
}

/**
 * The deliveries that are now first get their due times; gives the endpoints that have work by it.
 * Called after others have left the order, by whatever way.
 */
export async function releaseNext(
  tx: Tx,
  keys: readonly OrderKey[],
  now: number,
): Promise<readonly number[]> {
  const dues = await letFirstGo(tx, keys, now);
  await addDue(tx, dues);
  return [...new Set(dues.map(({ endpointSeq }) => endpointSeq))];
}

/** As `releaseNext`, but telling the queue of them is left to the caller. */
export async function letFirstGo(
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

/** Waiting deliveries whose `skip_at` has passed become due; endpoints that got work are noted. */
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
  // What another node let go meanwhile is its own to tell.
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

/** Not before their schedules begin. Those that have their time already keep it. */
async function makeDue(tx: Tx, seqs: readonly number[], now: number): Promise<readonly Due[]> {
  if (seqs.length === 0) return [];
  return await tx.sql<Due>(MAKE_DUE, [seqs.toSorted((a, b) => a - b), now]);
}

/** The first one may have its time already: it was let go by `skipAfter`, or another was first. */
const FIND_FIRST = `SELECT first.seq
  FROM (SELECT DISTINCT * FROM unnest($1::bigint[], $2::text[])) AS asked (endpoint_seq, ordering_key)
  CROSS JOIN LATERAL (SELECT seq, due_at FROM delivery
    WHERE delivery.endpoint_seq = asked.endpoint_seq AND delivery.ordering_key = asked.ordering_key
      AND state = 0 ORDER BY seq LIMIT 1) AS first
  WHERE first.due_at IS NULL`;
const MAKE_DUE = `UPDATE delivery SET due_at = greatest($2, base_at)
  FROM unnest($1::bigint[]) AS asked (seq)
  WHERE delivery.seq = asked.seq AND ${STILL_PENDING} AND due_at IS NULL RETURNING endpoint_seq, due_at`;
