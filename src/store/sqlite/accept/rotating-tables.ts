/** The rotating tables of the file. The next one is emptied in slices. */
import { readRotation, type Emptying, type RotatingTables } from "../../accept/rotation.ts";
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

/** `forget` drops the searched tables that are in memory. */
export function emptyInSlices(connection: Connection, forget: () => void): Emptying {
  return {
    deleteSome: ({ key }, table, limit) =>
      now(() => {
        const columns = toText(key);
        const text = `DELETE FROM ${table} WHERE (${columns}) IN
          (SELECT ${columns} FROM ${table} ORDER BY ${columns} LIMIT ?)`;
        return Number(connection.sql(text).run(limit).changes);
      }),
    hold: (_, table) => now(() => isEmpty(connection, table)),
    // The table is empty already.
    empty: () => now(forget),
  };
}
