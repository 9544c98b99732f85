import type { StoreDescription } from "../../interface/upkeep.ts";
import type { Connection } from "../connection.ts";

/** The database, its schema and its clock. The room on its disk is not known here. */
export async function describe(connection: Connection): Promise<StoreDescription> {
  const [row] = await connection.sql<{ version: string; name: string; at: number }>(
    `SELECT current_setting('server_version') AS version,
       (SELECT name FROM migration ORDER BY ordinal DESC LIMIT 1) AS name,
       CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) AS at`,
  );
  const { version = "", name = "", at = null } = row ?? {};
  return { version: `PostgreSQL ${version}`, schema: name, at, freeBytes: null };
}
