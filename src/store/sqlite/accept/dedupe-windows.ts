/** The dedupe windows in the file: ids that publishers chose, separate from history. */
import type { WindowKind } from "../../accept/dedupe-window-kinds.ts";
import { DEDUPE_WINDOWS, searchedTables } from "../../accept/rotation.ts";
import type { Connection } from "../connection.ts";
import { isEmpty, readCurrent } from "./rotating-tables.ts";
import {
  appendIds,
  findLogged,
  type IdKey,
  loadIds,
  type LoggedId,
  readIdKey,
  toIdKey,
} from "./window-log.ts";

export type Windows = {
  find(appSeq: number, kind: WindowKind, id: string): number | null;
  keep(appSeq: number, kind: WindowKind, id: string, ref: number): void;
  /** Called before statements on the tables themselves: moves all ids there. */
  moveAll(): void;
  /** Called after a rotation. */
  forget(): void;
  /** A position for a savepoint, which `rollback` takes. */
  mark(): number;
  rollback(mark: number): void;
  /** Called shortly before COMMIT: writes the new ids, and moves some of the older ones. */
  flush(): void;
  committed(): void;
};

/** Ids that are moved together. In memory are up to twice as many, and those of one commit. */
const MOVED_TOGETHER = 8_192;
/** The part of them that one commit moves at least; after many new ids it moves twice their number. */
const LEAST_PART = 256;
/** Rows of one statement: a call of SQLite takes longer than the row. */
const ROWS_AT_ONCE = 64;

type Statements = { readonly search: string; readonly add: string; readonly addMany: string };
/** Built once, because the searches run several times per event. */
const STATEMENTS = new Map(
  DEDUPE_WINDOWS.tables.map((table): [string, Statements] => {
    const add = `INSERT OR REPLACE INTO ${table} (appSeq, kind, id, ref) VALUES (?, ?, ?, ?)`;
    const search = `SELECT ref FROM ${table} WHERE appSeq = ? AND kind = ? AND id = ?`;
    return [table, { search, add, addMany: add + ", (?, ?, ?, ?)".repeat(ROWS_AT_ONCE - 1) }];
  }),
);

/** Ids on their way into the current table, in the order of its rows. */
type Moving = {
  readonly ids: ReadonlyMap<IdKey, number>;
  readonly order: readonly IdKey[];
  /** The last row of the log that has one of them. */
  readonly lastRow: number;
  readonly moved: number;
};

/** The writer's access to the windows. */
export function createWindows(connection: Connection): Windows {
  const { sql } = connection;
  let searched: readonly Statements[] = [];
  /** Ids of the log, and those of this transaction that are not in it yet. */
  let { ids: recent, lastRow } = loadIds(connection);
  let unwritten: LoggedId[] = [];
  let moving: Moving | null = null;
  /** How the changes of this transaction are undone, last first. */
  const undo: (() => void)[] = [];

  function ensureSearched(): readonly Statements[] {
    return searched.length > 0 ? searched : (searched = listSearched(connection));
  }

  /** Remembers everything but the entries of `recent`. */
  function willChange(): void {
    const before = { recent, lastRow, unwritten, moving };
    undo.push(() => ({ recent, lastRow, unwritten, moving } = before));
  }

  function begin(): Moving {
    moving = { ids: recent, order: [...recent.keys()].toSorted(), lastRow, moved: 0 };
    recent = new Map();
    return moving;
  }

  function move(part: Moving, count: number): void {
    const moved = Math.min(part.order.length, part.moved + count);
    const rows = part.order
      .slice(part.moved, moved)
      .map((key): LoggedId => [key, part.ids.get(key) as number]);
    addRows(connection, ensureSearched()[0] as Statements, rows);
    moving = { ...part, moved };
    if (moved < part.order.length) return;
    sql("DELETE FROM windowLog WHERE seq <= ?").run(part.lastRow);
    moving = null;
  }

  return {
    find(appSeq, kind, id) {
      if (recent.size > 0 || moving !== null) {
        const key = toIdKey(appSeq, kind, id);
        const ref = recent.get(key) ?? moving?.ids.get(key);
        if (ref !== undefined) return ref;
      }
      return findInTables(connection, ensureSearched(), { appSeq, kind, id });
    },
    keep(appSeq, kind, id, ref) {
      const key = toIdKey(appSeq, kind, id);
      const before = recent.get(key);
      recent.set(key, ref);
      unwritten.push([key, ref]);
      undo.push(() => {
        unwritten.pop();
        if (before === undefined) recent.delete(key);
        else recent.set(key, before);
      });
    },
    moveAll() {
      if (recent.size === 0 && moving === null) return;
      willChange();
      if (moving !== null) move(moving, Infinity);
      if (recent.size > 0) move(begin(), Infinity);
      unwritten = [];
    },
    forget() {
      searched = [];
    },
    mark: () => undo.length,
    rollback(mark) {
      while (undo.length > mark) undo.pop()?.();
      searched = [];
    },
    flush() {
      const { length } = unwritten;
      const begins = moving === null && recent.size >= MOVED_TOGETHER;
      if (length === 0 && moving === null && !begins) return;
      willChange();
      if (length > 0) lastRow = appendIds(connection, unwritten);
      unwritten = [];
      const part = begins ? begin() : moving;
      if (part !== null) move(part, Math.max(LEAST_PART, 2 * length));
    },
    committed() {
      undo.length = 0;
    },
  };
}

/** The same search for queries, which see committed ids only. */
export function findInWindow(
  connection: Connection,
  appSeq: number,
  kind: WindowKind,
  id: string,
): number | null {
  return (
    findLogged(connection, toIdKey(appSeq, kind, id)) ??
    findInTables(connection, listSearched(connection), { appSeq, kind, id })
  );
}

function listSearched(connection: Connection): readonly Statements[] {
  const current = readCurrent(connection, DEDUPE_WINDOWS);
  const tables = searchedTables(DEDUPE_WINDOWS, current, (table) => isEmpty(connection, table));
  return tables.map((table) => STATEMENTS.get(table) as Statements);
}

function findInTables(
  { arrays }: Connection,
  searched: readonly Statements[],
  { appSeq, kind, id }: { appSeq: number; kind: WindowKind; id: string },
): number | null {
  for (const { search } of searched) {
    const row = arrays(search).get(appSeq, kind, id);
    if (row !== undefined) return (row as unknown as [number])[0];
  }
  return null;
}

function addRows(
  { sql }: Connection,
  { add, addMany }: Statements,
  rows: readonly LoggedId[],
): void {
  const toColumns = ([key, ref]: LoggedId) => [...readIdKey(key), ref];
  const whole = rows.length - (rows.length % ROWS_AT_ONCE);
  for (let at = 0; at < whole; at += ROWS_AT_ONCE) {
    sql(addMany).run(...rows.slice(at, at + ROWS_AT_ONCE).flatMap(toColumns));
  }
  for (const row of rows.slice(whole)) sql(add).run(...toColumns(row));
}
