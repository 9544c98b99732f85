/**
 * Whether the store can be written. An empty commit does not reach the disk, and neither does a row
 * that is replaced by an equal one, so the row counts.
 */
import type { Writer } from "./writer-types.ts";

export function ping({ sql }: Writer): void {
  sql(
    `INSERT INTO setting (name, value) VALUES ('ping', '1')
     ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)`,
  ).run();
}
