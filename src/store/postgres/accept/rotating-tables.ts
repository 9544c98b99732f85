/**
 * Tables that rotate. The current one takes new rows, earlier ones are searched too, and one is not searched.
 * A rotation empties that one and makes it current. So a read that began before the rotation still finds
 * everything that it may need. A transaction that reads and then fills the tables shares their lock, so that
 * all such transactions use the same current table.
 */
import type { Connection } from "../connection.ts";
import { lockAlone, lockShared } from "../server/locks.ts";
import { readSetting, writeSetting } from "../server/setting.ts";

export type RotatingTables = {
  /** The setting that records the current table and the time of its rotation. */
  readonly setting: string;
  /** Names of the tables, in the order of rotation. */
  readonly tables: readonly string[];
  /** Key of these tables in the lock kind `windows`. */
  readonly lock: number;
};

type Rotation = { readonly current: number; readonly since: number };

const LOCK_NOT_AVAILABLE = "55P03";

/** Index of the current table. */
export async function readCurrent(
  connection: Connection,
  rotating: RotatingTables,
): Promise<number> {
  return (await readRotation(connection, rotating))?.current ?? 0;
}

/** The tables to search, newest first: all but the one that is no longer searched. */
export function searchedTables({ tables }: RotatingTables, current: number): readonly string[] {
  return tables.slice(1).map((_, age) => tables.at(current - age) as string);
}

/** No rotation happens until the transaction ends. */
export async function saveRotation(
  connection: Connection,
  rotating: RotatingTables,
): Promise<void> {
  await lockShared(connection, "windows", [rotating.lock]);
}

/** Rotates when it is time and no reader, such as a dump, uses the table; returns true when it did. */
export async function rotateTables(
  connection: Connection,
  rotating: RotatingTables,
  p: { readonly now: number; readonly everyMs: number },
): Promise<boolean> {
  const rotation = await readRotation(connection, rotating);
  if (rotation === null) {
    await beginRotation(connection, rotating, p.now);
    return false;
  }
  if (p.now - rotation.since < p.everyMs) return false;
  const next = (rotation.current + 1) % rotating.tables.length;
  const table = rotating.tables[next] as string;
  // This lock comes first, because no transaction waits for it, whereas every accept waits for the other one.
  if (!(await canHoldTable(connection, table))) return false;
  await lockAlone(connection, "windows", [rotating.lock]);
  if ((await readRotation(connection, rotating))?.current !== rotation.current) return false;
  await connection.run(`TRUNCATE ${table}`);
  const value: Rotation = { current: next, since: p.now };
  await writeSetting(connection, rotating.setting, JSON.stringify(value));
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
