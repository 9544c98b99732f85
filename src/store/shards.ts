/**
 * Shards: 256 groups of endpoints, each with at most one owner. Only the owner claims and sends, so
 * limits, breaker and order hold across nodes. Whether a lease is over is judged by the store's own
 * clock, never by a node's.
 */
export const SHARD_COUNT = 256;

export type HeldShard = { readonly shard: number; readonly fence: number };

export interface ShardStore {
  /**
   * Takes free or expired shards for `owner`, up to `atMost` held in all, and renews those it holds,
   * for `leaseMs`. The fence of a shard grows whenever it changes hands, never on renewal.
   */
  hold(p: { owner: string; atMost: number; leaseMs: number }): Promise<readonly HeldShard[]>;
  /** Gives all shards of the owner up at once. */
  release(p: { owner: string }): Promise<void>;
  /** Owners with live leases and how many shards each holds; also those that have none yet. */
  owners(): Promise<readonly { readonly owner: string; readonly shards: number }[]>;
  /**
   * Work left leased under older fences becomes visible to `dueEndpoints` again. Called by a new
   * owner after `hold`; cost grows with the number of endpoints that have work, not with deliveries.
   */
  recover(p: { owner: string }): Promise<{ readonly endpoints: number }>;
  /** The owner's word that no new attempt starts under an older version of this endpoint (I11). */
  acknowledge(p: { owner: string; endpointId: string; version: number }): Promise<void>;
  /** Told when another node has given shards up; found by looking, too, a little later. */
  onFreed(p: { owner: string; listener: () => void }): void;
  /** Endpoint changes of held shards, told to the owner; the listener acknowledges. */
  onChanged(p: {
    owner: string;
    listener: (changed: { readonly endpointId: string; readonly version: number }) => void;
  }): void;
}
