/** Rotates tables in the slices of the sweep: the next table is emptied first, then it becomes current. */
import {
  nextTable,
  planRotation,
  readRotation,
  type RotatingTables,
} from "../../accept/rotation.ts";
import type { Connection } from "../connection.ts";
import { readSetting, writeSetting } from "../file/setting.ts";

/** Index of the current table. */
export function readCurrent(connection: Connection, { setting }: RotatingTables): number {
  return readRotation(readSetting(connection, setting))?.current ?? 0;
}

/** Rotates when it is time and the next table is empty; returns true when it did. */
export function rotateTables(
  connection: Connection,
  rotating: RotatingTables,
  p: { readonly now: number; readonly everyMs: number },
): boolean {
  const { setting, tables } = rotating;
  const before = readRotation(readSetting(connection, setting));
  const after = planRotation(rotating, before, p);
  if (after === null) return false;
  if (before !== null && !isEmpty(connection, tables[after.current] as string)) return false;
  writeSetting(connection, setting, JSON.stringify(after));
  return before !== null;
}

/** Deletes up to `limit` rows of the table that is no longer searched; true while rows remain. */
export function emptyNext(
  connection: Connection,
  rotating: RotatingTables,
  p: { readonly key: string; readonly limit: number },
): boolean {
  const table = rotating.tables[nextTable(rotating, readCurrent(connection, rotating))];
  const { changes } = connection
    .sql(
      `DELETE FROM ${table} WHERE (${p.key}) IN
        (SELECT ${p.key} FROM ${table} ORDER BY ${p.key} LIMIT ?)`,
    )
    .run(p.limit);
  return Number(changes) >= p.limit;
}

export function isEmpty({ sql }: Connection, table: string): boolean {
  return sql(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined;
}
