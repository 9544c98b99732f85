/**
 * Number of leased deliveries per endpoint, so that accept sends no more straight to a lane than fit. A new
 * fence begins at zero, and counts under an older fence are ignored.
 */
export type LeasedCounts = {
  /** Deliveries of the endpoint that are leased under this fence. */
  count(endpointSeq: number, fence: number): number;
  /** Deliveries that became (+) or stopped being (-) leased. */
  add(endpointSeq: number, fence: number, count: number): void;
};

export function createLeasedCounts(): LeasedCounts {
  const leases = new Map<number, { readonly fence: number; count: number }>();
  return {
    count(endpointSeq, fence) {
      const known = leases.get(endpointSeq);
      return known?.fence === fence ? known.count : 0;
    },
    add(endpointSeq, fence, count) {
      const known = leases.get(endpointSeq);
      if (known !== undefined && known.fence > fence) return;
      if (known?.fence === fence) {
        known.count += count;
        if (known.count <= 0) leases.delete(endpointSeq);
      } else if (count > 0) leases.set(endpointSeq, { fence, count });
    },
  };
}
