/**
 * Ownership of shards. A node has one lease, by the database's clock, and owns its shards while that is
 * valid. A takeover takes the former owner's lock alone first, so that no write under the former lease comes
 * afterwards (`owner-lease.ts`).
 */
import type { HeldShard, ShardStore } from "../../interface/shards.ts";
import { findLeaseClock, leaseNow } from "./lease-clock.ts";
import { lockAlone } from "../server/locks.ts";
import type { Tx } from "../types.ts";

type Params<M extends keyof ShardStore> = Parameters<ShardStore[M]>[0];

/**
 * Renews a valid lease; returns false when it has ended. Every node runs this single statement all the time.
 */
export async function renew(tx: Tx, p: { owner: string; leaseMs: number }): Promise<boolean> {
  const renewed = await tx.run(
    `UPDATE node SET lease_until = ${leaseNow(3)} + $2 WHERE owner = $1 AND lease_until > ${leaseNow(3)}`,
    [p.owner, p.leaseMs, findLeaseClock(tx.node)],
  );
  return renewed > 0;
}

/**
 * Renews the lease, releases shards above `atMost`, and takes free shards, lowest first. The caller has
 * forgotten the owner's shards: nothing is leased under them until this returns. `withNewFences` takes the
 * held shards under higher fences, as after the end of a lease.
 */
export async function hold(
  tx: Tx,
  p: Params<"hold"> & { withNewFences: boolean },
): Promise<readonly HeldShard[]> {
  await lockAlone(tx, "owner", [p.owner]);
  if (p.withNewFences || !(await renew(tx, p))) await begin(tx, p);
  const mine = await loadShards(tx, p.owner);
  const kept = mine.slice(0, p.atMost);
  await releaseShardsOf(tx, p.owner, mine.slice(p.atMost));
  if (kept.length >= p.atMost) return kept;
  await freeExpired(tx);
  const taken = await tx.sql<HeldShard>(
    `UPDATE shard SET owner = $1, fence = fence + 1 WHERE shard IN
       (SELECT shard FROM shard WHERE owner IS NULL AND NOT (shard = ANY ($3::int[]))
        ORDER BY shard LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING shard, fence`,
    [p.owner, p.atMost - kept.length, mine.slice(p.atMost).map(({ shard }) => shard)],
  );
  return [...kept, ...taken].toSorted((a, b) => a.shard - b.shard);
}

export async function releaseShards(tx: Tx, p: Params<"release">): Promise<void> {
  await lockAlone(tx, "owner", [p.owner]);
  await tx.run("UPDATE shard SET owner = NULL WHERE owner = $1", [p.owner]);
  await tx.run("DELETE FROM node WHERE owner = $1", [p.owner]);
}

/**
 * All owners with a valid lease, even without shards: their number determines how many shards each should
 * have.
 */
export async function owners(tx: Tx): Promise<readonly { owner: string; shards: number }[]> {
  return await tx.sql(
    `SELECT node.owner, count(shard.shard) AS shards FROM node
     LEFT JOIN shard ON shard.owner = node.owner
     WHERE node.lease_until > ${leaseNow(1)} GROUP BY node.owner`,
    [findLeaseClock(tx.node)],
  );
}

/**
 * Puts the owner's endpoints with pending work into the queue. It steps from endpoint to endpoint along the
 * index `delivery_due`, past everything that waits behind each: half a million deliveries of one endpoint are
 * one step.
 */
export async function recover(tx: Tx, p: Params<"recover">): Promise<{ endpoints: number }> {
  const rows = await tx.sql<{ id: string; shard: number }>(
    `WITH RECURSIVE step (endpoint_seq) AS (
       (SELECT endpoint_seq FROM delivery WHERE state = 0 ORDER BY endpoint_seq, due_at LIMIT 1)
       UNION ALL
       SELECT (SELECT endpoint_seq FROM delivery
         WHERE state = 0 AND delivery.endpoint_seq > step.endpoint_seq
         ORDER BY endpoint_seq, due_at LIMIT 1)
       FROM step WHERE step.endpoint_seq IS NOT NULL
     ), due AS (
       SELECT endpoint.seq, endpoint.id, endpoint.shard,
         greatest(state.probe_at, first.due_at) AS due_at
       FROM step JOIN endpoint ON endpoint.seq = step.endpoint_seq
         JOIN shard ON shard.shard = endpoint.shard AND shard.owner = $1
         LEFT JOIN endpoint_state state
           ON state.endpoint_seq = endpoint.seq AND state.breaker = 'open'
         CROSS JOIN LATERAL (SELECT due_at FROM delivery
           WHERE delivery.state = 0 AND due_at IS NOT NULL AND delivery.endpoint_seq = endpoint.seq
           ORDER BY due_at LIMIT 1) AS first
       WHERE endpoint.status = 'enabled'
     ), queued AS (
       INSERT INTO endpoint_queue (endpoint_seq, shard, next_due_at)
       SELECT seq, shard, due_at FROM due ORDER BY seq
       ON CONFLICT (endpoint_seq) DO UPDATE
         SET next_due_at = least(endpoint_queue.next_due_at, excluded.next_due_at)
     )
     SELECT id, shard FROM due`,
    [p.owner],
  );
  for (const { id, shard } of rows) tx.afterCommit.due({ endpointId: id, shard });
  return { endpoints: rows.length };
}

/**
 * Begins a first lease, or one after the last has ended: other nodes may have leased its deliveries since.
 */
async function begin(tx: Tx, p: Params<"hold">): Promise<void> {
  await tx.run("UPDATE shard SET owner = NULL WHERE owner = $1", [p.owner]);
  await tx.run(
    `INSERT INTO node (owner, lease_until) VALUES ($1, ${leaseNow(3)} + $2)
     ON CONFLICT (owner) DO UPDATE SET lease_until = excluded.lease_until`,
    [p.owner, p.leaseMs, findLeaseClock(tx.node)],
  );
}

async function loadShards(tx: Tx, owner: string): Promise<readonly HeldShard[]> {
  return await tx.sql("SELECT shard, fence FROM shard WHERE owner = $1 ORDER BY shard", [owner]);
}

async function releaseShardsOf(tx: Tx, owner: string, shards: readonly HeldShard[]): Promise<void> {
  if (shards.length === 0) return;
  await tx.run("UPDATE shard SET owner = NULL WHERE owner = $1 AND shard = ANY ($2::int[])", [
    owner,
    shards.map(({ shard }) => shard),
  ]);
}

/** Frees the shards of owners whose lease has ended, one former owner's lock after the other. */
async function freeExpired(tx: Tx): Promise<void> {
  const now = findLeaseClock(tx.node);
  const expired = await tx.sql<{ owner: string }>(
    `SELECT DISTINCT shard.owner FROM shard LEFT JOIN node ON node.owner = shard.owner
     WHERE shard.owner IS NOT NULL AND coalesce(node.lease_until, 0) <= ${leaseNow(1)}`,
    [now],
  );
  if (expired.length === 0) return;
  const names = expired.map(({ owner }) => owner);
  await lockAlone(tx, "owner", names);
  await tx.run(
    `UPDATE shard SET owner = NULL WHERE owner = ANY ($1) AND NOT EXISTS
       (SELECT 1 FROM node WHERE node.owner = shard.owner AND node.lease_until > ${leaseNow(2)})`,
    [names, now],
  );
  await tx.run(`DELETE FROM node WHERE owner = ANY ($1) AND lease_until <= ${leaseNow(2)}`, [
    names,
    now,
  ]);
}
