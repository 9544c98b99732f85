/** Facts of the store, by name: fingerprints of keys, the current window, the horizon. */
import type { Connection } from "../connection.ts";

export async function readSetting(connection: Connection, name: string): Promise<string | null> {
  return (await readSettings(connection, [name])).get(name) ?? null;
}

/** The settings that exist, by name. */
export async function readSettings(
  connection: Connection,
  names: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await connection.sql<{ name: string; value: string }>(
    "SELECT name, value FROM setting WHERE name = ANY ($1)",
    [names],
  );
  return new Map(rows.map(({ name, value }) => [name, value]));
}

/** A transaction whose new value depends on a read one holds a lock that all such writers take. */
export async function writeSetting(
  connection: Connection,
  name: string,
  value: string,
): Promise<void> {
  await connection.run(
    `INSERT INTO setting (name, value) VALUES ($1, $2)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    [name, value],
  );
}
