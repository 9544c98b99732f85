/**
 * Outcomes, many per commit. A delivery is changed only under the fence with which it was leased. The outcome
 * of a former owner is returned as `stale`.
 */
import type { OpenBreaker } from "../../core/delivery/breaker.ts";
import type { EndpointHealth } from "../../core/delivery/endpoint-health.ts";
import type { Occurrence } from "../accept/operational-events.ts";
import type { QueueStore, RecordedOutcome } from "../interface/queue.ts";
import type { Steps, WriteSession } from "../session.ts";
import type { Due } from "./due.ts";
import { STATES } from "./delivery-state.ts";
import { saveBreakers, saveHealth, savePauses } from "./endpoint-state.ts";
import { countLeft, releaseNext } from "./leave-pending.ts";
import type { Current, OrderKey, OutcomeChange, Written } from "./queue-statements.ts";

type Params = Parameters<QueueStore["record"]>[0];
type Recorded = Awaited<ReturnType<QueueStore["record"]>>;

export function* record(s: WriteSession, { outcomes, now }: Params): Steps<Recorded> {
  const current = yield* s.findCurrent(outcomes);
  const changes = current.map((one) => ({ ...one, change: toChange(one.outcome, now) }));
  const written = yield* s.writeOutcomes(changes);
  for (const row of written) countOutcome(s, row);
  yield* s.together([s.insertAttempts(written), saveStates(s, { current, written, now })]);
  yield* s.notifyOperator(written.flatMap((row) => toNotes(row, now)));
  const due = yield* continueWork(s, { current, written, now });
  const isWritten = new Set(written.map(({ outcome }) => outcome));
  // The second of two outcomes of one delivery is stale.
  const stale = outcomes.filter((outcome) => !isWritten.has(outcome));
  return {
    stale: stale.map(({ deliveryId }) => deliveryId),
    due,
    suppressed: s.drainSuppressed(),
  };
}

/** A fault of the server counts as no attempt, and a replay that met one is still manual. */
function toChange({ next, attempt }: RecordedOutcome, now: number): OutcomeChange {
  const isPending = next.state === "pending";
  return {
    state: STATES[next.state],
    dueAt: isPending ? next.dueAt : null,
    slot: isPending ? next.slot : null,
    reason: next.state === "failed" ? next.reason : null,
    finishedAt: isPending ? null : now,
    attempts: attempt === null ? 0 : 1,
    keepsManual: attempt === null,
  };
}

function countOutcome(s: WriteSession, { outcome, endpoint, bytes }: Written): void {
  const { state } = outcome.next;
  s.leasedChanged(endpoint.seq, outcome.fence, -1);
  if (state !== "pending") countLeft(s, endpoint, { state, bytes });
}

/**
 * A breaker and a pause are saved even when the delivery was ended meanwhile, because its receiver has
 * answered. The last of several states of one endpoint counts.
 */
function* saveStates(
  s: WriteSession,
  p: { current: readonly Current[]; written: readonly Written[]; now: number },
): Steps<void> {
  const breakers = new Map<number, OpenBreaker | null>();
  const pauses = new Map<number, number>();
  const healths = new Map<number, EndpointHealth>();
  for (const { outcome, endpoint } of p.current) {
    if (outcome.breaker !== undefined) breakers.set(endpoint.seq, outcome.breaker);
    if (outcome.pausedUntil !== undefined) pauses.set(endpoint.seq, outcome.pausedUntil);
  }
  for (const { outcome, endpoint } of p.written) {
    if (outcome.health !== null) healths.set(endpoint.seq, outcome.health);
  }
  if (breakers.size > 0) yield* saveBreakers(s, breakers, p.now);
  if (pauses.size > 0) yield* savePauses(s, pauses);
  if (healths.size > 0) yield* saveHealth(s, healths);
}

/** A stale outcome reports nothing. */
function toNotes({ outcome, eventSeq }: Written, now: number): readonly Occurrence[] {
  const { deliveryId: deliverySeq, endpointId, attempt, operationalEvents } = outcome;
  if (operationalEvents === undefined) return [];
  const delivery = { deliverySeq, eventSeq, attempt };
  return operationalEvents.map((note) => ({ note, endpointId, delivery, now }));
}

/**
 * Adds the work that is now due: retries, the next deliveries of ordering keys, and everything of an endpoint
 * whose breaker has just closed. Returns the endpoints that have work at once.
 */
function* continueWork(
  s: WriteSession,
  p: { current: readonly Current[]; written: readonly Written[]; now: number },
): Steps<readonly string[]> {
  const changed = findBreakerChanges(p.current);
  const due = new Set<number>();
  const dues: Due[] = [];
  const keys: OrderKey[] = [];
  for (const { outcome, endpoint, orderingKey } of p.written) {
    const { seq: endpointSeq, appSeq } = endpoint;
    if (outcome.next.state === "pending") {
      const { dueAt } = outcome.next;
      dues.push({ endpointSeq, dueAt });
      if (dueAt <= p.now) due.add(endpointSeq);
    } else if (orderingKey !== null) {
      keys.push({ appSeq, endpointSeq, orderingKey });
    }
  }
  for (const first of yield* releaseNext(s, keys, p.now)) {
    dues.push(first);
    due.add(first.endpointSeq);
  }
  for (const [endpointSeq, isOpen] of changed) if (!isOpen) due.add(endpointSeq);
  yield* s.addDue(dues.filter(({ endpointSeq }) => !changed.has(endpointSeq)));
  yield* s.requeueEndpoints([...changed.keys()]);
  const ids = new Map(p.current.map(({ endpoint }) => [endpoint.seq, endpoint.endpointId]));
  return [...due].flatMap((seq) => ids.get(seq) ?? []);
}

/**
 * Endpoints whose breaker is open or has just closed: their row in the queue is computed again. The value says
 * whether the breaker is open now.
 */
function findBreakerChanges(current: readonly Current[]): ReadonlyMap<number, boolean> {
  const changed = new Map<number, boolean>();
  for (const { outcome, endpoint } of current) {
    if (outcome.breaker !== undefined) changed.set(endpoint.seq, outcome.breaker !== null);
    else if (endpoint.probeAt !== null && !changed.has(endpoint.seq)) {
      changed.set(endpoint.seq, true);
    }
  }
  return changed;
}
