/** The rotating tables of the file. The next one is emptied in slices. */
import {
  DEDUPE_WINDOWS,
  readRotation,
  type Emptying,
  type RotatingTables,
} from "../../accept/rotation.ts";
import type { Connection } from "../connection.ts";
import { readSetting } from "../file/setting.ts";
import { now, toText } from "../session.ts";

/** Index of the current table. */
export function readCurrent(connection: Connection, { setting }: RotatingTables): number {
  return readRotation(readSetting(connection, setting))?.current ?? 0;
}

export function isEmpty({ sql }: Connection, table: string): boolean {
  return sql(`SELECT 1 FROM ${table} LIMIT 1`).get() === undefined;
}

/** An id stays for as long as the table that was current at its publish, so all are moved before a rotation. */
export function emptyInSlices(
  connection: Connection,
  windows: { readonly moveAll: () => void; readonly forget: () => void },
): Emptying {
  return {
    deleteSome: ({ key }, table, limit) =>
      now(() => {
        const columns = toText(key);
        const text = `DELETE FROM ${table} WHERE (${columns}) IN
          (SELECT ${columns} FROM ${table} ORDER BY ${columns} LIMIT ?)`;
        return Number(connection.sql(text).run(limit).changes);
      }),
    hold: (rotating, table) =>
      now(() => {
        if (rotating === DEDUPE_WINDOWS) windows.moveAll();
        return isEmpty(connection, table);
      }),
    // The table is empty already.
    empty: () => now(windows.forget),
  };
}
