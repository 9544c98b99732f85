/**
 * How many deliveries this node has leased per endpoint, so that accept lets no more go straight to a
 * lane than it has room for. Counts of a fence that has passed count no more.
 */
import type { LeaseNote } from "./after-commit.ts";

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
