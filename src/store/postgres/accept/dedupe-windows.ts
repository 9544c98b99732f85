/**
 * The dedupe windows: ids that publishers chose, stored apart from the history. When two nodes use the same
 * id at once, the second one is overtaken, runs again, and finds it.
 */
import { OPT_OUTS, type WindowKind } from "../../accept/dedupe-window-kinds.ts";
import type { Connection } from "../connection.ts";
import { Overtaken } from "../../session.ts";
import { DEDUPE_WINDOWS, searchedTables } from "../../accept/rotation.ts";
import type { WindowLookup } from "../../accept/event-windows.ts";
import { readCurrent } from "./rotating-tables.ts";

export type WindowEntry = WindowLookup & {
  readonly ref: number;
  /** The ref that `findInWindows` returned, when its event is gone and the id may be used again. */
  readonly replaces?: number | undefined;
};

const { tables: TABLES } = DEDUPE_WINDOWS;
/** Indexed by the number of the current table. */
const FINDS = TABLES.map((_, current) => findText(searchedTables(DEDUPE_WINDOWS, current)));
const KEEPS = TABLES.map(keepText);

export function windowKey(appSeq: number, kind: WindowKind, id: string): string {
  return `${appSeq} ${kind} ${id}`;
}

/**
 * The number stays valid while the transaction shares the lock `windows` 0; pass it to the functions below.
 */
export async function currentWindow(connection: Connection): Promise<number> {
  return await readCurrent(connection, DEDUPE_WINDOWS);
}

/**
 * The newest ref of each known id, by `windowKey`. A transaction that writes the ids afterwards shares the
 * lock `windows` 0 first.
 */
export async function findInWindows(
  connection: Connection,
  lookups: readonly WindowLookup[],
  current: number | null = null,
): Promise<ReadonlyMap<string, number>> {
  if (lookups.length === 0) return new Map();
  const place = current ?? (await currentWindow(connection));
  const rows = await connection.sql<WindowLookup & { ref: number }>(FINDS[place] as string, [
    lookups.map(({ appSeq }) => appSeq),
    lookups.map(({ kind }) => kind),
    lookups.map(({ id }) => id),
  ]);
  return new Map(rows.map(({ appSeq, kind, id, ref }) => [windowKey(appSeq, kind, id), ref]));
}

/**
 * Throws `Overtaken` when another transaction wrote one of the event or message ids after the lookup. Of
 * several entries of one id the last one counts: an opt-out, or a message that its own event completed.
 */
export async function keepInWindows(
  connection: Connection,
  entries: readonly WindowEntry[],
  current: number | null = null,
): Promise<void> {
  if (entries.length === 0) return;
  const place = current ?? (await currentWindow(connection));
  const rows = lastOfEach(entries);
  const kept = await connection.run(KEEPS[place] as string, [
    rows.map(({ appSeq }) => appSeq),
    rows.map(({ kind }) => kind),
    rows.map(({ id }) => id),
    rows.map(({ ref }) => ref),
    rows.flatMap(({ replaces }) => replaces ?? []),
  ]);
  if (kept < rows.length) throw new Overtaken("an id was used by another transaction meanwhile");
}

function lastOfEach(entries: readonly WindowEntry[]): readonly WindowEntry[] {
  return [
    ...new Map(entries.map((one) => [windowKey(one.appSeq, one.kind, one.id), one])).values(),
  ];
}

function findText(tables: readonly string[]): string {
  const searches = tables.map(
    (table, age) =>
      `SELECT ${age} AS age, ref FROM ${table}
       WHERE app_seq = asked.app_seq AND kind = asked.kind AND id = asked.id`,
  );
  return `SELECT asked.app_seq, asked.kind, asked.id, found.ref
    FROM unnest($1::bigint[], $2::smallint[], $3::text[]) AS asked (app_seq, kind, id)
    CROSS JOIN LATERAL (${searches.join(" UNION ALL ")} ORDER BY age LIMIT 1) AS found`;
}

/**
 * Inserts in key order, so that two transactions with the same ids wait for each other without a deadlock.
 */
function keepText(table: string): string {
  return `INSERT INTO ${table} (app_seq, kind, id, ref)
    SELECT app_seq, kind, id, ref
    FROM unnest($1::bigint[], $2::smallint[], $3::text[], $4::bigint[])
      AS given (app_seq, kind, id, ref)
    ORDER BY app_seq, kind, id COLLATE "C"
    ON CONFLICT (app_seq, kind, id) DO UPDATE SET ref = excluded.ref
    WHERE ${table}.kind IN (${[...OPT_OUTS].join(", ")}) OR ${table}.ref = ANY ($5::bigint[])`;
}
