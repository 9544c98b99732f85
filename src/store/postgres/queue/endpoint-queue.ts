/**
 * Level one of the queue; `next-due-at.ts` has the rule of its rows.
 *
 * A transaction does not see uncommitted work of others. So one that moves or removes a row locks it before
 * reading the deliveries. One that adds a delivery locks the row even when nothing changes. Either the
 * delivery is seen, or its row is written later: no wake-up is lost.
 */
import { earliestByEndpoint, type Due } from "../../queue/due.ts";
import { addedDueAtSql, nextDueAtSql } from "../../queue/next-due-at.ts";
import type { QueuePlace } from "../../queue/queue-statements.ts";
import type { Tx } from "../types.ts";

/** Queue rows and breakers at the time of locking. */
export type LockedPlaces = {
  /** Endpoints that have a row. */
  readonly placed: ReadonlySet<number>;
  /** Next probes of open breakers, by endpoint. */
  readonly probeAt: ReadonlyMap<number, number>;
};
export const NO_PLACES: LockedPlaces = { placed: new Set(), probeAt: new Map() };

/**
 * Adds the due times of deliveries; the endpoints' owners are woken after the commit. Call this as near to
 * the end of the transaction as possible: other transactions with work for the same endpoint wait from here
 * on.
 */
export async function addDue(tx: Tx, dues: readonly Due[]): Promise<void> {
  if (dues.length === 0) return;
  const least = earliestByEndpoint(dues);
  const endpointSeqs = [...least.keys()];
  const [before, places] = await Promise.all([
    tx.sql<Locked>(LOCK_FOR_ADD, [endpointSeqs]),
    tx.sql<QueuePlace>(ADD, [endpointSeqs, [...least.values()]]),
  ]);
  const known = new Set(before.filter(({ isPlaced }) => isPlaced).map((row) => row.endpointSeq));
  for (const { endpointSeq, endpointId, shard } of places) {
    // The owner knows an endpoint that had a row. Half of all events may be for one with an open breaker.
    if (!known.has(endpointSeq)) tx.afterCommit.due({ endpointId, shard });
  }
}

/** Call this when any waiting delivery of the endpoints may be due now. Their owners are woken. */
export async function requeueEndpoints(tx: Tx, endpointSeqs: readonly number[]): Promise<void> {
  const places = await renew(tx, endpointSeqs);
  for (const { endpointId, shard } of places) tx.afterCommit.due({ endpointId, shard });
}

/** Adds the rows, or moves them to an earlier time. The owners are woken. */
export async function addPlaces(tx: Tx, places: readonly QueuePlace[]): Promise<void> {
  if (places.length === 0) return;
  await insertPlaces(
    tx,
    places.toSorted((a, b) => a.endpointSeq - b.endpointSeq),
  );
  for (const { endpointId, shard } of places) tx.afterCommit.due({ endpointId, shard });
}

/** In the order in which claims lock these rows. */
export async function dequeueEndpoints(tx: Tx, endpointSeqs: readonly number[]): Promise<void> {
  if (endpointSeqs.length === 0) return;
  await tx.run(
    `DELETE FROM endpoint_queue WHERE endpoint_seq IN
       (SELECT endpoint_seq FROM endpoint_queue WHERE endpoint_seq = ANY ($1::bigint[])
        ORDER BY endpoint_seq FOR UPDATE)`,
    [endpointSeqs],
  );
}

/** Locks open breakers first and queue rows last, both in the order of their endpoints. */
export async function lockPlaces(tx: Tx, endpointSeqs: readonly number[]): Promise<LockedPlaces> {
  const rows = await tx.sql<Locked>(LOCK_PLACES, [endpointSeqs]);
  const open = rows.filter(({ probeAt }) => probeAt !== null);
  return {
    placed: new Set(rows.filter(({ isPlaced }) => isPlaced).map((row) => row.endpointSeq)),
    probeAt: new Map(open.map((row) => [row.endpointSeq, row.probeAt as number])),
  };
}

/**
 * Reads the next due time of each endpoint and writes it, or deletes the row when nothing is due. Deliveries
 * leased under the shard's current fence are skipped; there are few. `placed` are the rows that this
 * transaction has locked. Returns the places of the endpoints that have work.
 */
export async function renewPlaces(
  tx: Tx,
  endpointSeqs: readonly number[],
  placed: ReadonlySet<number>,
): Promise<readonly QueuePlace[]> {
  const places = await tx.sql<QueuePlace>(FIND, [endpointSeqs]);
  const found = new Set(places.map(({ endpointSeq }) => endpointSeq));
  const gone = endpointSeqs.filter((seq) => placed.has(seq) && !found.has(seq));
  const moved = places.filter(({ endpointSeq }) => placed.has(endpointSeq));
  const added = places.filter(({ endpointSeq }) => !placed.has(endpointSeq));
  const writing: Promise<unknown>[] = [];
  if (moved.length > 0) {
    writing.push(
      tx.run(MOVE, [
        moved.map(({ endpointSeq }) => endpointSeq),
        moved.map(({ nextDueAt }) => nextDueAt),
      ]),
    );
  }
  if (added.length > 0) writing.push(insertPlaces(tx, added));
  if (gone.length > 0) writing.push(tx.run(REMOVE, [gone]));
  await Promise.all(writing);
  return places;
}

async function insertPlaces(tx: Tx, places: readonly QueuePlace[]): Promise<void> {
  await tx.run(PLACE, [
    places.map(({ endpointSeq }) => endpointSeq),
    places.map(({ shard }) => shard),
    places.map(({ nextDueAt }) => nextDueAt),
  ]);
}

