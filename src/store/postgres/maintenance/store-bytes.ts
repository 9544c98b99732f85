import type { Connection } from "../connection.ts";

/** Bytes of the whole database. */
export async function storeBytes(connection: Connection): Promise<number> {
  const [size] = await connection.sql<{ bytes: number }>(
    "SELECT pg_database_size(current_database()) AS bytes",
  );
  return size?.bytes ?? 0;
}
