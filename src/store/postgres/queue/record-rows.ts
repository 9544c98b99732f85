/** The rows of outcomes: deliveries and attempts, each kind in one statement. */
import type { RecordedOutcome } from "../../interface/queue.ts";
import { ATTEMPT_COLUMNS, writeAttempts, type AttemptValues } from "../../queue/attempt-columns.ts";
import type {
  Current,
  FencedEndpoints,
  OutcomeChange,
  Written,
} from "../../queue/queue-statements.ts";
import { STATES } from "../../queue/delivery-state.ts";
import { keepFences } from "../cluster/owner-lease.ts";
import { toColumn, toUnnest } from "../server/column-arrays.ts";
import { loadEndpointsById, toFenced } from "../tenancy/endpoint-load.ts";
import { STILL_PENDING } from "./still-pending.ts";
import type { Tx } from "../types.ts";

type Row = Pick<Written, "eventSeq" | "orderingKey" | "bytes" | "attempts"> & {
  readonly seq: number;
};
type Change = Current & { readonly change: OutcomeChange };

export async function loadFenced(
  tx: Tx,
  outcomes: readonly RecordedOutcome[],
): Promise<FencedEndpoints> {
  const shards = outcomes.map(({ shard }) => shard);
  const ids = new Set(outcomes.map(({ endpointId }) => endpointId));
  return toFenced(await keepFences(tx, shards, () => loadEndpointsById(tx, [...ids])));
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
    all.map(({ change, endpoint }) => (change.state === STATES.failed ? endpoint.appSeq : null)),
  ]);
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  return [...first].flatMap(([seq, { outcome, endpoint }]) => {
    const row = bySeq.get(seq);
    if (row !== undefined) return [{ outcome, endpoint, ...row }];
    // Another node may have ended the delivery, whose lease takes room on this node until now.
    tx.afterCommit.leased({ endpointSeq: endpoint.seq, fence: outcome.fence, count: 1 });
    return [];
  });
}

/** Rows of attempts are in the days of their instants. */
export async function insertAttempts(tx: Tx, rows: readonly Written[]): Promise<void> {
  const count = rows.filter(({ outcome }) => outcome.attempt !== null).length;
  if (count === 0) return;
  const { numbers } = tx.node;
  await numbers.reserve(tx, "attempt", count);
  const made: AttemptValues[] = [];
  const toSeq = (at: number): number => numbers.next("attempt", at);
  writeAttempts(rows, toSeq, (...values) => made.push(values));
  await tx.run(
    INSERT,
    ATTEMPT_COLUMNS.map((_, i) => made.map((values) => values[i])),
  );
}

const UPDATE = `UPDATE delivery SET fence = NULL, state = asked.state,
    due_at = coalesce(asked.due_at, delivery.due_at), slot = coalesce(asked.slot, delivery.slot),
    reason = asked.reason, finished_at = asked.finished_at,
    attempts = delivery.attempts + asked.attempts, manual = manual AND asked.keeps_manual,
    failed_app = coalesce(asked.failed_app, delivery.failed_app)
  FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bigint[], $5::int[], $6::text[],
    $7::bigint[], $8::int[], $9::boolean[], $10::bigint[])
    AS asked (seq, fence, state, due_at, slot, reason, finished_at, attempts, keeps_manual,
      failed_app)
  WHERE delivery.seq = asked.seq AND delivery.fence = asked.fence AND ${STILL_PENDING}
  RETURNING delivery.seq, event_seq, delivery.ordering_key, bytes, delivery.attempts`;
const INSERT = `INSERT INTO attempt (${ATTEMPT_COLUMNS.map(toColumn).join(", ")})
  SELECT * FROM ${toUnnest(ATTEMPT_COLUMNS)}`;
