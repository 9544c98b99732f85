/**
 * Statements for the order of deliveries (`store/queue/ordering.ts`).
 *
 * A transaction that accepts for a key checks for an earlier delivery, and may not see that it is just
 * leaving. A transaction that ends a delivery may not see one that was just added. So both hold the lock of
 * the key while they check.
 */
import type { Due, DueDelivery } from "../../queue/due.ts";
import { pendingOfKeySql } from "../../queue/ordering.ts";
import type { FirstOfKey, OrderKey } from "../../queue/queue-statements.ts";
import { lockAlone } from "../server/locks.ts";
import { STILL_PENDING } from "./still-pending.ts";
import type { Tx } from "../types.ts";

/** The lock of the key, for all endpoints of the app. */
function orderLock({ appSeq, orderingKey }: OrderKey): string {
  return `${appSeq} ${orderingKey}`;
}

export async function findFirsts(
  tx: Tx,
  keys: readonly OrderKey[],
): Promise<readonly FirstOfKey[]> {
  await lockAlone(tx, "orderingKey", keys.map(orderLock));
  return await tx.sql(FIND_FIRST, [
    keys.map(({ endpointSeq }) => endpointSeq),
    keys.map(({ orderingKey }) => orderingKey),
  ]);
}

export async function makeDue(tx: Tx, rows: readonly DueDelivery[]): Promise<readonly Due[]> {
  if (rows.length === 0) return [];
  const inOrder = rows.toSorted((a, b) => a.seq - b.seq);
  return await tx.sql(MAKE_DUE, [inOrder.map(({ seq }) => seq), inOrder.map(({ dueAt }) => dueAt)]);
}

const FIND_FIRST = `SELECT first.seq, asked.endpoint_seq, first.base_at, first.due_at
  FROM (SELECT DISTINCT * FROM unnest($1::bigint[], $2::text[])) AS asked (endpoint_seq, ordering_key)
  CROSS JOIN LATERAL (SELECT seq, base_at, due_at FROM delivery
    WHERE ${pendingOfKeySql("asked.endpoint_seq", "asked.ordering_key")}
    ORDER BY seq LIMIT 1) AS first`;
const MAKE_DUE = `UPDATE delivery SET due_at = asked.due_at
  FROM unnest($1::bigint[], $2::bigint[]) AS asked (seq, due_at)
  WHERE delivery.seq = asked.seq AND ${STILL_PENDING} AND delivery.due_at IS NULL
  RETURNING delivery.endpoint_seq, delivery.due_at`;
