/**
 * Shards: 256 groups of endpoints, each with at most one owner. Only the owner claims and sends, so limits,
 * breaker and order hold across nodes. The store's own clock, never a node's, decides when a lease is over.
 */
export const SHARD_COUNT = 256;

export type HeldShard = { readonly shard: number; readonly fence: number };

export interface ShardStore {
  /**
   * Takes free or expired shards for `owner`, up to `atMost` in total, and renews those it holds, for
   * `leaseMs`. The fence of a shard grows with every new owner, never with a renewal.
   */
  hold(p: { owner: string; atMost: number; leaseMs: number }): Promise<readonly HeldShard[]>;
  /** Releases all shards of the owner at once. */
  release(p: { owner: string }): Promise<void>;
  /** Owners with live leases and their number of shards, including owners with none. */
  owners(): Promise<readonly { readonly owner: string; readonly shards: number }[]>;
  /**
   * Makes work leased under older fences visible to `dueEndpoints` again. A new owner calls it after `hold`.
   * A call reads at most `limit` endpoints with work, of any owner, from `after` on. `next` continues; null ends. Its
   * cost grows with these endpoints, not with deliveries.
   */
  recover(p: {
    owner: string;
    after?: number;
    limit?: number;
  }): Promise<{ readonly endpoints: number; readonly next: number | null }>;
  /** Confirms that the owner starts no new attempt under an older version of this endpoint (I11). */
  acknowledge(p: { owner: string; endpointId: string; version: number }): Promise<void>;
  /** Called when another node has released shards; polling finds them as well, a little later. */
  onFreed(p: { owner: string; listener: () => void }): void;
  /** Called with endpoint changes of held shards; the listener acknowledges them. */
  onChanged(p: {
    owner: string;
    listener: (changed: { readonly endpointId: string; readonly version: number }) => void;
  }): void;
}