async function renew(tx: Tx, endpointSeqs: readonly number[]): Promise<readonly QueuePlace[]> {
  if (endpointSeqs.length === 0) return [];
  const distinct = [...new Set(endpointSeqs)];
  const { placed } = await lockPlaces(tx, distinct);
  return await renewPlaces(tx, distinct, placed);
}

type Locked = {
  readonly endpointSeq: number;
  readonly probeAt: number | null;
  readonly isPlaced: boolean;
};

/**
 * A transaction that enables an endpoint, changes its breaker or ends its last lease reads all waiting
 * deliveries. It must see concurrent additions, or be seen by them. An enabled endpoint with a closed
 * breaker, the usual case, is not locked here.
 */
const LOCK_FOR_ADD = `
  SELECT seq AS endpoint_seq, NULL::bigint AS probe_at, false AS is_placed FROM (
    SELECT seq FROM endpoint WHERE seq = ANY ($1::bigint[]) AND status <> 'enabled'
    ORDER BY seq FOR SHARE) AS parked
  UNION ALL
  SELECT endpoint_seq, probe_at, EXISTS (SELECT FROM endpoint_queue
      WHERE endpoint_queue.endpoint_seq = held.endpoint_seq) FROM (
    SELECT endpoint_seq, probe_at FROM endpoint_state
    WHERE endpoint_seq = ANY ($1::bigint[]) AND breaker = 'open'
    ORDER BY endpoint_seq FOR UPDATE) AS held`;
const LOCK_PLACES = `
  SELECT endpoint_seq, probe_at, false AS is_placed FROM (
    SELECT endpoint_seq, probe_at FROM endpoint_state
    WHERE endpoint_seq = ANY ($1::bigint[]) AND breaker = 'open'
    ORDER BY endpoint_seq FOR UPDATE) AS held
  UNION ALL
  SELECT endpoint_seq, NULL, true FROM (
    SELECT endpoint_seq FROM endpoint_queue WHERE endpoint_seq = ANY ($1::bigint[])
    ORDER BY endpoint_seq FOR UPDATE) AS placed`;

const OF_ENDPOINT = `JOIN endpoint ON endpoint.seq = asked.endpoint_seq
  JOIN shard ON shard.shard = endpoint.shard
  LEFT JOIN endpoint_state AS held ON held.endpoint_seq = endpoint.seq AND held.breaker = 'open'`;
const HAS_LEASED = `EXISTS (SELECT FROM delivery
  WHERE delivery.endpoint_seq = endpoint.seq AND state = 0 AND delivery.fence = shard.fence)`;
/** The index delivery_due has this order, so the scan stops at the first row. */
const FIRST_DUE = `SELECT due_at FROM delivery
  WHERE delivery.endpoint_seq = endpoint.seq AND state = 0 AND due_at IS NOT NULL
    AND delivery.fence IS DISTINCT FROM shard.fence ORDER BY due_at, seq LIMIT 1`;

const LOWER = `ON CONFLICT (endpoint_seq)
  DO UPDATE SET next_due_at = least(endpoint_queue.next_due_at, excluded.next_due_at)`;
/**
 * Places of the endpoints whose first delivery is due at `dueAt`. Without `OFFSET 0` the planner copies the
 * time, with its searches of all partitions, into the condition on it.
 */
function toPlaces(dueAt: string, from: string): string {
  const nextDueAt = nextDueAtSql({
    status: "endpoint.status",
    probeAt: "held.probe_at",
    dueAt,
    hasLeased: HAS_LEASED,
    later: "greatest",
  });
  return `(SELECT endpoint.seq AS endpoint_seq, endpoint.id AS endpoint_id, endpoint.shard,
    ${nextDueAt} AS next_due_at FROM ${from} OFFSET 0) AS place`;
}
const ADD = `INSERT INTO endpoint_queue (endpoint_seq, shard, next_due_at)
  SELECT endpoint_seq, shard, next_due_at FROM ${toPlaces(
    addedDueAtSql({ probeAt: "held.probe_at", addedAt: "asked.due_at", first: `(${FIRST_DUE})` }),
    `unnest($1::bigint[], $2::bigint[]) AS asked (endpoint_seq, due_at) ${OF_ENDPOINT}`,
  )}
  WHERE next_due_at IS NOT NULL ORDER BY endpoint_seq ${LOWER}
  RETURNING endpoint_seq, shard, next_due_at,
    (SELECT id FROM endpoint WHERE endpoint.seq = endpoint_queue.endpoint_seq) AS endpoint_id`;
const FIND = `SELECT * FROM ${toPlaces(
  "first.due_at",
  `unnest($1::bigint[]) AS asked (endpoint_seq) ${OF_ENDPOINT}
    CROSS JOIN LATERAL (${FIRST_DUE}) AS first`,
)} WHERE next_due_at IS NOT NULL ORDER BY endpoint_seq`;
const REMOVE = "DELETE FROM endpoint_queue WHERE endpoint_seq = ANY ($1::bigint[])";
const MOVE = `UPDATE endpoint_queue SET next_due_at = asked.next_due_at
  FROM unnest($1::bigint[], $2::bigint[]) AS asked (endpoint_seq, next_due_at)
  WHERE endpoint_queue.endpoint_seq = asked.endpoint_seq
    AND endpoint_queue.next_due_at <> asked.next_due_at`;
/** There was no row to lock, so another transaction may insert one for other work. */
const PLACE = `INSERT INTO endpoint_queue (endpoint_seq, shard, next_due_at)
  SELECT * FROM unnest($1::bigint[], $2::int[], $3::bigint[]) ${LOWER}`;
