/**
 * Tables that rotate. The current one takes new rows, earlier ones are searched too, and the next one is not
 * searched. A rotation, part of the sweep, makes the next one current once it is empty.
 */
import { IDEMPOTENCY_MS } from "../idempotency.ts";
import type { Steps, Session } from "../session.ts";

export type RotatingTables = {
  /** The setting that records the current table and the time of its rotation. */
  readonly setting: string;
  /** Names of the tables, in the order of rotation. */
  readonly tables: readonly string[];
  /** The columns of the primary key. */
  readonly key: string;
  readonly everyMs: (p: { readonly dedupeWindowMs: number }) => number;
};
export type Rotation = { readonly current: number; readonly since: number };

/** Ids that publishers chose, apart from the history; kept for one to one and a half windows. */
export const DEDUPE_WINDOWS: RotatingTables = {
  setting: "windows",
  tables: ["window0", "window1", "window2", "window3"],
  key: "app_seq, kind, id",
  everyMs: ({ dedupeWindowMs }) => dedupeWindowMs / 2,
};
export const IDEMPOTENCY_TABLES: RotatingTables = {
  setting: "once",
  tables: ["once0", "once1", "once2"],
  key: "scope, key",
  everyMs: () => IDEMPOTENCY_MS,
};

/** How a database empties the next table. */
export type Emptying = {
  /** Deletes up to `limit` rows of the table and returns their number; 0 where `empty` deletes them all. */
  deleteSome(rotating: RotatingTables, table: string, limit: number): Steps<number>;
  /** Whether the table can become current now. Other transactions then neither read nor rotate until the end. */
  hold(rotating: RotatingTables, table: string): Steps<boolean>;
  /** Empties the held table. */
  empty(table: string): Steps<void>;
};

/** Null before the first rotation has begun. */
export function readRotation(text: string | null): Rotation | null {
  return text === null ? null : (JSON.parse(text) as Rotation);
}

/**
 * The tables to search, newest first: all but the next one. Only the current one receives rows, so an earlier
 * one that `isEmpty` stays empty and need not be searched.
 */
export function searchedTables(
  { tables }: RotatingTables,
  current: number,
  isEmpty?: (table: string) => boolean,
): readonly string[] {
  const searched = tables.slice(1).map((_, age) => tables.at(current - age) as string);
  return isEmpty === undefined
    ? searched
    : searched.filter((table, age) => age === 0 || !isEmpty(table));
}

function nextTable({ tables }: RotatingTables, current: number): number {
  return (current + 1) % tables.length;
}

/** The rotation that follows; null while it is too early. The first one only notes its beginning. */
export function planRotation(
  rotating: RotatingTables,
  before: Rotation | null,
  p: { readonly now: number; readonly everyMs: number },
): Rotation | null {
  if (before === null) return { current: 0, since: p.now };
  if (p.now - before.since < p.everyMs) return null;
  return { current: nextTable(rotating, before.current), since: p.now };
}

/** Part of the sweep. Returns the number of deleted rows while more remain, 1 for a rotation, otherwise 0. */
export function* rotate(
  s: Session,
  rotating: RotatingTables,
  p: {
    readonly emptying: Emptying;
    readonly now: number;
    readonly dedupeWindowMs: number;
    readonly limit: number;
  },
): Steps<number> {
  const { emptying, now, limit } = p;
  const before = yield* loadRotation(s, rotating);
  const next = rotating.tables[nextTable(rotating, before?.current ?? 0)] as string;
  const deleted = yield* emptying.deleteSome(rotating, next, limit);
  if (deleted >= limit) return deleted;
  const after = planRotation(rotating, before, { now, everyMs: rotating.everyMs(p) });
  if (after === null) return 0;
  const text = JSON.stringify(after);
  if (before === null) {
    yield* s.run(
      "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
      [rotating.setting, text],
    );
    return 0;
  }
  if (!(yield* emptying.hold(rotating, next))) return 0;
  // Another transaction may have rotated the tables while this one waited.
  if ((yield* loadRotation(s, rotating))?.current !== before.current) return 0;
  yield* emptying.empty(next);
  yield* s.run("UPDATE setting SET value = ?1 WHERE name = ?2", [text, rotating.setting]);
  return 1;
}

function* loadRotation(s: Session, { setting }: RotatingTables): Steps<Rotation | null> {
  const row = yield* s.one<{ value: string }>("SELECT value FROM setting WHERE name = ?1", [
    setting,
  ]);
  return readRotation(row === null ? null : row.value);
}
