/**
 * Number of pending deliveries per endpoint, for the quota that keeps one endpoint's backlog from filling the
 * disk (I5). It is counted once from the rows; every call that adds or ends a delivery updates it. A rollback
 * drops the counts it affects.
 */
import { COUNTED_LIMIT, isFull } from "../../queue/quotas.ts";
import type { Connection } from "../connection.ts";

export type Backlog = {
  /** Maximum of pending deliveries per endpoint. */
  readonly limit: number;
  /** Counted up to the limit. */
  pending(endpointSeq: number): number;
  /** True when the endpoint has used its quota, so that a new delivery fails at once. */
  isFull(endpointSeq: number): boolean;
  /** Deliveries that entered (+) or left (-) the state pending. */
  add(endpointSeq: number, count: number): void;
  rollback(): void;
  committed(): void;
};

export function createBacklog({ sql }: Connection, limit: number): Backlog {
  const counts = new Map<number, number>();
  const touched = new Set<number>();

  /** Two ranges of two partial indexes, read only up to the quota. */
  function count(endpointSeq: number): number {
    const row = sql(
      `SELECT (SELECT count(*) FROM (SELECT 1 FROM delivery
          WHERE endpointSeq = ?1 AND state = 0 AND dueAt IS NOT NULL LIMIT ?2))
        + (SELECT count(*) FROM (SELECT 1 FROM delivery INDEXED BY delivery_keyed
          WHERE endpointSeq = ?1 AND state = 0 AND orderingKey IS NOT NULL AND dueAt IS NULL
          LIMIT ?2)) AS pending`,
    ).get(endpointSeq, limit);
    return row?.["pending"] as number;
  }

  function pending(endpointSeq: number): number {
    let known = counts.get(endpointSeq);
    if (known === undefined) {
      known = count(endpointSeq);
      if (counts.size >= COUNTED_LIMIT) counts.clear();
      counts.set(endpointSeq, known);
      touched.add(endpointSeq);
    }
    return known;
  }

  return {
    limit,
    pending,
    isFull: (endpointSeq) => isFull(pending(endpointSeq), limit),
    add(endpointSeq, change) {
      const known = counts.get(endpointSeq);
      if (known === undefined) return;
      counts.set(endpointSeq, known + change);
      touched.add(endpointSeq);
    },
    rollback() {
      for (const endpointSeq of touched) counts.delete(endpointSeq);
      touched.clear();
    },
    committed: () => touched.clear(),
  };
}
