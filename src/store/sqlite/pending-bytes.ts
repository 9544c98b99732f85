/**
 * How many bytes of payloads each app is owed deliveries for, so that one app's backlog cannot fill
 * the disk (I5). Read once from the tallies, then kept in step with them after every commit; within
 * one commit an app may pass its limit by what else is in it.
 */
import type { Connection } from "./connection.ts";

export type PendingBytes = {
  /** Most bytes of one app. */
  readonly limit: number;
  isFull(appSeq: number): boolean;
  /** More than half: what can wait leaves the rest to what is new. */
  isHalfFull(appSeq: number): boolean;
  /** After a commit: what its tallies changed. */
  committed(changes: ReadonlyMap<number, number>): void;
};

export function createPendingBytes({ sql }: Connection, limit: number): PendingBytes {
  const owed = new Map<number, number>();
  for (const row of sql(
    `SELECT appSeq, sum(pendingBytes) AS bytes FROM (SELECT appSeq, pendingBytes FROM tally
      UNION ALL SELECT appSeq, pendingBytes FROM tallyTotal) GROUP BY appSeq`,
  ).all()) {
    owed.set(row["appSeq"] as number, row["bytes"] as number);
  }
  return {
    limit,
    isFull: (appSeq) => (owed.get(appSeq) ?? 0) >= limit,
    isHalfFull: (appSeq) => (owed.get(appSeq) ?? 0) >= limit / 2,
    committed(changes) {
      for (const [appSeq, bytes] of changes) {
        const left = (owed.get(appSeq) ?? 0) + bytes;
        if (left > 0) owed.set(appSeq, left);
        else owed.delete(appSeq);
      }
    },
  };
}
