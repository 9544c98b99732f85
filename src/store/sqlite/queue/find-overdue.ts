/** Open breakers, and the deliveries behind them that are past their deadline. */
import type { OpenBreakerRow, OverdueRow } from "../../queue/queue-statements.ts";
import { isHeldBy } from "./queue.ts";
import type { CachedEndpoint } from "../thread/writer-state.ts";
import type { Writer } from "../thread/writer-types.ts";

export function findOpenBreakers(
  writer: Writer,
  p: { owner: string; failedSince: number; after: number; limit: number },
): { open: readonly OpenBreakerRow[]; last: number | null } {
  const rows = writer
    .sql(
      `SELECT endpointSeq, probeFailedAt FROM endpointState
        WHERE breaker = 'open' AND endpointSeq > ? ORDER BY endpointSeq LIMIT ?`,
    )
    .all(p.after, p.limit) as { endpointSeq: number; probeFailedAt: number }[];
  const open = rows.flatMap(({ endpointSeq, probeFailedAt }) => {
    const endpoint = writer.state.endpointBySeq(endpointSeq);
    if (probeFailedAt < p.failedSince || endpoint?.status !== "enabled") return [];
    if (!isHeldBy(writer, endpoint.shard, p.owner)) return [];
    const { endpointId, dialect } = endpoint;
    return [{ endpointSeq, probeFailedAt, endpointId, dialect }];
  });
  return { open, last: rows.length < p.limit ? null : (rows.at(-1)?.endpointSeq ?? null) };
}

export function findOverdue(
  writer: Writer,
  open: readonly OpenBreakerRow[],
  p: { startedBefore: number; limit: number },
): readonly OverdueRow[] {
  const overdue: OverdueRow[] = [];
  for (const { endpointSeq } of open) {
    const limit = p.limit - overdue.length;
    if (limit === 0) break;
    const endpoint = writer.state.endpointBySeq(endpointSeq);
    if (endpoint !== null) overdue.push(...findOfEndpoint(writer, endpoint, { ...p, limit }));
  }
  return overdue;
}

type Row = Pick<OverdueRow, "seq" | "eventSeq" | "attempts" | "orderingKey"> & {
  readonly isOver: number;
};

/**
 * No delivery is due before its schedule starts, so those due more than 72 hours ago are overdue. Retried or
 * delayed deliveries have a separate index by the start of their schedule.
 *
 * In both indexes later rows were parked at least as briefly, except for some with a `deliverAt`. A row that
 * is still in time because it was parked therefore ends the search. At worst it hides another one until it is
 * overdue itself.
 */
function findOfEndpoint(
  { sql, state }: Writer,
  { seq: endpointSeq, appSeq, shard, parkedMs }: CachedEndpoint,
  p: { startedBefore: number; limit: number },
): readonly OverdueRow[] {
  const fence = state.shards()[shard]?.fence ?? 0;
  const given = { seq: endpointSeq, fence, parkedMs, ...p };
  for (const text of [OVERDUE_AT_BASE, OVERDUE_MOVED]) {
    const over = (sql(text).all(given) as Row[]).filter(({ isOver }) => isOver === 1);
    if (over.length > 0) return over.map((row) => ({ ...row, endpointSeq, appSeq }));
  }
  return [];
}

const OVERDUE = `SELECT seq, eventSeq, attempts, orderingKey,
  baseAt + :parkedMs - parkedMs <= :startedBefore AS isOver`;
const OVERDUE_AT_BASE = `${OVERDUE} FROM delivery INDEXED BY delivery_due
  WHERE endpointSeq = :seq AND state = 0 AND dueAt IS NOT NULL AND dueAt <= :startedBefore
    AND fence IS NOT :fence ORDER BY dueAt LIMIT :limit`;
const OVERDUE_MOVED = `${OVERDUE} FROM delivery INDEXED BY delivery_moved
  WHERE endpointSeq = :seq AND state = 0 AND dueAt <> baseAt AND baseAt <= :startedBefore
    AND fence IS NOT :fence ORDER BY baseAt LIMIT :limit`;
