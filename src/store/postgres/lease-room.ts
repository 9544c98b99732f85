/** Under which lease a delivery that is due now may go straight to its lane. */
import type { RoutedEndpoint } from "./routed-endpoint.ts";
import type { Tx } from "./types.ts";

/** As it was when the lock on the owner's lease was held: what this node holds may change meanwhile. */
export type Lease = { readonly owner: string; readonly fence: number };

export type Leases = {
  /** Null when it has to wait in the queue: another node's shard, an open breaker, or no room. */
  take(endpoint: RoutedEndpoint, bytes: number): Lease | null;
};

/** Large payloads wait in the queue rather than in memory, but for a few. */
const LARGE_PAYLOAD = 16 * 1024;
const LARGE_ROOM = 32;

/** `owners` are those whose leases hold in this transaction; behind an `load` breaker nothing goes. */
export function createLeases(
  { node }: Tx,
  { owners, open }: { owners: ReadonlySet<string>; open: ReadonlySet<number> },
): Leases {
  const counts = new Map<number, number>();
  return {
    take(endpoint, bytes) {
      if (endpoint.status !== "enabled" || open.has(endpoint.seq)) return null;
      const holder = node.shards.holder(endpoint.shard);
      if (holder === null || !owners.has(holder.owner)) return null;
      const room = bytes > LARGE_PAYLOAD ? Math.min(LARGE_ROOM, node.leaseRoom) : node.leaseRoom;
      const here = counts.get(endpoint.seq) ?? 0;
      if (node.leaseCounts.of(endpoint.seq, holder.fence) + here >= room) return null;
      counts.set(endpoint.seq, here + 1);
      return holder;
    },
  };
}
