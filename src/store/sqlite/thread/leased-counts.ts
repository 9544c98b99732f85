/** How many deliveries of each endpoint are leased, with the changes that a rollback reverts. */
import { createLeasedCounts, type LeasedCounts } from "../../queue/leased-counts.ts";

export type RevertibleCounts = LeasedCounts & {
  /** A position for a savepoint, which `rollback` takes. */
  mark(): number;
  committed(): void;
  rollback(mark: number): void;
};

export function createRevertibleCounts(): RevertibleCounts {
  const counts = createLeasedCounts();
  /** Changes by the open transaction. */
  const undo: { endpointSeq: number; fence: number; count: number }[] = [];
  return {
    count: counts.count,
    add(endpointSeq, fence, count) {
      undo.push({ endpointSeq, fence, count });
      counts.add(endpointSeq, fence, count);
    },
    mark: () => undo.length,
    committed() {
      undo.length = 0;
    },
    rollback(mark) {
      // The last change first, so that each step leads to an earlier state and none falls below zero.
      for (const { endpointSeq, fence, count } of undo.splice(mark).toReversed()) {
        counts.add(endpointSeq, fence, -count);
      }
    },
  };
}
