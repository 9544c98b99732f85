/**
 * The end of the 72 hours behind an open breaker (I6). A million last attempts at a receiver that is known to
 * be down are useless. So a probe that has just failed counts as each of them. Deliveries without such a
 * probe keep their last attempt and are not touched here.
 */
import type { Dialect } from "../../../core/snapshot.ts";
import type { ExpiredDelivery, QueueStore } from "../../interface/queue.ts";
import { endPending } from "./end-pending.ts";
import { requeueEndpoints } from "./endpoint-queue.ts";
import { notifyOperator } from "../accept/operational-events.ts";
import { keepLeases } from "../cluster/owner-lease.ts";
import type { Tx } from "../types.ts";

type Params = Parameters<QueueStore["expireBehindBreaker"]>[0];
type Expired = { readonly expired: readonly ExpiredDelivery[]; readonly next: string | null };

const EXHAUSTED = { type: "message.attempt.exhausted" } as const;
/** Finding nothing at an endpoint costs about as much as this many rows. */
const ROWS_PER_ENDPOINT = 2;

/** `after` is the last endpoint that was searched to its end. */
export async function expireBehindBreaker(tx: Tx, p: Params): Promise<Expired> {
  if (!(await keepLeases(tx, [p.owner])).has(p.owner)) return { expired: [], next: null };
  const most = Math.ceil(p.limit / ROWS_PER_ENDPOINT);
  // The rows are locked, so that no breaker closes meanwhile.
  const open = await tx.sql<OpenEndpoint>(FIND_OPEN, [
    Number(p.after ?? 0),
    p.owner,
    p.failedSince,
    most,
  ]);
  const overdue: OverdueRow[] = [];
  while (overdue.length < p.limit) {
    const found = await findOverdue(tx, open, { ...p, limit: p.limit - overdue.length });
    if (found.length === 0) break;
    const end = { state: "failed", reason: "exhausted", now: p.now } as const;
    overdue.push(...(await endPending(tx, found, end)));
    // Ending the first delivery of an ordering key releases the next one, which may be overdue too.
  }
  const expired = await reportExpired(tx, { open, overdue, now: p.now });
  await requeueEndpoints(
    tx,
    overdue.map(({ endpointSeq }) => endpointSeq),
  );
  // At the limit the same endpoints may have more.
  if (overdue.length >= p.limit) return { expired, next: p.after ?? "0" };
  return { expired, next: open.length < most ? null : String(open.at(-1)?.endpointSeq) };
}

type OpenEndpoint = {
  readonly endpointSeq: number;
  readonly endpointId: string;
  readonly dialect: Dialect;
  readonly probeFailedAt: number;
};
type OverdueRow = {
  readonly seq: number;
  readonly eventSeq: number;
  readonly endpointSeq: number;
  readonly appSeq: number;
  readonly attempts: number;
  readonly orderingKey: string | null;
};

const FIND_OPEN = `SELECT held.endpoint_seq, endpoint.id AS endpoint_id, endpoint.dialect,
    held.probe_failed_at
  FROM endpoint_state AS held
    JOIN endpoint ON endpoint.seq = held.endpoint_seq AND endpoint.status = 'enabled'
    JOIN shard ON shard.shard = endpoint.shard AND shard.owner = $2
  WHERE held.breaker = 'open' AND held.endpoint_seq > $1 AND held.probe_failed_at >= $3
  ORDER BY held.endpoint_seq LIMIT $4 FOR UPDATE OF held`;

/**
 * No delivery is due before its schedule began, so those due 72 hours ago are all overdue. Deliveries that
 * were tried before or released late are in a separate index by the start of their schedule. In both indexes
 * later rows were parked no shorter, except some with a `deliverAt`. So a row that is still in time because
 * it was parked ends the search. At worst it hides another row until it is overdue itself.
 */
