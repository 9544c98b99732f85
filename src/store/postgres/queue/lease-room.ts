/** The lease under which a due delivery may go straight to its lane. */
import type { Lease } from "../../accept/plan-delivery.ts";
import { mayLeaseAtOnce } from "../../queue/lease-room.ts";
import type { RoutedEndpoint } from "../cluster/routed-endpoint.ts";
import type { Tx } from "../types.ts";

type LeasableEndpoint = Pick<RoutedEndpoint, "seq" | "shard" | "status">;

export type Leases = {
  /** Null when the delivery must wait in the queue: another node's shard, an open breaker, or no room. */
  take(endpoint: LeasableEndpoint, bytes: number): Lease | null;
};

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
      // The state when the owner's lease was locked; this node's shards may change meanwhile.
      const holder = node.shards.holder(endpoint.shard);
      if (holder === null || !owners.has(holder.owner)) return null;
      const here = counts.get(endpoint.seq) ?? 0;
      const leased = node.leaseCounts.of(endpoint.seq, holder.fence) + here;
      const isBreakerOpen = open.has(endpoint.seq);
      if (!mayLeaseAtOnce(endpoint, { isBreakerOpen, bytes, leased, room: node.leaseRoom }))
        return null;
      counts.set(endpoint.seq, here + 1);
      return holder;
    },
  };
}
