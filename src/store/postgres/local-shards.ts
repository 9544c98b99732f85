/**
 * The shards that owners of this process hold, as `hold` last said. Whether that still holds is for
 * the database to say, in the transaction that relies on it.
 */
import type { HeldShard } from "../shards.ts";

export type LocalShards = {
  /** The owner of this process that holds the shard, with its fence; null when none does. */
  holder(shard: number): { readonly owner: string; readonly fence: number } | null;
  /** Owners of this process that hold shards. */
  owners(): readonly string[];
  /** The shards of one owner of this process. */
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
