/**
 * Replays: a delivery in any state becomes due now, as a manual attempt of the same event. The receiver sees
 * the same dedupe id and the same bytes (I2). The delivery leaves its ordering key for good.
 *
 * A replay locks the app against changes of its endpoints. Then it locks the event, so that no other
 * transaction blanks or replays it, and then the deliveries. Only after that it checks whether a delivery is
 * leased.
 */
import { countWebhooks } from "../../../core/events/dialect-events.ts";
import { STATES } from "../../queue/delivery-state.ts";
import type { QueueStore } from "../../interface/queue.ts";
import { readParticipants } from "../../accept/snapshot-text.ts";
import { keepApp } from "../tenancy/apps.ts";
import { loadEndpointsBySeq, parkedUntil } from "../tenancy/endpoint-load.ts";
import type { RoutedEndpoint } from "../cluster/routed-endpoint.ts";
import { addDue } from "../queue/endpoint-queue.ts";
import { findEndpoint } from "../tenancy/endpoint-rows.ts";
import { probeNow } from "../queue/endpoint-state.ts";
import type { TallyChange } from "../../maintenance/tallies.ts";
import { findIdempotent, saveIdempotent } from "../accept/idempotency.ts";
import { releaseNext } from "../queue/ordering.ts";
import { toLeastId } from "../history/time-position.ts";
import type { Tx } from "../types.ts";

/** The row at the time of locking. */
export type ReopenedRow = {
  readonly seq: number;
  readonly state: number;
  readonly orderingKey: string | null;
};

type ReplayedEvent = {
  readonly seq: number;
  readonly type: string;
  readonly participants: string | null;
  readonly payload: string;
};

export async function replay(
  tx: Tx,
  p: Parameters<QueueStore["replay"]>[0],
): Promise<{ eventId: string; endpointId: string } | null> {
  const idempotencyKey = p.idempotencyKey ?? null;
  const before = await findIdempotent(tx, idempotencyKey);
  if (before !== null) return { eventId: before[0] as string, endpointId: before[1] as string };
  const app = await keepApp(tx, p.appRef);
  if (app === null) return null;
  const row = await findEndpoint(tx, app.seq, p.endpointRef);
  if (row === null) return null;
  const endpoint = (await loadEndpointsBySeq(tx, [row.seq])).get(row.seq) as RoutedEndpoint;
  const [event] = await tx.sql<ReplayedEvent>(
    `SELECT seq, type, participants, payload FROM event
     WHERE id = $1 AND app_seq = $2 AND accepted_at >= $3 AND payload IS NOT NULL
     FOR NO KEY UPDATE`,
    [p.eventId, app.seq, tx.node.horizon()],
  );
  if (event === undefined) return null;

  const rows = await tx.sql<ReopenedRow>(
    `SELECT seq, state, ordering_key FROM delivery
     WHERE event_seq = $1 AND endpoint_seq = $2 AND seq >= $3 ORDER BY seq FOR UPDATE`,
    [event.seq, endpoint.seq, toLeastId(event.seq)],
  );
  if (rows.length > 0) {
    await reopen(tx, endpoint, rows, p.now);
  } else {
    const { message } = readParticipants(event.participants, event.payload);
    const parts = countWebhooks(endpoint.dialect, { type: event.type, message });
    await createReplays(tx, endpoint, [{ eventSeq: event.seq, parts, dueAt: p.now }], p.now);
  }
  await addDue(tx, [{ endpointSeq: endpoint.seq, dueAt: p.now }]);
  await probeNow(tx, endpoint, p.now);
  await saveIdempotent(tx, idempotencyKey, [p.eventId, endpoint.endpointId]);
  return { eventId: p.eventId, endpointId: endpoint.endpointId };
}

const REOPEN = `UPDATE delivery SET state = 0, due_at = $2, fence = NULL, slot = 1, base_at = $2,
    parked_ms = $3, manual = true, ordering_key = NULL, skip_at = NULL, reason = NULL,
    finished_at = NULL
  FROM unnest($1::bigint[]) AS asked (seq)
  WHERE delivery.seq = asked.seq AND NOT (state = 0
    AND fence IS NOT DISTINCT FROM (SELECT shard.fence FROM shard WHERE shard.shard = $4))
  RETURNING delivery.seq, bytes`;
