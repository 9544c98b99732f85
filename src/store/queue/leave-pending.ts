/** Deliveries that leave the state pending, and the successors in their ordering keys. */
import { STATES } from "./delivery-state.ts";
import type { Due, DueDelivery } from "./due.ts";
import type { OrderKey, PendingDelivery, PendingEnd } from "./queue-statements.ts";
import type { QueueStore } from "../interface/queue.ts";
import type { Steps, WriteSession } from "../session.ts";

/** Counts deliveries of one endpoint that are no longer pending. */
export function countLeft(
  s: WriteSession,
  endpoint: { readonly seq: number; readonly appSeq: number },
  p: { delivered?: number; failed?: number; cancelled?: number; bytes: number },
): void {
  const { delivered = 0, failed = 0, cancelled = 0, bytes } = p;
  s.tally(endpoint.appSeq, { delivered, failed, cancelled, pendingBytes: -bytes });
  s.pendingChanged(endpoint.seq, -delivered - failed - cancelled);
}

/**
 * Ends pending deliveries without an attempt: expired, expunged, or cancelled. A running attempt continues to
 * its end, and its outcome is then stale; its lease makes room at once. Returns the deliveries that ended here.
 */
export function* endPending<Delivery extends PendingDelivery>(
  s: WriteSession,
  deliveries: readonly Delivery[],
  { state, reason, now }: PendingEnd,
): Steps<readonly Delivery[]> {
  if (deliveries.length === 0) return [];
  const change = { state: STATES[state], reason, finishedAt: now };
  const rows = new Map((yield* s.endRows(deliveries, change)).map((row) => [row.seq, row]));
  const ended: Delivery[] = [];
  const keys: OrderKey[] = [];
  for (const delivery of deliveries) {
    const row = rows.get(delivery.seq);
    if (row === undefined) continue;
    const { endpointSeq, appSeq, orderingKey } = delivery;
    countLeft(s, { seq: endpointSeq, appSeq }, { [state]: 1, bytes: row.bytes });
    if (row.heldBy !== null) s.leasesEnded(endpointSeq, row.heldBy, 1);
    if (orderingKey !== null) keys.push({ appSeq, endpointSeq, orderingKey });
    ended.push(delivery);
  }
  yield* s.addDue(yield* releaseNext(s, keys, now));
  return ended;
}

/**
 * Gives the deliveries that are now first in their ordering keys their due times. The caller adds them to the
 * queue. It is called after others have left the order in any way.
 */
export function* releaseNext(
  s: WriteSession,
  keys: readonly OrderKey[],
  now: number,
): Steps<readonly Due[]> {
  if (keys.length === 0) return [];
  const firsts = yield* s.findFirsts(keys);
  // The first one may have its due time already: `skipAfter` released it, or another one was first.
  const waiting = firsts.filter(({ dueAt }) => dueAt === null);
  return yield* s.makeDue(waiting.map((row) => toReleased(row, now)));
}

/** Makes deliveries due that have waited behind a predecessor longer than their `skipAfter`. */
export function* skipOverdue(
  s: WriteSession,
  p: Parameters<QueueStore["skipOverdue"]>[0],
): Steps<{ readonly due: readonly string[] }> {
  const overdue = yield* s.all<{
    seq: number;
    endpointSeq: number;
    endpointId: string;
    baseAt: number;
  }>(
    `SELECT seq, endpoint_seq, base_at,
       (SELECT id FROM endpoint WHERE endpoint.seq = delivery.endpoint_seq) AS endpoint_id
     FROM delivery WHERE state = 0 AND due_at IS NULL AND skip_at <= ?1 ORDER BY skip_at LIMIT ?2`,
    [p.now, p.limit],
  );
  // Deliveries that another node released meanwhile are reported by that node.
  const dues = yield* s.makeDue(overdue.map((row) => toReleased(row, p.now)));
  yield* s.addDue(dues);
  const due = new Set(dues.map(({ endpointSeq }) => endpointSeq));
  const ids = overdue.flatMap((row) => (due.has(row.endpointSeq) ? [row.endpointId] : []));
  return { due: [...new Set(ids)] };
}

/** A due time is never before the start of the schedule. */
function toReleased(
  row: { readonly seq: number; readonly endpointSeq: number; readonly baseAt: number },
  now: number,
): DueDelivery {
  const { seq, endpointSeq, baseAt } = row;
  return { seq, endpointSeq, dueAt: Math.max(now, baseAt) };
}
