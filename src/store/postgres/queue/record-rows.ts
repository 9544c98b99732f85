/** The rows of outcomes: deliveries and attempts, each kind in one statement. */
import { STATES } from "../../queue/delivery-state.ts";
import type { RecordedOutcome } from "../../interface/queue.ts";
import type { RoutedEndpoint } from "../cluster/routed-endpoint.ts";
import { STILL_PENDING } from "./still-pending.ts";
import type { Tx } from "../types.ts";

/** An outcome with the fence that its shard has now. */
export type Current = { readonly outcome: RecordedOutcome; readonly endpoint: RoutedEndpoint };
export type Written = Current & {
  readonly eventSeq: number;
  readonly orderingKey: string | null;
  readonly bytes: number;
};
type Row = Pick<Written, "eventSeq" | "orderingKey" | "bytes"> & { readonly seq: number };

/**
 * Writes the outcomes of deliveries that are still leased under their fences; returns these in the given
 * order. Of several outcomes of one delivery only the first is written.
 */
export async function writeOutcomes(
  tx: Tx,
  current: readonly Current[],
  now: number,
): Promise<readonly Written[]> {
  const first = new Map<number, Current>();
  for (const one of current) {
    if (!first.has(one.outcome.deliveryId)) first.set(one.outcome.deliveryId, one);
  }
  if (first.size === 0) return [];
  const outcomes = [...first.values()].map(({ outcome }) => outcome);
  const column = (read: (outcome: RecordedOutcome) => unknown) => outcomes.map(read);
  const rows = await tx.sql<Row>(UPDATE, [
    column(({ deliveryId }) => deliveryId),
    column(({ fence }) => fence),
    column(({ next }) => STATES[next.state]),
    column(({ next }) => (next.state === "pending" ? next.dueAt : null)),
    column(({ next }) => (next.state === "pending" ? next.slot : null)),
    column(({ next }) => (next.state === "failed" ? next.reason : null)),
    column(({ attempt }) => attempt !== null),
    now,
  ]);
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  return [...first].flatMap(([seq, one]) => {
    const row = bySeq.get(seq);
    return row === undefined ? [] : [{ ...one, ...row }];
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

/** A fault of the server counts as no attempt, and a replay that met one is still pending. */
const UPDATE = `UPDATE delivery SET fence = NULL, state = asked.state,
    due_at = coalesce(asked.due_at, delivery.due_at), slot = coalesce(asked.slot, delivery.slot),
    finished_at = CASE WHEN asked.state <> 0 THEN $8::bigint END, reason = asked.reason,
    attempts = attempts + asked.is_tried::int, manual = manual AND NOT asked.is_tried
  FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bigint[], $5::int[], $6::text[],
    $7::boolean[]) AS asked (seq, fence, state, due_at, slot, reason, is_tried)
  WHERE delivery.seq = asked.seq AND delivery.fence = asked.fence AND ${STILL_PENDING}
  RETURNING delivery.seq, event_seq, delivery.ordering_key, bytes`;
const INSERT = `INSERT INTO attempt (seq, delivery_seq, event_seq, endpoint_seq, at, id, duration_ms,
    status_code, succeeded, manual, url, response, reason, resent)
  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],
    $6::text[], $7::int[], $8::int[], $9::boolean[], $10::boolean[], $11::text[], $12::text[],
    $13::text[], $14::boolean[])`;
