/**
 * The shards that owners in this process hold, according to the last `hold`. Only the database can say
 * whether that is still true, in the transaction that relies on it.
 */
import type { HeldShard } from "../../interface/shards.ts";

export type LocalShards = {
  /** The owner in this process that holds the shard, with its fence; null when absent. */
  holder(shard: number): { readonly owner: string; readonly fence: number } | null;
  /** Owners in this process that hold shards. */
  owners(): readonly string[];
  /** The shards of one owner in this process. */
  of(owner: string): readonly HeldShard[];
  held(owner: string, shards: readonly HeldShard[]): void;
  released(owner: string): void;
};

export function createLocalShards(): LocalShards {
  const byShard = new Map<number, { owner: string; fence: number }>();
  const byOwner = new Map<string, readonly HeldShard[]>();

  function forget(owner: string): void {
    for (const { shard } of byOwner.get(owner) ?? []) {
      if (byShard.get(shard)?.owner === owner) byShard.delete(shard);
    }
    byOwner.delete(owner);
  }
  return {
    holder: (shard) => byShard.get(shard) ?? null,
    owners: () => [...byOwner.keys()],
    of: (owner) => byOwner.get(owner) ?? [],
    held(owner, shards) {
      forget(owner);
      byOwner.set(owner, shards);
      for (const { shard, fence } of shards) byShard.set(shard, { owner, fence });
    },
    released: forget,
  };
}
