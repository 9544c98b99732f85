/**
 * The dedupe windows: ids that publishers chose, apart from all history. There are four tables. The
 * current one takes new ids, the two before it are searched as well, and the fourth is being emptied
 * or empty. A turn every half window therefore keeps an id for one to one and a half windows.
 */
import type { WindowKind } from "../dedupe-window-kinds.ts";
import type { Connection } from "./connection.ts";
import { readSetting, writeSetting } from "./setting.ts";

export type Windows = { find: Finder; keep: Keeper; forget(): void };
type Finder = (appSeq: number, kind: WindowKind, id: string) => number | null;
type Keeper = (appSeq: number, kind: WindowKind, id: string, ref: number) => void;

const TABLE_COUNT = 4;
const SEARCHED = 3;
const SETTING = "windows";
// Texts are made once: these run several times for every event.
const TABLES = Array.from({ length: TABLE_COUNT }, (_, table) => `window${table}`);
const SEARCHES = TABLES.map(
  (table) => `SELECT ref FROM ${table} WHERE appSeq = ? AND kind = ? AND id = ?`,
);
const INSERTS = TABLES.map(
  (table) => `INSERT OR REPLACE INTO ${table} (appSeq, kind, id, ref) VALUES (?, ?, ?, ?)`,
);
type Rotation = { readonly current: number; readonly since: number };

/** The writer's way to the windows; `forget` after a turn or a rollback. */
export function createWindows(connection: Connection): Windows {
  const { sql, arrays } = connection;
  let tables: readonly number[] = [];

  function searched(): readonly number[] {
    if (tables.length > 0) return tables;
    const { current } = readRotation(connection);
    const older = Array.from({ length: SEARCHED - 1 }, (_, i) => before(current, i + 1));
    // In the first days the older ones are empty, and an empty table needs no look.
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
 * Turns the windows when half a window has passed and the next table is empty. Part of a sweep's
 * slice; the caller calls `forget` on the writer's windows when it says true.
 */
export function rotateDedupeWindows(
  connection: Connection,
  p: { now: number; dedupeWindowMs: number },
): boolean {
  const turn = readRotation(connection);
  if (turn.since === 0) {
    writeSetting(connection, SETTING, JSON.stringify({ current: turn.current, since: p.now }));
    return false;
  }
  if (p.now - turn.since < p.dedupeWindowMs / 2) return false;
  const next = (turn.current + 1) % TABLE_COUNT;
  if (!isEmpty(connection, next)) return false;
  writeSetting(connection, SETTING, JSON.stringify({ current: next, since: p.now }));
  return true;
}

/** Empties the table that is searched no longer, up to `limit` rows; true while there are more. */
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
