/** Open breakers, and the deliveries behind them that are past their deadline. */
import type { OpenBreakerRow, OverdueRow } from "../../queue/queue-statements.ts";
import { keepLeases } from "../cluster/owner-lease.ts";
import type { Tx } from "../types.ts";

/** The rows are locked, so that no breaker closes meanwhile. */
export async function findOpenBreakers(
  tx: Tx,
  p: { owner: string; failedSince: number; after: number; limit: number },
): Promise<{ open: readonly OpenBreakerRow[]; last: number | null }> {
  if (!(await keepLeases(tx, [p.owner])).has(p.owner)) return { open: [], last: null };
  const open = await tx.sql<OpenBreakerRow>(FIND_OPEN, [p.after, p.owner, p.failedSince, p.limit]);
  return { open, last: open.length < p.limit ? null : (open.at(-1)?.endpointSeq ?? null) };
}

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
export async function findOverdue(
  tx: Tx,
  open: readonly OpenBreakerRow[],
  p: { startedBefore: number; limit: number },
): Promise<readonly OverdueRow[]> {
  const atBase = await search(tx, OVERDUE_AT_BASE, open, p);
  // The caller searches endpoints again while any of their deliveries are found, but not the others.
  const found = new Set(atBase.map(({ endpointSeq }) => endpointSeq));
  const others = open.filter(({ endpointSeq }) => !found.has(endpointSeq));
  const limit = p.limit - atBase.length;
  return [...atBase, ...(await search(tx, OVERDUE_MOVED, others, { ...p, limit }))];
}

async function search(
  tx: Tx,
  text: string,
  open: readonly OpenBreakerRow[],
  p: { startedBefore: number; limit: number },
): Promise<readonly OverdueRow[]> {
  if (open.length === 0 || p.limit <= 0) return [];
  const endpointSeqs = open.map(({ endpointSeq }) => endpointSeq);
  return await tx.sql<OverdueRow>(text, [endpointSeqs, p.startedBefore, p.limit]);
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
