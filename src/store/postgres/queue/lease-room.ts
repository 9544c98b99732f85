/** The leases of one transaction: this node's shards and counts, and the deliveries leased so far. */
import { createLeasedCounts } from "../../queue/leased-counts.ts";
import { addViews, findLease, type Lease, type LeaseLookups } from "../../queue/lease-room.ts";
import type { Tx } from "../types.ts";

export type FindLease = (endpoint: Parameters<typeof findLease>[1], bytes: number) => Lease | null;

/**
 * `owners` have valid leases in this transaction; endpoints in `open` have an open breaker. Each lease that is
 * found counts as taken.
 */
export function createLeases(
  { node }: Tx,
  { owners, open }: { owners: ReadonlySet<string>; open: ReadonlySet<number> },
): FindLease {
  const taken = createLeasedCounts();
  const lookups: LeaseLookups = {
    findHolder(shard) {
      // The state when the owner's lease was locked; this node's shards may change meanwhile.
      const holder = node.shards.holder(shard);
      return holder !== null && owners.has(holder.owner) ? holder : null;
    },
    isBreakerOpen: (seq) => open.has(seq),
    leased: addViews(node.leaseCounts, taken),
    room: node.leaseRoom,
  };
  return (endpoint, bytes) => {
    const lease = findLease(lookups, endpoint, bytes);
    if (lease !== null) taken.add(endpoint, lease.fence, 1, bytes);
    return lease;
  };
}
