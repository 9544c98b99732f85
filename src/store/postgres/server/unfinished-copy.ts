/**
 * A database into which a file is being copied: it names the file until everything is copied, and no node
 * serves from it before that.
 */
import { AppError } from "../../../core/error.ts";
import type { Connection } from "../connection.ts";
import { readSettings } from "./setting.ts";

/** The identity of the copied file, and the mark of a finished copy. */
export const COPY_SOURCE = "copy.source";
export const COPY_FINISHED = "copy.finished";

export async function refuseUnfinishedCopy(connection: Connection): Promise<void> {
  const known = await readSettings(connection, [COPY_SOURCE, COPY_FINISHED]);
  if (!known.has(COPY_SOURCE) || known.has(COPY_FINISHED)) return;
  throw new AppError(
    "store_unavailable",
    "The database contains an unfinished copy of a store; run `hookline copy` again, which continues where it stopped.",
  );
}
