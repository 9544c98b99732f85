/**
 * Moving the WAL into the database file. A checkpoint in the middle of a commit would hold all who
 * wait for it, so it is done when nobody waits, and under a load that never pauses when the WAL has
 * grown to its limit.
 */
import type { Connection } from "./connection.ts";
import { toFault } from "./sqlite-error.ts";

/** Frames of 8 KiB that are not in the database file yet. */
const WHEN_IDLE = 500;
const AT_MOST = 2_000;

export type Checkpoints = { afterCommit(idle: boolean): void };

export function createCheckpoints({ db, sql }: Connection): Checkpoints {
  db.exec("PRAGMA wal_autocheckpoint = 0");
  let triedAt = 0;

  function moveLog(): void {
    try {
      sql("PRAGMA wal_checkpoint(PASSIVE)").get();
    } catch (error) {
      // A full disk has no room for the file to grow. The log keeps what was committed, and once
      // there is room again the next commits try it anew.
      if (toFault(error) !== "unavailable") throw error;
    }
  }

  // So that the log begins anew with the first commit: what a crash tore off the last one is still
  // behind its end, and would be taken for damage if another crash tore what is written before it.
  moveLog();
  return {
    afterCommit(idle) {
      // NOOP only counts. Frames stay counted until a later commit starts the WAL from its beginning.
      const row = sql("PRAGMA wal_checkpoint(NOOP)").get();
      const frames = row?.["log"] as number;
      const waiting = frames - (row?.["checkpointed"] as number);
      if (frames < triedAt) triedAt = 0;
      // A query that is still running keeps frames back; to try again at every commit is no use.
      if (waiting <= (idle ? WHEN_IDLE : AT_MOST) || frames - triedAt < WHEN_IDLE) return;
      triedAt = frames;
      moveLog();
    },
  };
}
