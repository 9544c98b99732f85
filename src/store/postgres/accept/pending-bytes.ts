/**
 * Payload bytes of each app's pending deliveries, so that one app's backlog cannot fill the disk (I5). They
 * are read from the tallies and follow this node's commits. The next reading includes the changes of other
 * nodes. Within one commit an app may exceed its limit by the rest of that commit.
 */
import { createApproximateCounts } from "../history/approximate-counts.ts";
import { COUNTED_LIMIT, pendingBytesByApp } from "../../queue/quotas.ts";
import type { Connection } from "../connection.ts";

export type PendingBytes = {
  /** Reads the apps whose bytes are unknown or too old, in one statement. `limits` has the limit of each app. */
  load(connection: Connection, limits: ReadonlyMap<number, number>): Promise<void>;
  pending(appSeq: number): number;
  /** Call this after a commit of this node, with the changes of its tallies. */
  committed(changes: ReadonlyMap<number, number>): void;
};

const BYTES = pendingBytesByApp("WHERE app_seq = ANY ($1::bigint[])");

export function createPendingBytes(): PendingBytes {
  const known = new Map<number, number>();
  const counts = createApproximateCounts({
    marks(appSeq) {
      const limit = known.get(appSeq) as number;
      return [limit / 2, limit];
    },
  });
  return {
    async load(connection, limits) {
      if (known.size + limits.size > COUNTED_LIMIT) known.clear();
      for (const [appSeq, limit] of limits) known.set(appSeq, limit);
      const stale = counts.stale([...limits.keys()]);
      if (stale.length === 0) return;
      const begunAt = performance.now();
      const rows = await connection.sql<{ appSeq: number; bytes: number }>(BYTES, [stale]);
      const fresh = new Map(stale.map((appSeq) => [appSeq, 0]));
      for (const { appSeq, bytes } of rows) fresh.set(appSeq, bytes);
      counts.counted(fresh, performance.now() - begunAt);
    },
    pending: (appSeq) => counts.of(appSeq) ?? 0,
    committed(changes) {
      for (const [appSeq, bytes] of changes) counts.add(appSeq, bytes);
    },
  };
}
