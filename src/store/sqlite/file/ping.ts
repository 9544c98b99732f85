/**
 * Checks that the store can be written. Neither an empty commit nor a row replaced by an equal one reaches
 * the disk, so the row contains a counter.
 */
import type { Writer } from "../thread/writer-types.ts";

export function ping({ sql }: Writer): void {
  sql(
    `INSERT INTO setting (name, value) VALUES ('ping', '1')
     ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)`,
  ).run();
}
