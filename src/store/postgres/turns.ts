/**
 * Tables that take turns. The current one takes new rows, those before it are searched as well, and
 * one is searched by nobody: a turn empties that one whole and makes it the current one. A read that
 * began before the turn therefore still finds all that it may look for. Whoever reads and then fills
 * them in one transaction shares their lock, so that nobody fills one table and somebody else the next.
 */
import type { Connection } from "./connection.ts";
import { lockAlone, lockShared } from "./locks.ts";
import { readSetting, writeSetting } from "./setting.ts";

export type Turning = {
  /** The setting that says which table is current and since when. */
  readonly setting: string;
  /** Names of the tables, in the order of their turns. */
  readonly tables: readonly string[];
  /** Which lock of the kind `windows` is theirs. */
  readonly lock: number;
};

type Turn = { readonly current: number; readonly since: number };

const LOCK_NOT_AVAILABLE = "55P03";

/** The place of the current table. */
export async function readCurrent(connection: Connection, turning: Turning): Promise<number> {
  return (await readTurn(connection, turning))?.current ?? 0;
}

/** Newest first: the current one and all but the one that is searched no longer. */
export function searchedTables({ tables }: Turning, current: number): readonly string[] {
  return tables.slice(1).map((_, age) => tables.at(current - age) as string);
}

/** Until the transaction ends there is no turn. */
export async function keepTurn(connection: Connection, turning: Turning): Promise<void> {
  await lockShared(connection, "windows", [turning.lock]);
}

/** Turns when the time has come and nobody, such as a dump, is reading the table; true when it did. */
export async function turnTables(
  connection: Connection,
  turning: Turning,
  p: { readonly now: number; readonly everyMs: number },
): Promise<boolean> {
  const turn = await readTurn(connection, turning);
  if (turn === null) {
    await beginTurns(connection, turning, p.now);
    return false;
  }
  if (p.now - turn.since < p.everyMs) return false;
  const next = (turn.current + 1) % turning.tables.length;
  const table = turning.tables[next] as string;
  // First, for nobody waits for this one, whereas every accept waits for the other lock.
  if (!(await canHoldTable(connection, table))) return false;
  await lockAlone(connection, "windows", [turning.lock]);
  if ((await readTurn(connection, turning))?.current !== turn.current) return false;
  await connection.run(`TRUNCATE ${table}`);
  const value: Turn = { current: next, since: p.now };
  await writeSetting(connection, turning.setting, JSON.stringify(value));
  return true;
}

async function beginTurns(
  connection: Connection,
  { setting }: Turning,
  now: number,
): Promise<void> {
  const value: Turn = { current: 0, since: now };
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

async function readTurn(connection: Connection, { setting }: Turning): Promise<Turn | null> {
  return findTurn(await readSetting(connection, setting));
}

function findTurn(text: string | null): Turn | null {
  return text === null ? null : (JSON.parse(text) as Turn);
}
