/**
 * Payload bytes of each app's pending deliveries, so that one app's backlog cannot fill the disk (I5). They
 * are read from the tallies and follow this node's commits. The next reading includes the changes of other
 * nodes. Within one commit an app may exceed its limit by the rest of that commit.
 */
import { createApproximateCounts } from "../history/approximate-counts.ts";
import { isFull } from "../../queue/quotas.ts";
import type { Connection } from "../connection.ts";

export type PendingBytes = {
  /** Maximum number of bytes of one app. */
  readonly limit: number;
  /** Reads the apps whose bytes are unknown or too old, in one statement. */
  load(connection: Connection, appSeqs: readonly number[]): Promise<void>;
  pending(appSeq: number): number;
  isFull(appSeq: number): boolean;
  /** Call this after a commit of this node, with the changes of its tallies. */
  committed(changes: ReadonlyMap<number, number>): void;
};

export function createPendingBytes(limit: number): PendingBytes {
  const counts = createApproximateCounts({ marks: [limit / 2, limit] });
  return {
    limit,
    async load(connection, appSeqs) {
      const stale = counts.stale(appSeqs);
      if (stale.length === 0) return;
      const begunAt = performance.now();
      const rows = await connection.sql<{ appSeq: number; bytes: number }>(
        `SELECT app_seq, sum(pending_bytes) AS bytes
          FROM (SELECT app_seq, pending_bytes FROM tally WHERE app_seq = ANY ($1::bigint[])
            UNION ALL SELECT app_seq, pending_bytes FROM tally_total
            WHERE app_seq = ANY ($1::bigint[])) AS tallied
          GROUP BY app_seq`,
        [stale],
      );
      const fresh = new Map(stale.map((appSeq) => [appSeq, 0]));
      for (const { appSeq, bytes } of rows) fresh.set(appSeq, bytes);
      counts.counted(fresh, performance.now() - begunAt);
    },
    isFull: (appSeq) => isFull(counts.of(appSeq) ?? 0, limit),
    pending: (appSeq) => counts.of(appSeq) ?? 0,
    committed(changes) {
      for (const [appSeq, bytes] of changes) counts.add(appSeq, bytes);
    },
  };
}
