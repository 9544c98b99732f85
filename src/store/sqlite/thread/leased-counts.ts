/** The leased deliveries of the node, with the changes that a rollback reverts. */
import { createLeasedCounts, type LeasedCounts } from "../../queue/leased-counts.ts";

export type RevertibleCounts = LeasedCounts & {
  /** A position for a savepoint, which `rollback` takes. */
  mark(): number;
  committed(): void;
  rollback(mark: number): void;
};

export function createRevertibleCounts(): RevertibleCounts {
  const counts = createLeasedCounts();
  /** Reverts the changes of the open transaction, one by one. */
  const undo: (() => void)[] = [];
  return {
    ...counts,
    add(endpoint, fence, count, bytes) {
      undo.push(() => counts.remove(endpoint.seq, fence, count));
      counts.add(endpoint, fence, count, bytes);
    },
    remove(endpointSeq, fence, count) {
      const removed = counts.remove(endpointSeq, fence, count);
      if (removed !== null) {
        const { endpoint, bytes } = removed;
        undo.push(() => counts.add(endpoint, fence, removed.count, bytes));
      }
      return removed;
    },
    mark: () => undo.length,
    committed() {
      undo.length = 0;
    },
    rollback(mark) {
      // The last change first, so that each step leads to an earlier state.
      for (const revert of undo.splice(mark).toReversed()) revert();
    },
  };
}
