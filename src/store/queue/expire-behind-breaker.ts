/**
 * The end of the 72 hours behind an open breaker (I6). A million last attempts at a dead receiver have no use,
 * so one recent failed probe counts as each of them. Deliveries without such a probe keep their last attempt.
 */
import type { ExpiredDelivery, QueueStore } from "../interface/queue.ts";
import type { Steps, WriteSession } from "../session.ts";
import { findOverdue } from "./find-overdue.ts";
import { endPending } from "./leave-pending.ts";
import type { OpenBreakerRow, OverdueRow } from "./queue-statements.ts";

type Params = Parameters<QueueStore["expireBehindBreaker"]>[0];
type Expired = Awaited<ReturnType<QueueStore["expireBehindBreaker"]>>;

const EXHAUSTED = { type: "message.attempt.exhausted" } as const;
/** An endpoint without a result costs about as much as this many rows. */
const ROWS_PER_ENDPOINT = 2;

/** `after` is the last endpoint that was completely examined. Half of the limit is for endpoints. */
export function* expireBehindBreaker(s: WriteSession, p: Params): Steps<Expired> {
  const { owner, failedSince, now } = p;
  const after = Number(p.after ?? 0);
  const limit = Math.ceil(p.limit / 2 / ROWS_PER_ENDPOINT);
  const open = yield* findOpenBreakers(s, { owner, failedSince, after, limit });
  const last = open.length < limit ? null : (open.at(-1)?.endpointSeq ?? null);
  const overdue: OverdueRow[] = [];
  const rows = Math.max(1, p.limit - open.length * ROWS_PER_ENDPOINT);
  const startedBefore = now - p.deadlineMs;
  let searched = open;
  while (searched.length > 0 && overdue.length < rows) {
    const found = yield* findOverdue(s, searched, { startedBefore, limit: rows - overdue.length });
    const end = { state: "failed", reason: "exhausted", now } as const;
    overdue.push(...(yield* endPending(s, found, end)));
    // The end of the first delivery of an ordering key releases the next one, which may be overdue as well.
    const again = new Set(found.map(({ endpointSeq }) => endpointSeq));
    searched = searched.filter(({ endpointSeq }) => again.has(endpointSeq));
  }
  const expired = yield* reportExpired(s, { open, overdue, now });
  yield* s.requeueEndpoints([...new Set(overdue.map(({ endpointSeq }) => endpointSeq))]);
  // At the limit the same endpoints may have more.
  if (overdue.length >= rows) return { expired, next: String(after) };
  return { expired, next: last === null ? null : String(last) };
}

/**
 * Open breakers of enabled endpoints in held shards, in the order of their endpoints. The rows are locked, so
 * that no breaker closes meanwhile.
 */
function* findOpenBreakers(
  s: WriteSession,
  p: Pick<Params, "owner" | "failedSince"> & { readonly after: number; readonly limit: number },
): Steps<readonly OpenBreakerRow[]> {
  if (!(yield* s.keepLease(p.owner))) return [];
  return yield* s.all<OpenBreakerRow>(
    `SELECT held.endpoint_seq, endpoint.id AS endpoint_id, endpoint.dialect, held.probe_failed_at
     FROM endpoint_state AS held
       JOIN endpoint ON endpoint.seq = held.endpoint_seq AND endpoint.status = 'enabled'
       JOIN shard ON shard.shard = endpoint.shard AND shard.owner = ?2
     WHERE held.breaker = 'open' AND held.endpoint_seq > ?1 AND held.probe_failed_at >= ?3
     ORDER BY held.endpoint_seq LIMIT ?4 ${s.sql.forUpdateOf("held")}`,
    [p.after, p.owner, p.failedSince, p.limit],
  );
}

/** Reports the expired deliveries whose events still exist to the operator, and returns them. */
function* reportExpired(
  s: WriteSession,
  p: { open: readonly OpenBreakerRow[]; overdue: readonly OverdueRow[]; now: number },
): Steps<readonly ExpiredDelivery[]> {
  if (p.overdue.length === 0) return [];
  const endpoints = new Map(p.open.map((endpoint) => [endpoint.endpointSeq, endpoint]));
  const eventIds = yield* loadEventIds(s, p.overdue);
  const attemptIds = yield* loadLatestAttempts(s, p.overdue);
  const shown = p.overdue.flatMap(({ seq: deliveryId, eventSeq, endpointSeq, attempts }) => {
    const eventId = eventIds.get(eventSeq);
    const endpoint = endpoints.get(endpointSeq);
    if (eventId === undefined || endpoint === undefined) return [];
    const { endpointId, dialect, probeFailedAt: failedAt } = endpoint;
    const probe = { attemptId: attemptIds.get(endpointSeq) ?? null, failedAt };
    return [{ eventSeq, expired: { deliveryId, eventId, endpointId, dialect, attempts, probe } }];
  });
  yield* s.notifyOperator(
    shown.map(({ eventSeq, expired: { deliveryId: deliverySeq, endpointId } }) => {
      const delivery = { deliverySeq, eventSeq, attempt: null };
      return { note: EXHAUSTED, endpointId, delivery, now: p.now };
    }),
  );
  return shown.map(({ expired }) => expired);
}

function* loadEventIds(
  s: WriteSession,
  overdue: readonly OverdueRow[],
): Steps<ReadonlyMap<number, string>> {
  const rows = yield* s.all<{ seq: number; id: string }>(
    `SELECT seq, id FROM event WHERE ${s.sql.oneOf("seq", "?1", "bigint")}`,
    [[...new Set(overdue.map(({ eventSeq }) => eventSeq))]],
  );
  return new Map(rows.map(({ seq, id }) => [seq, id]));
}

/** Latest attempts, by endpoint. */
function* loadLatestAttempts(
  s: WriteSession,
  overdue: readonly OverdueRow[],
): Steps<ReadonlyMap<number, string | null>> {
  const rows = yield* s.all<{ endpointSeq: number; attemptId: string | null }>(
    `SELECT endpoint.seq AS endpoint_seq, (SELECT id FROM attempt
       WHERE attempt.endpoint_seq = endpoint.seq ORDER BY seq DESC LIMIT 1) AS attempt_id
     FROM endpoint WHERE ${s.sql.oneOf("endpoint.seq", "?1", "bigint")}`,
    [[...new Set(overdue.map(({ endpointSeq }) => endpointSeq))]],
  );
  return new Map(rows.map(({ endpointSeq, attemptId }) => [endpointSeq, attemptId]));
}
