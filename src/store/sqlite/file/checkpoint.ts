/**
 * Decides when the log (WAL) is moved into the database file. A thread moves most of it beside the commits
 * (`checkpoint-thread.ts`), but while commits continue it never reaches the end. The log begins again only
 * when all of it is moved, so the writer moves the short rest itself. After each sweep the log is also cut to
 * nothing, so that content which was deleted from the file is not left in the log.
 */
import { performance } from "node:perf_hooks";
import { BUSY_TIMEOUT_MS, MEMORY, type Connection } from "../connection.ts";
import { startCheckpointThread, type CheckpointThread } from "./checkpoint-thread.ts";
import { toFault } from "./sqlite-error.ts";

/** Frames of 8 KiB that wait in the log before the thread moves them. */
const TO_MOVE = 500;
/** The rest that the writer moves itself: its pages and one fsync. */
const SHORT_REST = 50;
/** Frames in the log from which the writer moves a short rest, and those from which it moves any rest. */
const TO_FINISH = 2_000;
const AT_MOST = 4_000;

/** A running query prevents the cut, so it is tried again. */
const CUT_AGAIN_MS = 1_000;
/** A process without a free file or thread may have one later. */
const START_AGAIN_MS = 1_000;

export type Checkpoints = {
  /** Throws when the thread has failed. */
  afterCommit(idle: boolean): void;
  /** Cuts the log to nothing after one of the next commits, or at one of the next ticks. */
  cutSoon(): void;
  /** Called at intervals, because commits may end. */
  tick(): void;
  /** Returns when the thread's connection is closed. */
  close(): void;
};

export function createCheckpoints({ db, sql }: Connection, path: string): Checkpoints {
  db.exec("PRAGMA wal_autocheckpoint = 0");
  let thread: CheckpointThread | null = null;
  let startsAt = 0;
  /** Frames in the log at the last try of the thread, and of the writer. */
  let askedAt = 0;
  let finishedAt = 0;
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

  /** Returns null after a thread that could not start, and tries again later. The writer moves the log meanwhile. */
  function findThread(): CheckpointThread | null {
    if (thread?.couldNotStart() !== true) return thread;
    startsAt = performance.now() + START_AGAIN_MS;
    thread = null;
    return null;
  }

  function afterCommit(idle: boolean): void {
    // NOOP only counts. Frames stay counted until a later commit restarts the WAL.
    const row = sql("PRAGMA wal_checkpoint(NOOP)").get();
    const frames = row?.["log"] as number;
    const waiting = frames - (row?.["checkpointed"] as number);
    if (frames < askedAt) askedAt = 0;
    if (frames < finishedAt) finishedAt = 0;
    const isMoving = findThread()?.isMoving() === true;
    const cuts = cutsAt !== null && performance.now() >= cutsAt;
    if (cuts && waiting <= SHORT_REST && !isMoving) {
      cutLog();
      return;
    }
    const finishes = frames >= TO_FINISH;
    const isLong = frames >= AT_MOST;
    // A running query keeps frames in the log; retrying at every commit would not help.
    if (finishes && waiting > 0 && frames - finishedAt >= TO_MOVE) {
      if (isLong) thread?.waitUntilMoved();
      if (isLong || (idle && !isMoving && waiting <= SHORT_REST)) {
        finishedAt = frames;
        moveLog();
        return;
      }
    }
    const rest = finishes || cuts ? SHORT_REST : TO_MOVE;
    if (isMoving || path === MEMORY || waiting <= rest || frames - askedAt < rest) return;
    if (thread === null && performance.now() < startsAt) return;
    askedAt = frames;
    thread ??= startCheckpointThread(path);
    thread.move();
  }

  // Moves the log first, so that the first commit restarts it. Frames that a crash tore off are still behind
  // its end; after another torn write they would be mistaken for damage.
  moveLog();
  return {
    afterCommit,
    cutSoon() {
      cutsAt ??= 0;
    },
    tick() {
      if (cutsAt === null) return;
      askedAt = 0;
      afterCommit(true);
    },
    close() {
      thread?.close();
    },
  };
}
