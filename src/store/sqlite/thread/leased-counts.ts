/** How many deliveries of each endpoint are leased, with the changes that a rollback reverts. */

export type LeasedCounts = {
  /** Deliveries of the endpoint that are leased under this fence. */
  count(endpointSeq: number, fence: number): number;
  add(endpointSeq: number, fence: number, count: number): void;
  /** A position for a savepoint, which `rollback` takes. */
  mark(): number;
  committed(): void;
  rollback(mark: number): void;
};

export function createLeasedCounts(): LeasedCounts {
  const leases = new Map<number, { fence: number; count: number }>();
  /** Changes by the open transaction. */
  const undo: { endpointSeq: number; fence: number; count: number }[] = [];

  function lease(endpointSeq: number, fence: number): { fence: number; count: number } {
    const known = leases.get(endpointSeq);
    if (known !== undefined && known.fence === fence) return known;
    // No delivery is leased yet under a new fence.
    const fresh = { fence, count: 0 };
    leases.set(endpointSeq, fresh);
    return fresh;
  }

  return {
    count: (endpointSeq, fence) => lease(endpointSeq, fence).count,
    add(endpointSeq, fence, count) {
      undo.push({ endpointSeq, fence, count });
      const known = lease(endpointSeq, fence);
      known.count += count;
      if (known.count === 0) leases.delete(endpointSeq);
    },
    mark: () => undo.length,
    committed() {
      undo.length = 0;
    },
    rollback(mark) {
      for (const change of undo.splice(mark)) {
        lease(change.endpointSeq, change.fence).count -= change.count;
      }
    },
  };
}
