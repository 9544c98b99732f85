/**
 * Rotates tables: empties the next one and makes it current. A read that began before the rotation still
 * finds everything that it may need. A transaction that reads and then fills the tables shares their lock, so
 * that all such transactions use the same current table.
 */
import {
  planRotation,
  readRotation,
  type Rotation,
  type RotatingTables,
} from "../../accept/rotation.ts";
import type { Connection } from "../connection.ts";
import { lockAlone, lockShared } from "../server/locks.ts";
import { readSetting, writeSetting } from "../server/setting.ts";

export type LockedTables = RotatingTables & {
  /** Key of these tables in the lock kind `windows`. */
  readonly lock: number;
};

const LOCK_NOT_AVAILABLE = "55P03";

/** Index of the current table. */
export async function readCurrent(
  connection: Connection,
  rotating: RotatingTables,
): Promise<number> {
  return (await loadRotation(connection, rotating))?.current ?? 0;
}

/** No rotation happens until the transaction ends. */
export async function keepRotation(connection: Connection, rotating: LockedTables): Promise<void> {
  await lockShared(connection, "windows", [rotating.lock]);
}

/** Rotates when it is time and no reader, such as a dump, uses the table; returns true when it did. */
export async function rotateTables(
  connection: Connection,
  rotating: LockedTables,
  p: { readonly now: number; readonly everyMs: number },
): Promise<boolean> {
  const { setting, tables, lock } = rotating;
  const before = await loadRotation(connection, rotating);
  const after = planRotation(rotating, before, p);
  if (after === null) return false;
  if (before === null) {
    await connection.run(
      "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
      [setting, JSON.stringify(after)],
    );
    return false;
  }
  const table = tables[after.current] as string;
  // This lock comes first, because no transaction waits for it, whereas every accept waits for the other one.
  if (!(await canHoldTable(connection, table))) return false;
  await lockAlone(connection, "windows", [lock]);
  if ((await loadRotation(connection, rotating))?.current !== before.current) return false;
  await connection.run(`TRUNCATE ${table}`);
  await writeSetting(connection, setting, JSON.stringify(after));
  return true;
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

async function loadRotation(
  connection: Connection,
  { setting }: RotatingTables,
): Promise<Rotation | null> {
  return readRotation(await readSetting(connection, setting));
}
