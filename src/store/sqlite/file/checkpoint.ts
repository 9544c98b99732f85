/**
 * Moves the WAL into the database file. A checkpoint between commits delays every waiting call. It is
 * therefore done when no call waits, or when the WAL reaches its limit under continuous load. After each sweep
 * the WAL is also cut to nothing, so that content which was deleted from the file is not left in the log.
 */
import { performance } from "node:perf_hooks";
import { BUSY_TIMEOUT_MS, type Connection } from "../connection.ts";
import { toFault } from "./sqlite-error.ts";

/** Frames of 8 KiB that are not in the database file yet. */
const WHEN_IDLE = 500;
const AT_MOST = 2_000;

/** A running query prevents the cut, so it is tried again. */
const CUT_AGAIN_MS = 1_000;

export type Checkpoints = {
  afterCommit(idle: boolean): void;
  /** Cuts the log to nothing after one of the next commits. */
  cutSoon(): void;
};

export function createCheckpoints({ db, sql }: Connection): Checkpoints {
  db.exec("PRAGMA wal_autocheckpoint = 0");
  let triedAt = 0;
  let cutsAt: number | null = null;

  /** Waits for no query, because every call would wait as well. */
  function cutLog(): void {
    db.exec("PRAGMA busy_timeout = 0");
    try {
      const row = sql("PRAGMA wal_checkpoint(TRUNCATE)").get();
      cutsAt = row?.["busy"] === 0 ? null : performance.now() + CUT_AGAIN_MS;
    } catch (error) {
      if (toFault(error) !== "unavailable") throw error;
      cutsAt = performance.now() + CUT_AGAIN_MS;
    } finally {
      db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }

  function moveLog(): void {
    try {
      sql("PRAGMA wal_checkpoint(PASSIVE)").get();
    } catch (error) {
      // On a full disk the file cannot grow. The log keeps the committed data, and later commits try again.
      if (toFault(error) !== "unavailable") throw error;
    }
  }

  // Moves the log first, so that the first commit restarts it. Frames that a crash tore off are still behind
  // its end; after another torn write they would be mistaken for damage.
  moveLog();
  return {
    cutSoon() {
      cutsAt ??= 0;
    },
    afterCommit(idle) {
      if (cutsAt !== null && performance.now() >= cutsAt) cutLog();
      // NOOP only counts. Frames stay counted until a later commit restarts the WAL.
      const row = sql("PRAGMA wal_checkpoint(NOOP)").get();
      const frames = row?.["log"] as number;
      const waiting = frames - (row?.["checkpointed"] as number);
      if (frames < triedAt) triedAt = 0;
      // A running query keeps frames in the log; retrying at every commit would not help.
      if (waiting <= (idle ? WHEN_IDLE : AT_MOST) || frames - triedAt < WHEN_IDLE) return;
      triedAt = frames;
      moveLog();
    },
  };
}
