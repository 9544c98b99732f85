/**
 * The migrations of the PostgreSQL store in their order: forward only, each in one transaction with
 * the note that it was applied, under a lock, because nodes start together. While nodes are replaced
 * one by one, older programs run beside a newer schema: each migration notes the one that a program
 * must at least know to do so, and only a program that does not know it is refused.
 */
import { readFileSync } from "node:fs";
import { Pool } from "pg";
import { AppError } from "../../core/error.ts";
import type { Connection } from "./connection.ts";
import { lockAlone } from "./locks.ts";
import { writeTransaction, type Database } from "./transaction.ts";

export type Migration = {
  readonly name: string;
  /** A program that knows this migration can run beside the schema that the new one leaves. */
  readonly needs: string;
};

export const MIGRATIONS: readonly Migration[] = [
  { name: "2026-11-23-first", needs: "2026-11-23-first" },
  { name: "2026-11-29-signature-headers", needs: "2026-11-23-first" },
  { name: "2026-11-29-resent", needs: "2026-11-23-first" },
  { name: "2026-11-29-snowflakes", needs: "2026-11-29-snowflakes" },
  { name: "2026-11-29-usernames", needs: "2026-11-29-snowflakes" },
  { name: "2026-11-29-userinfo", needs: "2026-11-29-snowflakes" },
];

/** Of the keys of the upkeep lock, this one is for migrations. */
const LOCK_KEY = 0;

const LOCK_TIMEOUT_MS = 5_000;
const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS migration
  (name TEXT PRIMARY KEY, ordinal INTEGER NOT NULL UNIQUE, needs TEXT NOT NULL)`;

type Applied = { readonly name: string; readonly needs: string };

/** Before anything else is read. Refuses a schema that excludes this program. */
export async function migrate(given: Database, known = MIGRATIONS): Promise<void> {
  const texts = new Map(known.map(({ name }) => [name, readFileSync(toFile(name), "utf8")]));
  // An index over a large table takes longer than whoever shares this pool would wait for anything.
  const pool = new Pool({ ...given.pool.options, max: 1, query_timeout: 0 });
  pool.on("error", () => undefined);
  // Files of many statements, and statements that are never run again, cannot be prepared.
  const database = { pool, preparing: { enabled: false } };
  try {
    while (await writeTransaction(database, (connection) => applyNext(connection, known, texts)));
  } finally {
    await pool.end();
  }
}

/** For those who only read: all that this program knows of the schema must be there. */
export async function refuseOtherSchema(connection: Connection, known = MIGRATIONS): Promise<void> {
  if (findNext(await readApplied(connection), known) === null) return;
  throw new AppError(
    "store_unavailable",
    "The store's schema is older than this version of Hookline; start the server once to bring it up to date.",
  );
}

/** False when there is none. */
async function applyNext(
  connection: Connection,
  known: readonly Migration[],
  texts: ReadonlyMap<string, string>,
): Promise<boolean> {
  // Looked at without the lock first: a start that has nothing to do waits for nobody.
  if (findNext(await readApplied(connection), known) === null) return false;
  // Another node's migration takes the time that it needs, and so does this one.
  await connection.run("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0");
  await lockAlone(connection, "upkeep", [LOCK_KEY]);
  // The tables are in use elsewhere, and while this waits for one, all others wait behind it.
  await connection.run(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`);
  const applied = await readApplied(connection);
  const next = findNext(applied, known);
  if (next === null) return false;
  await connection.run(CREATE_TABLE);
  await connection.run(texts.get(next.name) as string);
  await connection.run("INSERT INTO migration (name, ordinal, needs) VALUES ($1, $2, $3)", [
    next.name,
    applied.length,
    next.needs,
  ]);
  return true;
}

/** In the order in which they were applied. */
async function readApplied(connection: Connection): Promise<readonly Applied[]> {
  const columns = await connection.sql<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute
     WHERE attrelid = to_regclass('migration') AND attnum > 0 AND NOT attisdropped`,
  );
  if (columns.length === 0) return [];
  if (!columns.some(({ name }) => name === "needs")) {
    throw new AppError(
      "store_unavailable",
      'The database has a table "migration" that belongs to another program; use a separate database for Hookline, or a separate schema in the search_path.',
    );
  }
  return await connection.sql<Applied>("SELECT name, needs FROM migration ORDER BY ordinal");
}

/** The first one that is not applied; null when all are. Throws when this program is excluded. */
function findNext(applied: readonly Applied[], known: readonly Migration[]): Migration | null {
  const knows = (name: string): boolean => known.some((migration) => migration.name === name);
  for (const [ordinal, { name, needs }] of applied.entries()) {
    // One of an older program's place is another history; one after all that we know is newer.
    const isOurs = ordinal < known.length && known[ordinal]?.name === name;
    const isNewer = ordinal >= known.length && knows(needs);
    if (isOurs || isNewer) continue;
    throw new AppError(
      "store_unavailable",
      `The store's schema has the migration "${name}", which this version of Hookline does not support; run the version that made it, or a newer one.`,
    );
  }
  return known[applied.length] ?? null;
}

function toFile(name: string): URL {
  return new URL(`./migrations/${name}.sql`, import.meta.url);
}
