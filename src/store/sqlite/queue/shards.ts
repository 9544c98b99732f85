/**
 * Owners of shards. The table is cached in the writer's memory; a lease ends by the store's own clock. A
 * process that opens the file starts without owners, because the lock proves that every former one is gone.
 */
import { SHARD_COUNT, type HeldShard, type ShardStore } from "../../interface/shards.ts";
import { nextDueAt } from "../../queue/queue-endpoint.ts";
import type { Connection } from "../connection.ts";
import type { Writer } from "../thread/writer-types.ts";

type Params<M extends keyof ShardStore> = Parameters<ShardStore[M]>[0];

/** Renews the owner's shards, then takes free ones, lowest number first. */
export function hold(writer: Writer, p: Params<"hold">): readonly HeldShard[] {
  const now = writer.leaseNow();
  const leaseUntil = now + p.leaseMs;
  const shards = writer.state.shards();
  const held: HeldShard[] = [];
  for (const [shard, row] of shards.entries()) {
    if (row.owner !== p.owner || row.leaseUntil <= now || held.length === p.atMost) continue;
    held.push({ shard, fence: row.fence });
    save(writer, { shard, owner: p.owner, leaseUntil, fence: row.fence });
  }
  for (const [shard, row] of shards.entries()) {
    if (held.length === p.atMost) break;
    if (row.owner !== null && row.leaseUntil > now) continue;
    // The fence grows even when the owner itself returns late, because its former leases may be due again.
    const fence = row.fence + 1;
    held.push({ shard, fence });
    save(writer, { shard, owner: p.owner, leaseUntil, fence });
  }
  writer.state.forgetShards();
  return held;
}

export function releaseShards(writer: Writer, p: Params<"release">): void {
  writer.sql("UPDATE shard SET owner = NULL, leaseUntil = 0 WHERE owner = ?").run(p.owner);
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

/**
 * Steps from endpoint to endpoint along the index `delivery_due` and skips the deliveries between: half a
 * million deliveries of one endpoint are one step.
 */
export function recover(writer: Writer, p: Params<"recover">): { endpoints: number } {
  const rows = writer
    .sql(
      `WITH RECURSIVE step (endpointSeq) AS (
          SELECT min(endpointSeq) FROM delivery INDEXED BY delivery_due WHERE state = 0
          UNION ALL
          SELECT (SELECT min(endpointSeq) FROM delivery INDEXED BY delivery_due
            WHERE state = 0 AND endpointSeq > step.endpointSeq)
          FROM step WHERE step.endpointSeq IS NOT NULL
        )
        SELECT endpoint.seq, (SELECT min(dueAt) FROM delivery INDEXED BY delivery_due
            WHERE state = 0 AND dueAt IS NOT NULL AND endpointSeq = endpoint.seq) AS dueAt
        FROM step JOIN endpoint ON endpoint.seq = step.endpointSeq
        WHERE endpoint.status = 'enabled'`,
    )
    .all();
  let endpoints = 0;
  for (const row of rows) {
    const dueAt = row["dueAt"] as number | null;
    const endpoint = writer.state.endpointBySeq(row["seq"] as number);
    // All of its work waits behind ordering keys whose first delivery is finished or gone.
    if (dueAt === null || endpoint === null) continue;
    const { seq, endpointId, shard } = endpoint;
    if (writer.state.shards()[shard]?.owner !== p.owner) continue;
    const at = nextDueAt(endpoint, { dueAt, hasLeased: () => false });
    endpoints += 1;
    writer
      .sql(
        `INSERT INTO endpointQueue (endpointSeq, shard, nextDueAt) VALUES (?, ?, ?)
          ON CONFLICT (endpointSeq) DO UPDATE SET nextDueAt = min(nextDueAt, excluded.nextDueAt)`,
      )
      .run(seq, shard, at);
    writer.noteDue({ endpointId, shard });
  }
  return { endpoints };
}

/** Called at open, when no other owner can be alive. Fences stay, so no lease of a former owner is valid. */
export function clearOwners({ sql }: Connection): void {
  sql("UPDATE shard SET owner = NULL, leaseUntil = 0 WHERE owner IS NOT NULL").run();
}

function save(
  { sql }: Writer,
  p: { shard: number; owner: string; leaseUntil: number; fence: number },
): void {
  if (p.shard >= SHARD_COUNT) throw new RangeError(`there is no shard ${p.shard}`);
  sql(
    `INSERT INTO shard (shard, owner, leaseUntil, fence) VALUES (?, ?, ?, ?)
      ON CONFLICT (shard) DO UPDATE SET owner = excluded.owner, leaseUntil = excluded.leaseUntil,
        fence = excluded.fence`,
  ).run(p.shard, p.owner, Math.ceil(p.leaseUntil), p.fence);
}