const TAKEN_BACK: Readonly<Record<number, TallyChange>> = {
  [STATES.delivered]: { delivered: -1 },
  [STATES.failed]: { failed: -1 },
  [STATES.cancelled]: { cancelled: -1 },
};

/**
 * Starts a new schedule now, for rows that are locked. A leased delivery is already being sent and stays as
 * it is. Returns the number of reopened rows. The caller adds the endpoint to the queue.
 */
export async function reopen(
  tx: Tx,
  endpoint: RoutedEndpoint,
  rows: readonly ReopenedRow[],
  now: number,
): Promise<number> {
  if (rows.length === 0) return 0;
  const reopened = await tx.sql<{ seq: number; bytes: number }>(REOPEN, [
    rows.map(({ seq }) => seq),
    now,
    parkedUntil(endpoint, now),
    endpoint.shard,
  ]);
  const { seq: endpointSeq, appSeq } = endpoint;
  const before = new Map(rows.map((row) => [row.seq, row]));
  const keys: { appSeq: number; endpointSeq: number; orderingKey: string }[] = [];
  for (const { seq, bytes } of reopened) {
    const { state, orderingKey } = before.get(seq) as ReopenedRow;
    if (state === STATES.pending) {
      if (orderingKey !== null) keys.push({ appSeq, endpointSeq, orderingKey });
      continue;
    }
    tx.afterCommit.tally(appSeq, { ...TAKEN_BACK[state], pendingBytes: bytes });
    tx.afterCommit.pending({ endpointSeq, count: 1 });
  }
  await releaseNext(tx, keys, now);
  return reopened.length;
}

const MAKE_DUE_NOW = `UPDATE delivery SET due_at = $2 FROM unnest($1::bigint[]) AS asked (seq)
  WHERE delivery.seq = asked.seq AND state = 0 AND due_at > $2 AND fence IS DISTINCT FROM
    (SELECT shard.fence FROM shard WHERE shard.shard = $3)
  RETURNING delivery.seq`;

/**
 * Makes the rows due now and changes nothing else: the attempt takes the next slot, and later ones keep their
 * times (I6). A delivery that is leased, already due, or waiting behind its ordering key stays as it is.
 */
export async function makeDueNow(
  tx: Tx,
  endpoint: RoutedEndpoint,
  rows: readonly ReopenedRow[],
  now: number,
): Promise<number> {
  if (rows.length === 0) return 0;
  const seqs = rows.map(({ seq }) => seq);
  return (await tx.sql(MAKE_DUE_NOW, [seqs, now, endpoint.shard])).length;
}

const CREATE = `INSERT INTO delivery (seq, event_seq, endpoint_seq, part, state, due_at, slot, attempts,
    base_at, parked_ms, manual, accepted_at, bytes)
  SELECT made.seq, made.event_seq, $5::bigint, made.part, 0, made.due_at, 1, 0, made.due_at,
    $6::bigint, true, $7::bigint, coalesce(octet_length(payload), 0)
  FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::bigint[])
    AS made (seq, event_seq, part, due_at) JOIN event ON event.seq = made.event_seq
  RETURNING bytes`;

/**
 * Creates all webhooks of locked events that have no delivery to the endpoint. The caller adds the endpoint
 * to the queue.
 */
export async function createReplays(
  tx: Tx,
  endpoint: RoutedEndpoint,
  replays: readonly { readonly eventSeq: number; readonly parts: number; readonly dueAt: number }[],
  now: number,
): Promise<void> {
  const rows = replays.flatMap(({ eventSeq, parts, dueAt }) =>
    Array.from({ length: parts }, (_, part) => ({ eventSeq, part, dueAt })),
  );
  if (rows.length === 0) return;
  const { numbers } = tx.node;
  await numbers.reserve(tx, "delivery", rows.length);
  const made = await tx.sql<{ bytes: number }>(CREATE, [
    rows.map(() => numbers.next("delivery", now)),
    rows.map(({ eventSeq }) => eventSeq),
    rows.map(({ part }) => part),
    rows.map(({ dueAt }) => dueAt),
    endpoint.seq,
    parkedUntil(endpoint, now),
    now,
  ]);
  const pendingBytes = made.reduce((sum, { bytes }) => sum + bytes, 0);
  tx.afterCommit.tally(endpoint.appSeq, { created: rows.length, pendingBytes });
  tx.afterCommit.pending({ endpointSeq: endpoint.seq, count: rows.length });
}
