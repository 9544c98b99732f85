/** The database, its schema and the room on its disk. */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { StoreDescription } from "../../interface/upkeep.ts";
import type { Connection } from "../connection.ts";

export function describe({ db, sql }: Connection): StoreDescription {
  const row = sql(
    `SELECT sqlite_version() AS version,
       (SELECT name FROM migration ORDER BY ordinal DESC LIMIT 1) AS name`,
  ).get() as { version: string; name: string };
  const path = db.location();
  return {
    version: `SQLite ${row.version}`,
    schema: row.name,
    at: null,
    freeBytes: path === null ? null : freeBytes(dirname(path)),
  };
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
