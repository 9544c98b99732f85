/**
 * Leases of owners. The lease stands in the row of each shard, and ends by the store's clock. A process that
 * opens the file starts without owners, because the lock proves that every former one is gone.
 */
import { SHARD_COUNT, type HeldShard, type ShardStore } from "../../interface/shards.ts";
import { hold as holdShards, release, type LeaseStatements } from "../../queue/shards.ts";
import type { Connection } from "../connection.ts";
import { now, runNow } from "../session.ts";
import type { Writer } from "../thread/writer-types.ts";

type Params<M extends keyof ShardStore> = Parameters<ShardStore[M]>[0];

export function hold(writer: Writer, p: Params<"hold">): readonly HeldShard[] {
  const given = { ...p, withNewFences: false };
  const held = runNow(holdShards(writer.session, leaseStatements(writer), given));
  writer.state.forgetShards();
  return held;
}

export function releaseShards(writer: Writer, p: Params<"release">): void {
  runNow(release(writer.session, leaseStatements(writer), p.owner));
  writer.state.forgetShards();
}

export function owners(writer: Writer): readonly { owner: string; shards: number }[] {
  const counts = new Map<string, number>();
  for (const { owner, leaseUntil } of writer.state.shards()) {
    if (owner === null || leaseUntil <= writer.leaseNow()) continue;
    counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return [...counts].map(([owner, shards]) => ({ owner, shards }));
}

export function hasLease(writer: Writer, owner: string): boolean {
  const leaseNow = writer.leaseNow();
  return writer.state.shards().some((row) => row.owner === owner && row.leaseUntil > leaseNow);
}

/** Called at open, when no other owner can be alive. Fences stay, so no lease of a former owner is valid. */
export function clearOwners({ sql }: Connection): void {
  sql("UPDATE shard SET owner = NULL, leaseUntil = 0 WHERE owner IS NOT NULL").run();
  // One statement is one commit; a row at a time would be 256 of them.
  sql(
    `WITH RECURSIVE numbered (shard) AS (
        SELECT 0 UNION ALL SELECT shard + 1 FROM numbered WHERE shard + 1 < ?)
      INSERT INTO shard (shard, leaseUntil, fence) SELECT shard, 0, 0 FROM numbered
      WHERE true ON CONFLICT (shard) DO NOTHING`,
  ).run(SHARD_COUNT);
}

function leaseStatements(writer: Writer): LeaseStatements {
  const { sql } = writer;
  return {
    // No other call runs meanwhile.
    lock: () => now(() => undefined),
    isValid: (owner) => now(() => hasLease(writer, owner)),
    save: (owner, leaseMs) =>
      now(() => {
        const leaseUntil = Math.ceil(writer.leaseNow() + leaseMs);
        sql("UPDATE shard SET leaseUntil = ? WHERE owner = ?").run(leaseUntil, owner);
      }),
    end: () => now(() => undefined),
    freeExpired: () =>
      now(() => {
        sql("UPDATE shard SET owner = NULL WHERE leaseUntil <= ?").run(writer.leaseNow());
      }),
  };
}
