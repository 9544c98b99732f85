/**
 * Tables that rotate. The current one takes new rows, earlier ones are searched too, and the next one is not
 * searched. A rotation makes the next one current once it is empty.
 */
export type RotatingTables = {
  /** The setting that records the current table and the time of its rotation. */
  readonly setting: string;
  /** Names of the tables, in the order of rotation. */
  readonly tables: readonly string[];
};
export type Rotation = { readonly current: number; readonly since: number };

/** Ids that publishers chose, apart from the history; kept for one to one and a half windows. */
export const DEDUPE_WINDOWS: RotatingTables = {
  setting: "windows",
  tables: ["window0", "window1", "window2", "window3"],
};
export const IDEMPOTENCY_TABLES: RotatingTables = {
  setting: "once",
  tables: ["once0", "once1", "once2"],
};

export function windowRotationMs(dedupeWindowMs: number): number {
  return dedupeWindowMs / 2;
}

/** Null before the first rotation has begun. */
export function readRotation(text: string | null): Rotation | null {
  return text === null ? null : (JSON.parse(text) as Rotation);
}

/** The tables to search, newest first: all but the next one. */
export function searchedTables({ tables }: RotatingTables, current: number): readonly string[] {
  return tables.slice(1).map((_, age) => tables.at(current - age) as string);
}

export function nextTable({ tables }: RotatingTables, current: number): number {
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
