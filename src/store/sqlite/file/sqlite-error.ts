/** Classifies SQLite errors for the calls in the transaction (I7: a server fault uses up no attempt). */
import { AppError } from "../../../core/error.ts";

/**
 * - `fatal`: an fsync failed. The state of the disk is unknown, and a repeated fsync would falsely succeed,
 *   because the kernel has marked the pages clean. The program stops.
 * - `unavailable`: disk full, I/O error, file gone or locked. Nothing was changed, and a later call may work.
 * - `bug`: anything else.
 */
export type StoreFault = "fatal" | "unavailable" | "bug";

const FSYNC_FAILED = [1034, 1290];
/** PERM, BUSY, LOCKED, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB. */
const UNAVAILABLE = [3, 5, 6, 7, 8, 10, 11, 13, 14, 15, 26];

export function toFault(error: unknown): StoreFault {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  if (typeof code !== "number") return "bug";
  if (FSYNC_FAILED.includes(code)) return "fatal";
  return UNAVAILABLE.includes(code % 256) ? "unavailable" : "bug";
}

export function unavailable(cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message : "unknown reason";
  return new AppError("store_unavailable", `The store cannot be written: ${reason}.`, {
    retryAfterSeconds: 5,
    cause,
  });
}
