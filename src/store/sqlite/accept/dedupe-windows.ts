/** The dedupe windows in the file: ids that publishers chose, separate from history. */
import type { WindowKind } from "../../accept/dedupe-window-kinds.ts";
import { DEDUPE_WINDOWS, searchedTables, windowRotationMs } from "../../accept/rotation.ts";
import type { Connection } from "../connection.ts";
import { emptyNext, isEmpty, readCurrent, rotateTables } from "./rotating-tables.ts";

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
    const [current = "", ...older] = searchedTables(
      DEDUPE_WINDOWS,
      readCurrent(connection, DEDUPE_WINDOWS),
    );
    // During the first days the older tables are empty, and an empty table is not searched.
    const tables = [current, ...older.filter((table) => !isEmpty(connection, table))];
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

/**
 * Rotates the windows when half a window has passed and the next table is empty. It is part of a sweep's
 * slice. When it returns true the caller calls `forget` on the writer's windows.
 */
export function rotateDedupeWindows(
  connection: Connection,
  p: { now: number; dedupeWindowMs: number },
): boolean {
  const everyMs = windowRotationMs(p.dedupeWindowMs);
  return rotateTables(connection, DEDUPE_WINDOWS, { now: p.now, everyMs });
}

/** Deletes up to `limit` rows of the table that is no longer searched; true while rows remain. */
export function emptyOldestWindow(connection: Connection, p: { limit: number }): boolean {
  return emptyNext(connection, DEDUPE_WINDOWS, { key: "appSeq, kind, id", limit: p.limit });
}
