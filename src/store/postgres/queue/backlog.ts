/**
 * Pending deliveries per endpoint, for the quota that keeps one endpoint's backlog from filling the disk
 * (I5). A count is read from the rows and follows this node's commits. The next count includes the changes of
 * other nodes.
 */
import { createApproximateCounts } from "../history/approximate-counts.ts";
import { isFull } from "../../queue/quotas.ts";
import type { Connection } from "../connection.ts";
import type { PendingNote } from "../cluster/after-commit.ts";

export type Backlog = {
  /** Maximum number of pending deliveries of one endpoint. */
  readonly limit: number;
  /** Null when the endpoint was never counted. Counting stops at the limit. */
  known(endpointSeq: number): number | null;
  /** Counts the endpoints whose count is unknown or too old, in one statement. */
  load(connection: Connection, endpointSeqs: readonly number[]): Promise<void>;
  /**
   * Whether the endpoint's quota is used up, `added` deliveries of this transaction included. One more
   * delivery then fails at once.
   */
  isFull(endpointSeq: number, added?: number): boolean;
  /** Call this after a commit of this node. */
  committed(notes: readonly PendingNote[]): void;
};

export function createBacklog(limit: number): Backlog {
  const counts = createApproximateCounts({ marks: () => [limit] });
  return {
    limit,
    known: (endpointSeq) => counts.of(endpointSeq),
    async load(connection, endpointSeqs) {
      const stale = counts.stale(endpointSeqs);
      if (stale.length === 0) return;
      const begunAt = performance.now();
      const rows = await connection.sql<{ endpointSeq: number; pending: number }>(
        `SELECT endpoint_seq, (SELECT count(*) FROM (SELECT 1 FROM delivery
            WHERE delivery.endpoint_seq = asked.endpoint_seq AND state = 0 LIMIT $2) AS counted) AS pending
          FROM unnest($1::bigint[]) AS asked (endpoint_seq)`,
        [stale, limit],
      );
      const fresh = new Map(rows.map(({ endpointSeq, pending }) => [endpointSeq, pending]));
      counts.counted(fresh, performance.now() - begunAt);
    },
    isFull: (endpointSeq, added = 0) => isFull((counts.of(endpointSeq) ?? 0) + added, limit),
    committed(notes) {
      for (const { endpointSeq, count } of notes) counts.add(endpointSeq, count);
    },
  };
}
