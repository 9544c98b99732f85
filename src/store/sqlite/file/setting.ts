/** Values of the store itself by name: counters, the snowflake node, the current window. */
import type { Connection } from "../connection.ts";

export function readSetting({ sql }: Connection, name: string): string | null {
  const row = sql("SELECT value FROM setting WHERE name = ?").get(name);
  return row === undefined ? null : (row["value"] as string);
}

export function writeSetting({ sql }: Connection, name: string, value: string): void {
  sql(
    "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
  ).run(name, value);
}
