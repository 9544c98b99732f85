/** Backups of a store beside a live server, and their restoration. */
import { AppError } from "../../core/error.ts";
import { backUpSqlite, restoreSqlite } from "../sqlite/maintenance/backup.ts";
import type { CheckedCopy } from "./checked-copy.ts";

/**
 * Copies one consistent state of the store at `url` to a new file that only its owner may read. The server
 * continues meanwhile. Refuses with `conflict` when the file exists; a failed copy leaves no file.
 */
export async function backUpStore(url: string, p: { readonly to: string }): Promise<CheckedCopy> {
  return await backUpSqlite(sqliteFile(url, "backed up"), p.to);
}

/**
 * Writes a checked copy of `from` to the place of the store at `url`. Refuses with `conflict` when a store
 * exists there. Refuses with `store_unavailable` when a server has the place or the copy is bad.
 */
export async function restoreStore(
  url: string,
  p: { readonly from: string },
): Promise<CheckedCopy> {
  return await restoreSqlite(p.from, sqliteFile(url, "restored"));
}

function sqliteFile(url: string, done: string): string {
  const file = url.startsWith("sqlite:") ? url.slice("sqlite:".length) : null;
  if (file !== null && file !== ":memory:") return file;
  const why =
    file === null
      ? `it is ${done} with the tools of its database (pg_dump, pg_restore)`
      : `it cannot be ${done}, because a store in memory ends with its server`;
  throw new AppError("invalid_field", `HOOKLINE_STORE is "${url.split(":")[0]}:…": ${why}.`);
}
