/**
 * Moving the WAL into the database file. A checkpoint in the middle of a commit would hold all who
 * wait for it, so it is done when nobody waits, and under a load that never pauses when the WAL has
 * grown to its limit.
 */
import type { Connection } from "./connection.ts";

/** Frames of 4 KiB that are not in the database file yet. */
const WHEN_IDLE = 1_000;
const AT_MOST = 4_000;

export type Checkpoints = { afterCommit(idle: boolean): void };

export function createCheckpoints({ db, sql }: Connection): Checkpoints {
  db.exec("PRAGMA wal_autocheckpoint = 0");
  return {
    afterCommit(idle) {
      // NOOP only counts. Frames stay counted until a later commit starts the WAL from its beginning.
      const row = sql("PRAGMA wal_checkpoint(NOOP)").get();
      const waiting = (row?.["log"] as number) - (row?.["checkpointed"] as number);
      if (waiting > (idle ? WHEN_IDLE : AT_MOST)) sql("PRAGMA wal_checkpoint(PASSIVE)").get();
    },
  };
}
