/**
 * Selects the deliveries of one endpoint that a claim leases. It needs a few searches in `delivery_due`, each at one end of the due range. The time does not depend on the backlog between them (I4).
 */
import { hasLeased } from "./endpoint-queue.ts";
import type { CachedEndpoint } from "../thread/writer-state.ts";
import type { Writer } from "../thread/writer-types.ts";

export type DueRow = {
  readonly seq: number;
  readonly eventSeq: number;
  readonly part: number;
  readonly slot: number;
  readonly attempts: number;
  readonly baseAt: number;
  readonly parkedMs: number;
  readonly dueAt: number;
  readonly manual: number;
  readonly orderingKey: string | null;
};

/** Share of the room when more is due than fits; the rest is for the newest. */
const OLDEST_SHARE = 1 / 4;

export function pickDue(
  writer: Writer,
  endpoint: CachedEndpoint,
  { now, room }: { now: number; room: number },
): { rows: DueRow[]; hasMore: boolean } {
  const { probeAt } = endpoint;
  if (probeAt !== null) {
    const mayProbe = now >= probeAt && room > 0 && !hasLeased(writer, endpoint);
    return { rows: mayProbe ? oldestDue(writer, endpoint, { now, limit: 1 }) : [], hasMore: false };
  }
  const rows = oldestDue(writer, endpoint, { now, limit: room + 1 });
  if (rows.length <= room) return { rows, hasMore: false };
  rows.length = Math.ceil(room * OLDEST_SHARE);
  rows.push(...newestDue(writer, endpoint, { now, limit: room - rows.length }));
  return { rows, hasMore: true };
}

const COLUMNS = "seq, eventSeq, part, slot, attempts, baseAt, parkedMs, dueAt, manual, orderingKey";
/** Deliveries leased under the current fence are skipped; there are never more than the lane contains. */
const IS_DUE =
  "endpointSeq = ? AND state = 0 AND dueAt IS NOT NULL AND dueAt <= ? AND fence IS NOT ?";

function oldestDue(
  { sql, state }: Writer,
  { seq, shard }: CachedEndpoint,
  p: { now: number; limit: number },
): DueRow[] {
  return sql(`SELECT ${COLUMNS} FROM delivery WHERE ${IS_DUE} ORDER BY dueAt LIMIT ?`).all(
    seq,
    p.now,
    state.shards()[shard]?.fence as number,
    p.limit,
  ) as DueRow[];
}

/** In the order in which they became due. */
function newestDue(
  { sql, state }: Writer,
  { seq, shard }: CachedEndpoint,
  p: { now: number; limit: number },
): DueRow[] {
  const rows = sql(
    `SELECT ${COLUMNS} FROM delivery WHERE ${IS_DUE} ORDER BY dueAt DESC, seq DESC LIMIT ?`,
  ).all(seq, p.now, state.shards()[shard]?.fence as number, p.limit) as DueRow[];
  return rows.reverse();
}
