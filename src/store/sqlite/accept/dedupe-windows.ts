/**
 * The dedupe windows: ids that publishers chose, separate from history. Of four tables, the current one takes
 * new ids, the two before it are searched as well, and the fourth is empty or being emptied. They rotate
 * every half window, so an id is kept for one to one and a half windows.
 */
import type { WindowKind } from "../../accept/dedupe-window-kinds.ts";
import type { Connection } from "../connection.ts";
import { readSetting, writeSetting } from "../file/setting.ts";

export type Windows = { find: Finder; keep: Keeper; forget(): void };
type Finder = (appSeq: number, kind: WindowKind, id: string) => number | null;
type Keeper = (appSeq: number, kind: WindowKind, id: string, ref: number) => void;

const TABLE_COUNT = 4;
const SEARCHED = 3;
const SETTING = "windows";
// Built once, because these statements run several times per event.
const TABLES = Array.from({ length: TABLE_COUNT }, (_, table) => `window${table}`);
const SEARCHES = TABLES.map(
  (table) => `SELECT ref FROM ${table} WHERE appSeq = ? AND kind = ? AND id = ?`,
);
const INSERTS = TABLES.map(
  (table) => `INSERT OR REPLACE INTO ${table} (appSeq, kind, id, ref) VALUES (?, ?, ?, ?)`,
);
type Rotation = { readonly current: number; readonly since: number };

/** The writer's access to the windows; `forget` is called after a rotation or a rollback. */
export function createWindows(connection: Connection): Windows {
  const { sql, arrays } = connection;
  let tables: readonly number[] = [];

  function searched(): readonly number[] {
    if (tables.length > 0) return tables;
    const { current } = readRotation(connection);
    const older = Array.from({ length: SEARCHED - 1 }, (_, i) => before(current, i + 1));
    // During the first days the older tables are empty, and an empty table is not searched.
    tables = [current, ...older.filter((table) => !isEmpty(connection, table))];
    return tables;
  }
  return {
    find(appSeq, kind, id) {
      for (const table of searched()) {
        const row = arrays(SEARCHES[table] as string).get(appSeq, kind, id);
        if (row !== undefined) return (row as unknown as [number])[0];
      }
      return null;
    },
    keep(appSeq, kind, id, ref) {
      sql(INSERTS[searched()[0] as number] as string).run(appSeq, kind, id, ref);
    },
    forget() {
      tables = [];
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
  const rotation = readRotation(connection);
  if (rotation.since === 0) {
    writeSetting(connection, SETTING, JSON.stringify({ current: rotation.current, since: p.now }));
    return false;
  }
  if (p.now - rotation.since < p.dedupeWindowMs / 2) return false;
  const next = (rotation.current + 1) % TABLE_COUNT;
  if (!isEmpty(connection, next)) return false;
  writeSetting(connection, SETTING, JSON.stringify({ current: next, since: p.now }));
  return true;
}

/** Deletes up to `limit` rows of the table that is no longer searched; true while rows remain. */
export function emptyOldestWindow(connection: Connection, p: { limit: number }): boolean {
  const { current } = readRotation(connection);
  const oldest = (current + 1) % TABLE_COUNT;
  const { changes } = connection
    .sql(
      `DELETE FROM window${oldest} WHERE (appSeq, kind, id) IN
        (SELECT appSeq, kind, id FROM window${oldest} ORDER BY appSeq, kind, id LIMIT ?)`,
    )
    .run(p.limit);
  return Number(changes) >= p.limit;
}

function readRotation(connection: Connection): Rotation {
  const text = readSetting(connection, SETTING);
  return text === null ? { current: 0, since: 0 } : (JSON.parse(text) as Rotation);
}

function before(table: number, steps: number): number {
  return (table + TABLE_COUNT - steps) % TABLE_COUNT;
}

function isEmpty({ sql }: Connection, table: number): boolean {
  return sql(`SELECT 1 FROM window${table} LIMIT 1`).get() === undefined;
}
