/** The rows of outcomes: deliveries and attempts, each kind in one statement. */
import type { RecordedOutcome } from "../../interface/queue.ts";
import type { Current, OutcomeChange, Written } from "../../queue/queue-statements.ts";
import { keepFences } from "../cluster/owner-lease.ts";
import { loadEndpointsById } from "../tenancy/endpoint-load.ts";
import { STILL_PENDING } from "./still-pending.ts";
import type { Tx } from "../types.ts";

type Row = Pick<Written, "eventSeq" | "orderingKey" | "bytes"> & { readonly seq: number };
type Change = Current & { readonly change: OutcomeChange };

export async function findCurrent(
  tx: Tx,
  outcomes: readonly RecordedOutcome[],
): Promise<readonly Current[]> {
  const shards = outcomes.map(({ shard }) => shard);
  const ids = new Set(outcomes.map(({ endpointId }) => endpointId));
  const endpoints = await keepFences(tx, shards, () => loadEndpointsById(tx, [...ids]));
  return outcomes.flatMap((outcome) => {
    const endpoint = endpoints.get(outcome.endpointId);
    return endpoint?.fence === outcome.fence ? [{ outcome, endpoint }] : [];
  });
}

export async function writeOutcomes(
  tx: Tx,
  changes: readonly Change[],
): Promise<readonly Written[]> {
  const first = new Map<number, Change>();
  for (const one of changes) {
    if (!first.has(one.outcome.deliveryId)) first.set(one.outcome.deliveryId, one);
  }
  if (first.size === 0) return [];
  const all = [...first.values()];
  const rows = await tx.sql<Row>(UPDATE, [
    all.map(({ outcome }) => outcome.deliveryId),
    all.map(({ outcome }) => outcome.fence),
    all.map(({ change }) => change.state),
    all.map(({ change }) => change.dueAt),
    all.map(({ change }) => change.slot),
    all.map(({ change }) => change.reason),
    all.map(({ change }) => change.finishedAt),
    all.map(({ change }) => change.attempts),
    all.map(({ change }) => change.keepsManual),
  ]);
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  return [...first].flatMap(([seq, { outcome, endpoint }]) => {
    const row = bySeq.get(seq);
    if (row !== undefined) return [{ outcome, endpoint, ...row }];
    // Another node may have ended the delivery, whose lease takes room on this node until now.
    tx.afterCommit.leased({ endpointSeq: endpoint.seq, fence: outcome.fence, count: -1 });
    return [];
  });
}

/** Rows of attempts are in the days of their instants. */
export async function insertAttempts(tx: Tx, rows: readonly Written[]): Promise<void> {
  const made = rows.flatMap(({ outcome, eventSeq, endpoint }) =>
    outcome.attempt === null
      ? []
      : [
          {
            ...outcome.attempt,
            deliverySeq: outcome.deliveryId,
            eventSeq,
            endpointSeq: endpoint.seq,
          },
        ],
  );
  if (made.length === 0) return;
  const { numbers } = tx.node;
  await numbers.reserve(tx, "attempt", made.length);
  const column = (read: (attempt: (typeof made)[number]) => unknown) => made.map(read);
  await tx.run(INSERT, [
    column(({ at }) => numbers.next("attempt", at)),
    column(({ deliverySeq }) => deliverySeq),
    column(({ eventSeq }) => eventSeq),
    column(({ endpointSeq }) => endpointSeq),
    column(({ at }) => at),
    column(({ id }) => id),
    column(({ durationMs }) => durationMs),
    column(({ statusCode }) => statusCode),
    column(({ succeeded }) => succeeded),
    column(({ trigger }) => trigger === "manual"),
    column(({ url }) => url),
    column(({ response }) => response),
    column(({ reason }) => reason),
    column(({ isResent }) => isResent),
  ]);
}

const UPDATE = `UPDATE delivery SET fence = NULL, state = asked.state,
    due_at = coalesce(asked.due_at, delivery.due_at), slot = coalesce(asked.slot, delivery.slot),
    reason = asked.reason, finished_at = asked.finished_at,
    attempts = delivery.attempts + asked.attempts, manual = manual AND asked.keeps_manual
  FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bigint[], $5::int[], $6::text[],
    $7::bigint[], $8::int[], $9::boolean[])
    AS asked (seq, fence, state, due_at, slot, reason, finished_at, attempts, keeps_manual)
  WHERE delivery.seq = asked.seq AND delivery.fence = asked.fence AND ${STILL_PENDING}
  RETURNING delivery.seq, event_seq, delivery.ordering_key, bytes`;
const INSERT = `INSERT INTO attempt (seq, delivery_seq, event_seq, endpoint_seq, at, id, duration_ms,
    status_code, succeeded, manual, url, response, reason, resent)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
    $6::text[], $7::int[], $8::int[], $9::boolean[], $10::boolean[], $11::text[], $12::text[],
    $13::text[], $14::boolean[])`;
