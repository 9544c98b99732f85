/** Copies of a store: one that is taken beside a live server, and one that is put in a store's place. */
import { AppError } from "../core/error.ts";
import { backUpSqlite, restoreSqlite } from "./sqlite/backup.ts";
import type { CheckedCopy } from "./checked-copy.ts";

/**
 * One consistent moment of the store at `url`, in a new file that only its owner may read. The server
 * goes on meanwhile. Refuses with `conflict` when the file exists; a copy that fails leaves none.
 */
export async function backUpStore(url: string, p: { readonly to: string }): Promise<CheckedCopy> {
  return await backUpSqlite(sqliteFile(url, "backed up"), p.to);
}

/**
 * Puts a checked copy of `from` where the store at `url` will be looked for. Refuses with `conflict`
 * when a store is there, and with `store_unavailable` when a server has the place or the copy is bad.
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
