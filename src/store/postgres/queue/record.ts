/**
 * Outcomes, many per commit. A delivery is changed only under the fence with which it was leased. The outcome
 * of a former owner is returned as `stale`.
 */
import type { EndpointHealth } from "../../../core/delivery/endpoint-health.ts";
import type { QueueStore, RecordedOutcome } from "../../interface/queue.ts";
import { loadEndpointsById } from "../tenancy/endpoint-load.ts";
import type { RoutedEndpoint } from "../cluster/routed-endpoint.ts";
import { addDue, requeueEndpoints } from "./endpoint-queue.ts";
import { saveBreaker, saveHealth, savePause } from "./endpoint-state.ts";
import { notifyOperator } from "../accept/operational-events.ts";
import { makeFirstDue } from "./ordering.ts";
import { keepFences } from "../cluster/owner-lease.ts";
import { insertAttempts, writeOutcomes, type Current, type Written } from "./record-rows.ts";
import type { Tx } from "../types.ts";

type Params = Parameters<QueueStore["record"]>[0];

export async function record(
  tx: Tx,
  { outcomes, now }: Params,
): Promise<Awaited<ReturnType<QueueStore["record"]>>> {
  const shards = outcomes.map(({ shard }) => shard);
  const current = await keepFences(tx, shards, () => findCurrent(tx, outcomes));
  const rows = await writeOutcomes(tx, current, now);
  // The second of two outcomes of one delivery is stale.
  const written = new Set(rows.map(({ outcome }) => outcome));
  const stale = outcomes.filter((outcome) => !written.has(outcome));
  noteRows(tx, current, rows);
  await Promise.all([
    insertAttempts(tx, rows),
    saveBreakersAndPauses(tx, current, now).then(() => saveHealth(tx, rows.flatMap(toHealth))),
  ]);
  await notifyOutcomes(tx, rows, now);
  const due = await continueOrdered(tx, { current, rows, now });
  return {
    stale: stale.map(({ deliveryId }) => deliveryId),
    due: [...due],
    suppressed: tx.node.operationalEvents.drainSuppressed(),
  };
}

async function findCurrent(
  tx: Tx,
  outcomes: readonly RecordedOutcome[],
): Promise<readonly Current[]> {
  const ids = new Set(outcomes.map(({ endpointId }) => endpointId));
  const endpoints = await loadEndpointsById(tx, [...ids]);
  return outcomes.flatMap((outcome) => {
    const endpoint = endpoints.get(outcome.endpointId);
    return endpoint?.fence === outcome.fence ? [{ outcome, endpoint }] : [];
  });
}

/** A lease ends with the outcome of its holder, even when the delivery was ended meanwhile. */
function noteRows(
  { afterCommit }: Tx,
  current: readonly Current[],
  rows: readonly Written[],
): void {
  for (const { outcome, endpoint } of current) {
    afterCommit.leased({ endpointSeq: endpoint.seq, fence: outcome.fence, count: -1 });
  }
  for (const { outcome, endpoint, bytes } of rows) {
    const { state } = outcome.next;
    if (state === "pending") continue;
    afterCommit.pending({ endpointSeq: endpoint.seq, count: -1 });
    afterCommit.tally(endpoint.appSeq, { [state]: 1, pendingBytes: -bytes });
  }
}

function toHealth({ outcome: { health }, endpoint }: Written): readonly {
  endpointSeq: number;
  health: EndpointHealth;
}[] {
  return health === null ? [] : [{ endpointSeq: endpoint.seq, health }];
}

/** An outcome counts even when the delivery was ended meanwhile: its receiver has answered all the same. */
async function saveBreakersAndPauses(
  tx: Tx,
  current: readonly Current[],
  now: number,
): Promise<void> {
  const breakers = new Map<RoutedEndpoint, NonNullable<RecordedOutcome["breaker"]> | null>();
  const pauses = new Map<number, number>();
  for (const { outcome, endpoint } of current) {
    if (outcome.breaker !== undefined) breakers.set(endpoint, outcome.breaker);
    if (outcome.pausedUntil !== undefined) pauses.set(endpoint.seq, outcome.pausedUntil);
  }
  // All transactions write and lock these rows in this order.
  const inOrder = [...breakers].toSorted(([one], [other]) => one.seq - other.seq);
  for (const [endpoint, open] of inOrder) await saveBreaker(tx, endpoint, { open, now });
  for (const [seq, until] of [...pauses].toSorted(([one], [other]) => one - other)) {
    await savePause(tx, seq, until);
  }
}

async function notifyOutcomes(tx: Tx, rows: readonly Written[], now: number): Promise<void> {
  await notifyOperator(
    tx,
    rows.flatMap(({ outcome, eventSeq }) => {
      const { deliveryId: deliverySeq, endpointId, attempt, operationalEvents = [] } = outcome;
      const delivery = { deliverySeq, eventSeq, attempt };
      return operationalEvents.map((note) => ({ note, endpointId, delivery, now }));
    }),
  );
}

/**
 * Adds the work that is now due: retries, the next deliveries of ordering keys, and everything of an endpoint
 * whose breaker has just closed. Returns the endpoints that have work at once.
 */
async function continueOrdered(
  tx: Tx,
  p: { current: readonly Current[]; rows: readonly Written[]; now: number },
): Promise<ReadonlySet<string>> {
  const { current, rows, now } = p;
  const ids = new Map(current.map(({ endpoint }) => [endpoint.seq, endpoint.endpointId]));
  const retries = rows.flatMap(({ outcome: { next }, endpoint }) =>
    next.state === "pending" ? [{ endpointSeq: endpoint.seq, dueAt: next.dueAt }] : [],
  );
  const keys = rows.flatMap(({ outcome, endpoint, orderingKey }) => {
    const { seq: endpointSeq, appSeq } = endpoint;
    const hasLeft = outcome.next.state !== "pending" && orderingKey !== null;
    return hasLeft ? [{ appSeq, endpointSeq, orderingKey }] : [];
  });
  const firsts = await makeFirstDue(tx, keys, now);
  const changed = findBreakerChanges(current);
  const dues = [...retries, ...firsts].filter(({ endpointSeq }) => !changed.has(endpointSeq));
  await addDue(tx, dues);
  await requeueEndpoints(tx, [...changed.keys()]);
  const dueNow = retries.filter(({ dueAt }) => dueAt <= now);
  const closed = [...changed].filter(([, isOpen]) => !isOpen).map(([seq]) => seq);
  const seqs = [...dueNow, ...firsts].map(({ endpointSeq }) => endpointSeq).concat(closed);
  return new Set(seqs.flatMap((seq) => ids.get(seq) ?? []));
}

/**
 * Endpoints whose breaker is open or has just closed: their queue row is computed again. The value says
 * whether the breaker is open now.
 */
function findBreakerChanges(current: readonly Current[]): ReadonlyMap<number, boolean> {
  const changed = new Map<number, boolean>();
  for (const { outcome, endpoint } of current) {
    if (outcome.breaker !== undefined) changed.set(endpoint.seq, outcome.breaker !== null);
    else if (endpoint.probeAt !== null && !changed.has(endpoint.seq))
      changed.set(endpoint.seq, true);
  }
  return changed;
}
