/** The lease under which a due delivery may go straight to its lane. */
import type { RoutedEndpoint } from "../cluster/routed-endpoint.ts";
import type { Tx } from "../types.ts";

/** The state when the owner's lease was locked; this node's shards may change meanwhile. */
export type Lease = { readonly owner: string; readonly fence: number };

export type Leases = {
  /** Null when the delivery must wait in the queue: another node's shard, an open breaker, or no room. */
  take(endpoint: RoutedEndpoint, bytes: number): Lease | null;
};

/** Beyond `LARGE_ROOM`, large payloads wait in the queue instead of in memory. */
const LARGE_PAYLOAD = 16 * 1024;
const LARGE_ROOM = 32;

/**
 * `owners` have valid leases in this transaction; endpoints in `open` have an open breaker and get no lease.
 */
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
