/**
 * How many bytes of payloads each app is owed deliveries for, so that one app's backlog cannot fill
 * the disk (I5). Read from the tallies and kept in step with this node's commits; what other nodes
 * change is learned when they are read anew. Within one commit an app may pass its limit by what else
 * is in it.
 */
import { createApproximateCounts } from "./approximate-counts.ts";
import type { Connection } from "./connection.ts";

export type PendingBytes = {
  /** Most bytes of one app. */
  readonly limit: number;
  /** Reads those that are unknown or too old, in one statement. */
  load(connection: Connection, appSeqs: readonly number[]): Promise<void>;
  isFull(appSeq: number): boolean;
  /** More than half: what can wait leaves the rest to what is new. */
  isHalfFull(appSeq: number): boolean;
  /** After a commit of this node: what its tallies changed. */
  committed(changes: ReadonlyMap<number, number>): void;
};

export function createPendingBytes(limit: number): PendingBytes {
  const owed = createApproximateCounts({ marks: [limit / 2, limit] });
  return {
    limit,
    async load(connection, appSeqs) {
      const stale = owed.stale(appSeqs);
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
      owed.counted(fresh, performance.now() - begunAt);
    },
    isFull: (appSeq) => (owed.of(appSeq) ?? 0) >= limit,
    isHalfFull: (appSeq) => (owed.of(appSeq) ?? 0) >= limit / 2,
    committed(changes) {
      for (const [appSeq, bytes] of changes) owed.add(appSeq, bytes);
    },
  };
}
