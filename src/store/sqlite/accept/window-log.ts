/**
 * The log of the dedupe windows: ids of recent commits, in memory and in one row per commit. An id is anywhere
 * in the order of a window's table. So each id of a group would change one page of 8 KiB, which the log of the file
 * and its checkpoint write again. Thousands of ids that are moved in their order share these pages.
 */
import type { WindowKind } from "../../accept/dedupe-window-kinds.ts";
import type { Connection } from "../connection.ts";

/** An id with its application and kind, as one text. */
export type IdKey = string;
export type LoggedId = readonly [key: IdKey, ref: number];

export function toIdKey(appSeq: number, kind: WindowKind, id: string): IdKey {
  return `${appSeq} ${kind} ${id}`;
}

export function readIdKey(key: IdKey): readonly [appSeq: number, kind: number, id: string] {
  const kindAt = key.indexOf(" ") + 1;
  const idAt = key.indexOf(" ", kindAt) + 1;
  return [Number(key.slice(0, kindAt)), Number(key.slice(kindAt, idAt)), key.slice(idAt)];
}

/** Adds a row, and returns its number. */
export function appendIds({ sql }: Connection, ids: readonly LoggedId[]): number {
  const text = JSON.stringify(ids.flat());
  return Number(sql("INSERT INTO windowLog (ids) VALUES (?)").run(text).lastInsertRowid);
}

/** All rows, oldest first: a later one counts where both have an id. */
export function loadIds({ sql }: Connection): { ids: Map<IdKey, number>; lastRow: number } {
  const ids = new Map<IdKey, number>();
  let lastRow = 0;
  for (const row of sql("SELECT seq, ids FROM windowLog ORDER BY seq").iterate()) {
    for (const [key, ref] of readIds(row["ids"])) ids.set(key, ref);
    lastRow = row["seq"] as number;
  }
  return { ids, lastRow };
}

/** For queries, whose thread has no ids in memory. The rows are at most a few megabytes. */
export function findLogged({ sql }: Connection, key: IdKey): number | null {
  const row = sql(
    "SELECT ids FROM windowLog WHERE instr(ids, ?) > 0 ORDER BY seq DESC LIMIT 1",
  ).get(JSON.stringify(key));
  if (row === undefined) return null;
  return readIds(row["ids"]).findLast(([found]) => found === key)?.[1] ?? null;
}

function readIds(text: unknown): readonly LoggedId[] {
  const flat = JSON.parse(text as string) as (string | number)[];
  return Array.from({ length: flat.length / 2 }, (_, i): LoggedId => {
    return [flat[2 * i] as string, flat[2 * i + 1] as number];
  });
}
