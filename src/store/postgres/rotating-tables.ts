/**
 * Tables that take turns. The current one takes new rows, those before it are searched as well, and
 * one is searched by nobody: a turn empties that one whole and makes it the current one. A read that
 * began before the turn therefore still finds all that it may look for. Whoever reads and then fills
 * them in one transaction shares their lock, so that nobody fills one table and somebody else the next.
 */
import type { Connection } from "./connection.ts";
import { lockAlone, lockShared } from "./locks.ts";
import { readSetting, writeSetting } from "./setting.ts";

export type RotatingTables = {
  /** The setting that says which table is current and since when. */
  readonly setting: string;
  /** Names of the tables, in the order of their turns. */
  readonly tables: readonly string[];
  /** Which lock of the kind `windows` is theirs. */
  readonly lock: number;
};

type Rotation = { readonly current: number; readonly since: number };

const LOCK_NOT_AVAILABLE = "55P03";

/** The place of the current table. */
export async function readCurrent(
  connection: Connection,
  turning: RotatingTables,
): Promise<number> {
  return (await readRotation(connection, turning))?.current ?? 0;
}

/** Newest first: the current one and all but the one that is searched no longer. */
export function searchedTables({ tables }: RotatingTables, current: number): readonly string[] {
  return tables.slice(1).map((_, age) => tables.at(current - age) as string);
}

/** Until the transaction ends there is no turn. */
export async function saveRotation(connection: Connection, turning: RotatingTables): Promise<void> {
  await lockShared(connection, "windows", [turning.lock]);
}

/** Turns when the time has come and nobody, such as a dump, is reading the table; true when it did. */
export async function rotateTables(
  connection: Connection,
  turning: RotatingTables,
  p: { readonly now: number; readonly everyMs: number },
): Promise<boolean> {
  const turn = await readRotation(connection, turning);
  if (turn === null) {
    await beginRotation(connection, turning, p.now);
    return false;
  }
  if (p.now - turn.since < p.everyMs) return false;
  const next = (turn.current + 1) % turning.tables.length;
  const table = turning.tables[next] as string;
  // First, for nobody waits for this one, whereas every accept waits for the other lock.
  if (!(await canHoldTable(connection, table))) return false;
  await lockAlone(connection, "windows", [turning.lock]);
  if ((await readRotation(connection, turning))?.current !== turn.current) return false;
  await connection.run(`TRUNCATE ${table}`);
  const value: Rotation = { current: next, since: p.now };
  await writeSetting(connection, turning.setting, JSON.stringify(value));
  return true;
}

async function beginRotation(
  connection: Connection,
  { setting }: RotatingTables,
  now: number,
): Promise<void> {
  const value: Rotation = { current: 0, since: now };
  await connection.run(
    "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
    [setting, JSON.stringify(value)],
  );
}

async function canHoldTable(connection: Connection, table: string): Promise<boolean> {
  await connection.run("SAVEPOINT turn");
  try {
    await connection.run(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE NOWAIT`);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code !== LOCK_NOT_AVAILABLE) throw error;
    await connection.run("ROLLBACK TO SAVEPOINT turn");
    return false;
  }
}

async function readRotation(
  connection: Connection,
  { setting }: RotatingTables,
): Promise<Rotation | null> {
  return findRotation(await readSetting(connection, setting));
}

function findRotation(text: string | null): Rotation | null {
  return text === null ? null : (JSON.parse(text) as Rotation);
}
