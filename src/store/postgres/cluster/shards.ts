/**
 * Leases of nodes, by the database's clock. A takeover takes the former owner's lock alone first, so that no
 * write under the former lease comes afterwards (`owner-lease.ts`).
 */
import type { HeldShard, ShardStore } from "../../interface/shards.ts";
import { hold as holdShards, release, type LeaseStatements } from "../../queue/shards.ts";
import { findLeaseClock, leaseNow } from "./lease-clock.ts";
import { lockAlone } from "../server/locks.ts";
import { runSteps, toSession, wait } from "../session.ts";
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

/** The caller has forgotten the owner's shards: nothing is leased under them until this returns. */
export async function hold(
  tx: Tx,
  p: Params<"hold"> & { withNewFences: boolean },
): Promise<readonly HeldShard[]> {
  return await runSteps(holdShards(toSession(tx), leaseStatements(tx), p));
}

export async function releaseShards(tx: Tx, p: Params<"release">): Promise<void> {
  await runSteps(release(toSession(tx), leaseStatements(tx), p.owner));
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

function leaseStatements(tx: Tx): LeaseStatements {
  const clock = findLeaseClock(tx.node);
  return {
    lock: (owner) => wait(() => lockAlone(tx, "owner", [owner])),
    isValid: (owner) =>
      wait(async () => {
        const text = `SELECT FROM node WHERE owner = $1 AND lease_until > ${leaseNow(2)}`;
        return (await tx.sql(text, [owner, clock])).length > 0;
      }),
    save: (owner, leaseMs) =>
      wait(async () => {
        await tx.run(
          `INSERT INTO node (owner, lease_until) VALUES ($1, ${leaseNow(3)} + $2)
           ON CONFLICT (owner) DO UPDATE SET lease_until = excluded.lease_until`,
          [owner, leaseMs, clock],
        );
      }),
    end: (owner) =>
      wait(async () => void (await tx.run("DELETE FROM node WHERE owner = $1", [owner]))),
    freeExpired: () => wait(() => freeExpired(tx, clock)),
  };
}

/** One former owner's lock after the other. */
async function freeExpired(tx: Tx, now: number | null): Promise<void> {
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
