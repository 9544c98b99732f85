/**
 * Ends deliveries behind an open breaker after 72 hours (I6). A million last attempts at a dead receiver have no use, so one recent failed probe counts as each of them. Deliveries without such a
 * probe keep their last attempt and are skipped here.
 */
import type { ExpiredDelivery, QueueStore } from "../../interface/queue.ts";
import { endPending } from "./end-pending.ts";
import { requeueEndpoint } from "./endpoint-queue.ts";
import { notifyOperator } from "../accept/operational-events.ts";
import { loadFence, isHeldBy } from "./queue.ts";
import type { CachedEndpoint } from "../thread/writer-state.ts";
import type { Writer } from "../thread/writer-types.ts";

type Params = Parameters<QueueStore["expireBehindBreaker"]>[0];

const EXHAUSTED = { type: "message.attempt.exhausted" } as const;
/** An endpoint without a result costs about as much as this many rows. */
const ROWS_PER_ENDPOINT = 2;

/** `after` is the last endpoint that was completely examined. */
export function expireBehindBreaker(
  writer: Writer,
  p: Params,
): { readonly expired: readonly ExpiredDelivery[]; readonly next: string | null } {
  const expired: ExpiredDelivery[] = [];
  let finished = Number(p.after ?? 0);
  let left = p.limit;
  const open = writer
    .sql(
      `SELECT endpointSeq, probeFailedAt FROM endpointState
        WHERE breaker = 'open' AND endpointSeq > ? ORDER BY endpointSeq LIMIT ?`,
    )
    .all(finished, p.limit) as { endpointSeq: number; probeFailedAt: number }[];
  for (const { endpointSeq, probeFailedAt } of open) {
    const endpoint = writer.state.endpointBySeq(endpointSeq);
    left -= ROWS_PER_ENDPOINT;
    if (left <= 0) return { expired, next: String(finished) };
    if (probeFailedAt >= p.failedSince && isOwn(writer, endpoint, p)) {
      const ended = expireDeliveries(writer, endpoint, { ...p, probeFailedAt, limit: left });
      expired.push(...ended);
      left -= ended.length;
      if (left <= 0) return { expired, next: String(finished) };
    }
    finished = endpointSeq;
  }
  return { expired, next: open.length < p.limit ? null : String(finished) };
}

function isOwn(
  writer: Writer,
  endpoint: CachedEndpoint | null,
  { owner }: Params,
): endpoint is CachedEndpoint {
  return endpoint?.status === "enabled" && isHeldBy(writer, endpoint.shard, owner);
}

/** Returns up to `limit`; fewer only when no more exist. */
function expireDeliveries(
  writer: Writer,
  endpoint: CachedEndpoint,
  p: Params & { readonly probeFailedAt: number },
): readonly ExpiredDelivery[] {
  const { seq: endpointSeq, appSeq, endpointId, dialect } = endpoint;
  const expired: ExpiredDelivery[] = [];
  const probe = { attemptId: latestAttempt(writer, endpointSeq), failedAt: p.probeFailedAt };
  for (;;) {
    const limit = p.limit - expired.length;
    const overdue = findOverdue(writer, endpoint, { ...p, limit });
    for (const { seq, eventSeq, attempts, orderingKey } of overdue) {
      const pending = { seq, endpointSeq, appSeq, fence: null, orderingKey };
      endPending(writer, pending, { state: "failed", reason: "exhausted", now: p.now });
      const delivery = { deliverySeq: seq, eventSeq, attempt: null };
      notifyOperator(writer, { note: EXHAUSTED, endpointId, delivery, now: p.now });
      const event = writer.sql("SELECT id FROM event WHERE seq = ?").get(eventSeq);
      const eventId = event?.["id"] as string;
      expired.push({ deliveryId: seq, eventId, endpointId, dialect, attempts, probe });
    }
    // When the first delivery of an ordering key ends, the next one gets due, which may be overdue as well.
    if (overdue.length === 0 || expired.length === p.limit) break;
  }
  if (expired.length > 0) requeueEndpoint(writer, endpointSeq);
  return expired;
}

type OverdueRow = {
  readonly seq: number;
  readonly eventSeq: number;
  readonly attempts: number;
  readonly orderingKey: string | null;
};

/**
 * No delivery is due before its schedule starts, so those due more than 72 hours ago are overdue. Retried or
 * delayed deliveries have a separate index by the start of their schedule.
 *
 * In both indexes later rows were parked at least as briefly, except for some with a `deliverAt`. A row that
 * is still in time because it was parked therefore ends the search. At worst it hides another one until it is
 * overdue itself.
 */
function findOverdue(writer: Writer, endpoint: CachedEndpoint, p: Params): readonly OverdueRow[] {
  const { seq, parkedMs } = endpoint;
  const fence = loadFence(writer, endpoint);
  const startedBefore = p.now - p.deadlineMs;
  const given = { seq, fence, startedBefore, parkedMs, limit: p.limit };
  for (const text of [OVERDUE_AT_BASE, OVERDUE_MOVED]) {
    const rows = writer.sql(text).all(given) as (OverdueRow & { isOver: number })[];
    const over = rows.filter(({ isOver }) => isOver === 1);
    if (over.length > 0) return over;
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

function latestAttempt({ sql }: Writer, endpointSeq: number): string | null {
  const row = sql("SELECT id FROM attempt WHERE endpointSeq = ? ORDER BY seq DESC LIMIT 1").get(
    endpointSeq,
  );
  return (row?.["id"] ?? null) as string | null;
}
