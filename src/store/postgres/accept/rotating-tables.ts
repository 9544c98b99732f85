/**
 * The rotating tables of the database. The next one is emptied at once, when it becomes current. A read that
 * began before still finds everything that it may need. A transaction that reads and then fills the tables
 * shares their lock, so that all such transactions use the same current table.
 */
import {
  DEDUPE_WINDOWS,
  IDEMPOTENCY_TABLES,
  readRotation,
  type Emptying,
  type RotatingTables,
} from "../../accept/rotation.ts";
import type { Connection } from "../connection.ts";
import { lockAlone, lockShared } from "../server/locks.ts";
import { readSetting } from "../server/setting.ts";
import { wait } from "../session.ts";

/** Keys of the tables in the lock kind `windows`. */
const LOCK_KEYS: ReadonlyMap<RotatingTables, number> = new Map([
  [DEDUPE_WINDOWS, 0],
  [IDEMPOTENCY_TABLES, 1],
]);
const LOCK_NOT_AVAILABLE = "55P03";

/** Index of the current table. */
export async function readCurrent(
  connection: Connection,
  { setting }: RotatingTables,
): Promise<number> {
  return readRotation(await readSetting(connection, setting))?.current ?? 0;
}

/** No rotation happens until the transaction ends. */
export async function keepRotation(
  connection: Connection,
  rotating: RotatingTables,
): Promise<void> {
  await lockShared(connection, "windows", [LOCK_KEYS.get(rotating) as number]);
}

export function emptyAtOnce(connection: Connection): Emptying {
  return {
    deleteSome: () => wait(async () => 0),
    hold: (rotating, table) =>
      wait(async () => {
        // This lock comes first: no transaction waits for it, whereas every accept waits for the other one.
        if (!(await canHoldTable(connection, table))) return false;
        await lockAlone(connection, "windows", [LOCK_KEYS.get(rotating) as number]);
        return true;
      }),
    empty: (table) => wait(async () => void (await connection.run(`TRUNCATE ${table}`))),
  };
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
