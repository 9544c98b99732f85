/** The dedupe windows in the file: ids that publishers chose, separate from history. */
import type { WindowKind } from "../../accept/dedupe-window-kinds.ts";
import { DEDUPE_WINDOWS, searchedTables } from "../../accept/rotation.ts";
import type { Connection } from "../connection.ts";
import { isEmpty, readCurrent } from "./rotating-tables.ts";

export type Windows = { find: Finder; keep: Keeper; forget(): void };
type Finder = (appSeq: number, kind: WindowKind, id: string) => number | null;
type Keeper = (appSeq: number, kind: WindowKind, id: string, ref: number) => void;

/** Built once, because these statements run several times per event. */
const STATEMENTS = new Map(
  DEDUPE_WINDOWS.tables.map((table) => [
    table,
    {
      search: `SELECT ref FROM ${table} WHERE appSeq = ? AND kind = ? AND id = ?`,
      insert: `INSERT OR REPLACE INTO ${table} (appSeq, kind, id, ref) VALUES (?, ?, ?, ?)`,
    },
  ]),
);
type Statements = { readonly search: string; readonly insert: string };

/** The writer's access to the windows; `forget` is called after a rotation or a rollback. */
export function createWindows(connection: Connection): Windows {
  const { sql, arrays } = connection;
  let searched: readonly Statements[] = [];

  function load(): readonly Statements[] {
    const current = readCurrent(connection, DEDUPE_WINDOWS);
    const tables = searchedTables(DEDUPE_WINDOWS, current, (table) => isEmpty(connection, table));
    return tables.map((table) => STATEMENTS.get(table) as Statements);
  }
  return {
    find(appSeq, kind, id) {
      if (searched.length === 0) searched = load();
      for (const { search } of searched) {
        const row = arrays(search).get(appSeq, kind, id);
        if (row !== undefined) return (row as unknown as [number])[0];
      }
      return null;
    },
    keep(appSeq, kind, id, ref) {
      if (searched.length === 0) searched = load();
      sql((searched[0] as Statements).insert).run(appSeq, kind, id, ref);
    },
    forget() {
      searched = [];
    },
  };
}
