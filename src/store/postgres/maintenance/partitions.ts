/**
 * The daily tables. A day is created before the first row that needs it, together with the next day, so that
 * its tables exist at midnight. When only the next day is missing, as after midnight, no call waits for it. Days are
 * created and dropped under one lock. A node does not ask again for the days that it has seen.
 */
import type { AppError } from "../../../core/error.ts";
import type { Connection } from "../connection.ts";
import { lockAlone } from "../server/locks.ts";
import { DAY_MS, toDay, firstRowId } from "../accept/row-ids.ts";
import { writeTransaction, type Database } from "../transaction.ts";

export const DAILY_TABLES = [
  "event",
  "delivery",
  "attempt",
  "message",
  "attachment",
  "seen",
] as const;
export type DailyTable = (typeof DAILY_TABLES)[number];

export type Partitions = {
  /** Resolves when the days of these instants exist. The days after them follow, perhaps later. */
  ensure(instants: readonly number[]): Promise<void>;
  /** Call this after days were dropped: a day that was seen may be gone. */
  forget(): void;
};

/** Key of the upkeep lock for creating and dropping days. */
export const DAYS_LOCK_KEY = 1;
const LOCK_TIMEOUT_MS = 2_000;
const MOST_TRIES = 5;
const TRY_AGAIN_MS = 10_000;
const LOCK_NOT_AVAILABLE = "55P03";

/**
 * A delivery changes a few times, and each change leaves a dead row in its day. So its page has free space,
 * and vacuum comes early and does not pause.
 */
const SETTINGS: Partial<Record<DailyTable, string>> = {
  delivery: `WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.02)`,
  message: "WITH (fillfactor = 90)",
  // Rows that were merged make room for the next ones.
  seen: "WITH (autovacuum_vacuum_scale_factor = 0.05)",
};

export function createPartitions({ pool }: Database): Partitions {
  // Names of days differ each time, so no statement here is worth preparing.
  const database = { pool, preparing: { enabled: false } };
  const seen = new Set<number>();
  let making: Promise<void> = Promise.resolve();
  let isMaking = false;
  /** When a next day that could not be created is tried again, by the clock of this process. */
  let triesAgainAt = 0;

  /** Days that must exist now, or, with the days after them, soon. */
  function missing(instants: readonly number[], withNext: boolean): readonly number[] {
    const days = new Set<number>();
    for (const instant of instants) {
      const day = toDay(instant);
      if (!seen.has(day)) days.add(day);
      if (withNext && !seen.has(day + DAY_MS)) days.add(day + DAY_MS);
    }
    return [...days].toSorted((a, b) => a - b);
  }

  async function make(instants: readonly number[]): Promise<void> {
    const days = missing(instants, true);
    if (days.length === 0) return;
    await makeDays(database, days);
    for (const day of days) seen.add(day);
  }

  return {
    async ensure(instants) {
      if (missing(instants, true).length === 0) return;
      const isNeeded = missing(instants, false).length > 0;
      if (!isNeeded && (isMaking || performance.now() < triesAgainAt)) return;
      isMaking = true;
      // Calls run one after the other, so that calls of the same moment create a day once.
      const made = making.then(() => make(instants));
      making = made
        .catch(() => void (triesAgainAt = performance.now() + TRY_AGAIN_MS))
        .finally(() => void (isMaking = false));
      if (isNeeded) await made;
    },
    forget: () => seen.clear(),
  };
}

/** For example `event_2026_11_23`. */
export function partitionName(table: DailyTable, day: number): string {
  return `${table}_${new Date(day).toISOString().slice(0, 10).replaceAll("-", "_")}`;
}

/** The days that a table has, oldest first, as instants. */
export async function listDays(
  connection: Connection,
  table: DailyTable,
): Promise<readonly number[]> {
  const rows = await connection.sql<{ name: string }>(
    `SELECT relname AS name FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
     WHERE inhparent = to_regclass($1) ORDER BY relname`,
    [table],
  );
  return rows.map(({ name }) => dayNamed(name));
}

/** The oldest day of each table that has one, as an instant. */
export async function oldestDays(connection: Connection): Promise<ReadonlyMap<DailyTable, number>> {
  const rows = await connection.sql<{ parent: DailyTable; name: string }>(
    `SELECT parent.relname AS parent, min(child.relname::text COLLATE "C") AS name FROM pg_inherits
     JOIN pg_class AS parent ON parent.oid = inhparent JOIN pg_class AS child ON child.oid = inhrelid
     WHERE inhparent = ANY (ARRAY (SELECT to_regclass(name) FROM unnest($1::text[]) AS name))
     GROUP BY parent.relname`,
    [DAILY_TABLES],
  );
  return new Map(rows.map(({ parent, name }) => [parent, dayNamed(name)]));
}

function dayNamed(name: string): number {
  return Date.parse(name.slice(-10).replaceAll("_", "-"));
}

async function makeDays(database: Database, days: readonly number[]): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await writeTransaction(database, async (connection) => {
        await connection.run(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
        await lockAlone(connection, "upkeep", [DAYS_LOCK_KEY]);
        for (const table of DAILY_TABLES) await makeMissing(connection, table, days);
      });
      return;
    } catch (error) {
      const { code } = ((error as AppError).cause ?? {}) as { code?: string };
      if (code !== LOCK_NOT_AVAILABLE || tries === MOST_TRIES) throw error;
    }
  }
}

async function makeMissing(
  connection: Connection,
  table: DailyTable,
  days: readonly number[],
): Promise<void> {
  const there = new Set(await listDays(connection, table));
  for (const day of days) {
    if (there.has(day)) continue;
    const name = partitionName(table, day);
    // A table is attached when it is complete: only that step locks the parent table, and inserts do not
    // wait.
    await connection.run(
      `CREATE TABLE IF NOT EXISTS ${name} (LIKE ${table} INCLUDING ALL) ${SETTINGS[table] ?? ""}`,
    );
    await connection.run(
      `ALTER TABLE ${table} ATTACH PARTITION ${name}
       FOR VALUES FROM (${firstRowId(day)}) TO (${firstRowId(day + DAY_MS)})`,
    );
  }
}