async function findOverdue(
  tx: Tx,
  open: readonly OpenEndpoint[],
  p: Pick<Params, "now" | "deadlineMs" | "limit">,
): Promise<readonly OverdueRow[]> {
  if (open.length === 0) return [];
  const given = [open.map(({ endpointSeq }) => endpointSeq), p.now - p.deadlineMs, p.limit];
  const atBase = await tx.sql<OverdueRow>(OVERDUE_AT_BASE, given);
  return atBase.length > 0 ? atBase : await tx.sql<OverdueRow>(OVERDUE_MOVED, given);
}

function overdueFrom(which: string, order: string): string {
  return `SELECT found.*, endpoint.app_seq
    FROM unnest($1::bigint[]) AS asked (endpoint_seq)
    JOIN endpoint ON endpoint.seq = asked.endpoint_seq
    JOIN shard ON shard.shard = endpoint.shard
    CROSS JOIN LATERAL (SELECT seq, event_seq, endpoint_seq, attempts, ordering_key, base_at, parked_ms
      FROM delivery WHERE delivery.endpoint_seq = asked.endpoint_seq AND state = 0 AND ${which}
        AND delivery.fence IS DISTINCT FROM shard.fence ORDER BY ${order} LIMIT $3) AS found
    WHERE found.base_at + endpoint.parked_ms - found.parked_ms <= $2 LIMIT $3`;
}
const OVERDUE_AT_BASE = overdueFrom("due_at <= $2", "due_at, seq");
const OVERDUE_MOVED = overdueFrom("due_at <> base_at AND base_at <= $2", "base_at");

/** Reports the expired deliveries whose events still exist to the operator, and returns them. */
async function reportExpired(
  tx: Tx,
  p: { open: readonly OpenEndpoint[]; overdue: readonly OverdueRow[]; now: number },
): Promise<readonly ExpiredDelivery[]> {
  const { overdue, now } = p;
  if (overdue.length === 0) return [];
  const endpoints = new Map(p.open.map((endpoint) => [endpoint.endpointSeq, endpoint]));
  const events = await tx.sql<{ seq: number; id: string }>(
    `SELECT event.seq, event.id FROM unnest($1::bigint[]) AS asked (seq)
     JOIN event ON event.seq = asked.seq`,
    [[...new Set(overdue.map(({ eventSeq }) => eventSeq))]],
  );
  const eventIds = new Map(events.map(({ seq, id }) => [seq, id]));
  const attemptIds = await latestAttempts(tx, [...new Set(overdue.map((row) => row.endpointSeq))]);
  const expired = overdue.flatMap(({ seq, eventSeq, endpointSeq, attempts }) => {
    const eventId = eventIds.get(eventSeq);
    const endpoint = endpoints.get(endpointSeq);
    if (eventId === undefined || endpoint === undefined) return [];
    const { endpointId, dialect, probeFailedAt: failedAt } = endpoint;
    const probe = { attemptId: attemptIds.get(endpointSeq) ?? null, failedAt };
    return [{ deliveryId: seq, eventSeq, eventId, endpointId, dialect, attempts, probe }];
  });
  await notifyOperator(
    tx,
    expired.map(({ deliveryId: deliverySeq, eventSeq, endpointId }) => {
      const delivery = { deliverySeq, eventSeq, attempt: null };
      return { note: EXHAUSTED, endpointId, delivery, now };
    }),
  );
  return expired.map(({ eventSeq: _, ...reported }) => reported);
}

/** Latest attempts, by endpoint. */
async function latestAttempts(
  tx: Tx,
  endpointSeqs: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const rows = await tx.sql<{ endpointSeq: number; id: string }>(
    `SELECT asked.endpoint_seq, latest.id FROM unnest($1::bigint[]) AS asked (endpoint_seq)
     CROSS JOIN LATERAL (SELECT id FROM attempt WHERE attempt.endpoint_seq = asked.endpoint_seq
       ORDER BY seq DESC LIMIT 1) AS latest`,
    [endpointSeqs],
  );
  return new Map(rows.map(({ endpointSeq, id }) => [endpointSeq, id]));
}
