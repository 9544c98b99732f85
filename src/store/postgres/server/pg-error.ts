/** The meaning of an error of the database, or of its connection, for the caller. */
import { Overtaken } from "../../session.ts";
import { AppError } from "../../../core/error.ts";

/**
 * `conflict`: two transactions collided; run it again. `lost`: the connection is gone, or the server is
 * ending it. `unable`: the server runs and cannot do it, as with a full disk or too many connections. `late`:
 * a statement exceeded its deadline. `unprepared`: a pooler does not know the prepared statement. `outdated`:
 * a statement was prepared before a newer program added a column. `aborted`: another statement of the
 * transaction failed, and its error has the reason. `refusal`: an `AppError`. `bug`: an error in Hookline.
 */
export type Fault =
  | "conflict"
  | "lost"
  | "unable"
  | "late"
  | "unprepared"
  | "outdated"
  | "aborted"
  | "refusal"
  | "bug";

/** A statement was prepared when its table had fewer columns; the next run prepares it again. */
export class Outdated extends Error {}

/** SQLSTATE: serialization failure, deadlock, unique violation (another transaction inserted it first). */
const CONFLICTS = new Set(["40001", "40P01", "23505"]);
/** Invalid statement name, duplicate prepared statement: a pooler has exchanged the connection. */
const UNPREPARED = new Set(["26000", "42P05"]);
const IN_FAILED_TRANSACTION = "25P02";
const LOCK_NOT_AVAILABLE = "55P03";
const READ_ONLY = "25006";
const QUERY_CANCELED = "57014";
const LOST_TEXTS = [
  "Connection terminated",
  "connection terminated",
  "Client has encountered a connection error",
  "Client was closed",
  "timeout expired",
  "Query read timeout",
  "timeout exceeded when trying to connect",
];

export function toFault(error: unknown): Fault {
  if (error instanceof Overtaken) return "conflict";
  if (error instanceof Outdated) return "outdated";
  if (error instanceof AppError) return "refusal";
  if (!(error instanceof Error)) return "bug";
  const code = (error as { code?: unknown }).code;
  // Errors of the socket have codes such as ECONNRESET; those of the driver have a sentence. They are checked
  // first, because EPIPE is as long as an SQLSTATE, and no SQLSTATE begins like this.
  if (typeof code === "string" && /^E[A-Z_]+$/.test(code)) return "lost";
  if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return faultOfState(code);
  return LOST_TEXTS.some((text) => error.message.includes(text)) ? "lost" : "bug";
}

function faultOfState(code: string): Fault {
  if (code === IN_FAILED_TRANSACTION) return "aborted";
  if (CONFLICTS.has(code)) return "conflict";
  if (UNPREPARED.has(code)) return "unprepared";
  if (code === QUERY_CANCELED) return "late";
  if (code === LOCK_NOT_AVAILABLE) return "unable";
  // 08 connection, 57P shutdown or start-up, 25P03 idle in transaction too long.
  if (code.startsWith("08") || code.startsWith("57P") || code === "25P03") return "lost";
  // 53 out of disk, memory or connections; 58 I/O of the server; 25006 a standby; 28 and 3D access.
  if (/^(53|58|28|3D|25006|42501)/.test(code)) return "unable";
  return "bug";
}

/**
 * Whether the session must not be used again: its connection is gone, or it began while its role or database
 * was read-only. Such a session stays read-only to its end.
 */
export function isSessionOver(error: unknown): boolean {
  return toFault(error) === "lost" || (error as { code?: unknown } | null)?.code === READ_ONLY;
}

/** Whether the server found that a prepared statement now returns rows of another shape. */
export function isShapeChanged(error: unknown): boolean {
  const { code, routine } = error as { code?: unknown; routine?: unknown };
  return code === "0A000" && routine === "RevalidateCachedQuery";
}

/**
 * No data was changed, and the same request may succeed soon. The message never contains the database's text.
 */
export function unavailable(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  return new AppError("store_unavailable", "The database is temporarily unavailable; try again.", {
    cause,
    retryAfterSeconds: 1,
  });
}
