/** The size of the store. */
import { statSync } from "node:fs";
import type { Connection } from "../connection.ts";

/** Bytes of the file and of its log. */
export function storeBytes(connection: Connection): number {
  const pages = connection
    .sql("SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()")
    .get() as { bytes: number };
  const path = connection.db.location();
  const log = path === null ? undefined : statSync(`${path}-wal`, { throwIfNoEntry: false });
  return pages.bytes + (log?.size ?? 0);
}
