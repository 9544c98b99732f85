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
import { logAttempts } from "./attempt-log.ts";
import { pickCurrent } from "./pick-current.ts";
import type { QueueEndpoint } from "./queue-endpoint.ts";
import type { Current, OrderKey, OutcomeChange, Written } from "./queue-statements.ts";

type Params = Parameters<QueueStore["record"]>[0];
type Recorded = Awaited<ReturnType<QueueStore["record"]>>;

export function* record(s: WriteSession, { outcomes, now }: Params): Steps<Recorded> {
  const current = pickCurrent(outcomes, yield* s.loadFenced(outcomes));
  const changes = current.map(({ outcome, endpoint }) => {
    return { outcome, endpoint, change: toChange(outcome, now) };
  });
  const written = yield* s.writeOutcomes(changes);
  const sums = sumByEndpoint(written);
  for (const sum of sums.values()) countSum(s, sum);
  yield* s.together([s.insertAttempts(written), saveStates(s, { current, written, now })]);
  const logs = yield* logAttempts(s, written, now);
  yield* s.notifyOperator([...listNotes(written, now), ...logs]);
  const due = yield* continueWork(s, { current, written, sums, now });
  return { stale: listStale(outcomes, written), due, suppressed: s.drainSuppressed() };
}

/** The second of two outcomes of one delivery is stale, too. */
function listStale(
  outcomes: readonly RecordedOutcome[],
  written: readonly Written[],
): readonly number[] {
  if (written.length === outcomes.length) return [];
  const isWritten = new Set(written.map(({ outcome }) => outcome));
  return outcomes.flatMap((outcome) => (isWritten.has(outcome) ? [] : [outcome.deliveryId]));
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

/** The outcomes of one endpoint. */
type Sum = {
  readonly endpoint: QueueEndpoint;
  readonly fence: number;
  leased: number;
  delivered: number;
  failed: number;
  bytes: number;
  /** The earliest retry. */
  dueAt: number | null;
};

function sumByEndpoint(written: readonly Written[]): ReadonlyMap<number, Sum> {
  const sums = new Map<number, Sum>();
  for (const { outcome, endpoint, bytes } of written) {
    const { next, fence } = outcome;
    let sum = sums.get(endpoint.seq);
    if (sum === undefined) {
      sum = { endpoint, fence, leased: 0, delivered: 0, failed: 0, bytes: 0, dueAt: null };
      sums.set(endpoint.seq, sum);
    }
    sum.leased += 1;
    if (next.state === "pending") {
      sum.dueAt = Math.min(next.dueAt, sum.dueAt ?? next.dueAt);
    } else {
      sum[next.state] += 1;
      sum.bytes += bytes;
    }
  }
  return sums;
}

function countSum(s: WriteSession, { endpoint, fence, leased, ...left }: Sum): void {
  s.leasesEnded(endpoint.seq, fence, leased);
  if (left.delivered + left.failed > 0) countLeft(s, endpoint, left);
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
function listNotes(written: readonly Written[], now: number): readonly Occurrence[] {
  const notes: Occurrence[] = [];
  for (const { outcome, eventSeq } of written) {
    const { deliveryId: deliverySeq, endpointId, attempt, operationalEvents } = outcome;
    if (operationalEvents === undefined) continue;
    const delivery = { deliverySeq, eventSeq, attempt };
    for (const note of operationalEvents) notes.push({ note, endpointId, delivery, now });
  }
  return notes;
}

/**
 * Adds the work that is now due: retries, the next deliveries of ordering keys, and everything of an endpoint
 * whose breaker has just closed. Returns the endpoints that have work at once.
 */
function* continueWork(
  s: WriteSession,
  p: {
    current: readonly Current[];
    written: readonly Written[];
    sums: ReadonlyMap<number, Sum>;
    now: number;
  },
): Steps<readonly string[]> {
  const changed = findBreakerChanges(p.current);
  const due = new Set<string>();
  const dues: Due[] = [];
  for (const [endpointSeq, { dueAt, endpoint }] of p.sums) {
    if (dueAt === null) continue;
    if (dueAt <= p.now) due.add(endpoint.endpointId);
    if (!changed.has(endpointSeq)) dues.push({ endpointSeq, dueAt });
  }
  for (const first of yield* releaseNext(s, listLeftKeys(p.written), p.now)) {
    const endpoint = p.sums.get(first.endpointSeq)?.endpoint;
    if (endpoint !== undefined) due.add(endpoint.endpointId);
    if (!changed.has(first.endpointSeq)) dues.push(first);
  }
  for (const { isOpen, endpoint } of changed.values()) if (!isOpen) due.add(endpoint.endpointId);
  yield* s.addDue(dues);
  yield* s.requeueEndpoints([...changed.keys()]);
  return [...due];
}

/** The ordering keys that a delivery has left. */
function listLeftKeys(written: readonly Written[]): readonly OrderKey[] {
  const keys: OrderKey[] = [];
  for (const { outcome, endpoint, orderingKey } of written) {
    if (orderingKey === null || outcome.next.state === "pending") continue;
    keys.push({ appSeq: endpoint.appSeq, endpointSeq: endpoint.seq, orderingKey });
  }
  return keys;
}

type BreakerChange = { readonly endpoint: QueueEndpoint; readonly isOpen: boolean };

/** Endpoints whose breaker is open or has just closed: their row in the queue is computed again. */
function findBreakerChanges(current: readonly Current[]): ReadonlyMap<number, BreakerChange> {
  const changed = new Map<number, BreakerChange>();
  for (const { outcome, endpoint } of current) {
    const { breaker } = outcome;
    if (breaker !== undefined) changed.set(endpoint.seq, { endpoint, isOpen: breaker !== null });
    else if (endpoint.probeAt !== null && !changed.has(endpoint.seq)) {
      changed.set(endpoint.seq, { endpoint, isOpen: true });
    }
  }
  return changed;
}
