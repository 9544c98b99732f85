/**
 * Number of deliveries that this node has leased per endpoint, so that accept sends no more straight to a
 * lane than fit. Counts under an older fence are ignored.
 */
import type { LeaseNote } from "../cluster/after-commit.ts";

export type LeaseCounts = {
  of(endpointSeq: number, fence: number): number;
  committed(afterCommit: readonly LeaseNote[]): void;
};

export function createLeaseCounts(): LeaseCounts {
  const counts = new Map<number, { fence: number; count: number }>();
  return {
    of(endpointSeq, fence) {
      const known = counts.get(endpointSeq);
      return known?.fence === fence ? known.count : 0;
    },
    committed(afterCommit) {
      for (const { endpointSeq, fence, count } of afterCommit) {
        const known = counts.get(endpointSeq);
        if (known !== undefined && known.fence > fence) continue;
        const left = (known?.fence === fence ? known.count : 0) + count;
        if (left > 0) counts.set(endpointSeq, { fence, count: left });
        else counts.delete(endpointSeq);
      }
    },
  };
}
