/**
 * One process owns the file. The lock is an exclusive transaction on a small database beside it, open as long
 * as the writer lives. Every kind of death releases it, and no stale file remains.
 */
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../../../core/error.ts";

export type FileLock = { release(): void };

const SQLITE_BUSY = 5;

export function lockFile(path: string): FileLock {
  const lock = `${path}.lock`;
  const db = new DatabaseSync(lock, { timeout: 0 });
  try {
    db.exec("PRAGMA locking_mode = EXCLUSIVE");
    db.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    const busy = ((error as { errcode?: number }).errcode ?? 0) % 256 === SQLITE_BUSY;
    if (!busy) throw error;
    throw new AppError(
      "store_unavailable",
      `Another Hookline process has ${path} open: stop it, or set another HOOKLINE_STORE for this one.`,
    );
  }
  return {
    release() {
      db.close();
    },
  };
}
