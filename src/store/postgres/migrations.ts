/**
 * The migrations of the PostgreSQL store in their order, forward only. Each runs in one transaction with the
 * record that it was applied, under a lock, because nodes start together. While nodes are replaced one by
 * one, older programs run beside a newer schema. So each migration names the one that such a program must
 * know, and only a program that does not know it is refused.
 */
import { readFileSync } from "node:fs";
import { Pool } from "pg";
import { AppError } from "../../core/error.ts";
import { olderSchema, unsupportedSchema } from "../refusals.ts";
import type { Connection } from "./connection.ts";
import { lockAlone } from "./server/locks.ts";
import { writeTransaction, type Database } from "./transaction.ts";

export type Migration = {
  readonly name: string;
  /** A program that knows this migration can run beside the new schema. */
  readonly needs: string;
};

export const MIGRATIONS: readonly Migration[] = [
  { name: "2026-11-23-first", needs: "2026-11-23-first" },
  { name: "2026-11-29-signature-headers", needs: "2026-11-23-first" },
  { name: "2026-11-29-resent", needs: "2026-11-23-first" },
  { name: "2026-11-29-snowflakes", needs: "2026-11-29-snowflakes" },
  { name: "2026-11-29-usernames", needs: "2026-11-29-snowflakes" },
  { name: "2026-11-29-userinfo", needs: "2026-11-29-snowflakes" },
  { name: "2026-11-29-names", needs: "2026-11-29-names" },
  { name: "2026-11-30-limits", needs: "2026-11-30-limits" },
  { name: "2026-11-30-fan-outs", needs: "2026-11-30-fan-outs" },
  { name: "2026-11-30-feed-key", needs: "2026-11-30-fan-outs" },
  { name: "2026-11-30-erasure", needs: "2026-11-30-erasure" },
  { name: "2026-11-30-erased-numbers", needs: "2026-11-30-erased-numbers" },
  { name: "2026-11-30-endpoint-list", needs: "2026-11-30-erased-numbers" },
  { name: "2026-11-30-endpoint-lines", needs: "2026-11-30-erased-numbers" },
  { name: "2026-11-30-payload-filters", needs: "2026-11-30-payload-filters" },
  { name: "2026-11-30-portal-access", needs: "2026-11-30-portal-access" },
  { name: "2026-11-30-message-lists", needs: "2026-11-30-portal-access" },
  { name: "2026-11-30-event-types", needs: "2026-11-30-portal-access" },
  { name: "2026-11-30-task-results", needs: "2026-11-30-task-results" },
  { name: "2026-11-30-user-ids", needs: "2026-11-30-user-ids" },
  { name: "2026-11-30-pollers", needs: "2026-11-30-pollers" },
  { name: "2026-11-30-line-logins", needs: "2026-11-30-line-logins" },
  { name: "2026-11-30-operator-keys", needs: "2026-11-30-line-logins" },
  { name: "2026-12-01-series", needs: "2026-12-01-series" },
  { name: "2026-12-01-search", needs: "2026-12-01-search" },
  { name: "2026-12-01-dashboard-sessions", needs: "2026-12-01-search" },
  { name: "2026-12-01-audit", needs: "2026-12-01-search" },
  { name: "2026-12-01-watchers", needs: "2026-12-01-search" },
  { name: "2026-12-01-app-names", needs: "2026-12-01-search" },
  { name: "2026-12-01-failed", needs: "2026-12-01-failed" },
  { name: "2026-12-01-attempt-detail", needs: "2026-12-01-attempt-detail" },
  { name: "2026-12-01-replay-groups", needs: "2026-12-01-replay-groups" },
];

/** Key of the upkeep lock for migrations. */
const LOCK_KEY = 0;

const LOCK_TIMEOUT_MS = 5_000;
const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS migration
  (name TEXT PRIMARY KEY, ordinal INTEGER NOT NULL UNIQUE, needs TEXT NOT NULL)`;

type Applied = { readonly name: string; readonly needs: string };

/** Call this before anything else is read. Refuses a schema that excludes this program. */
export async function migrate(given: Database, known = MIGRATIONS): Promise<void> {
  const texts = new Map(known.map(({ name }) => [name, readFileSync(toFile(name), "utf8")]));
  // A pool without a query timeout: an index over a large table takes longer than any other statement may.
  const pool = new Pool({ ...given.pool.options, max: 1, query_timeout: 0 });
  pool.on("error", () => undefined);
  // A file of several statements cannot be prepared, and a statement that runs once need not be.
  const database = { pool, preparing: { enabled: false } };
  try {
    while (await writeTransaction(database, (connection) => applyNext(connection, known, texts)));
  } finally {
    await pool.end();
  }
}

/** For opening read only: the schema must have all migrations that this program knows. */
export async function refuseOtherSchema(connection: Connection, known = MIGRATIONS): Promise<void> {
  if (findNext(await readApplied(connection), known) === null) return;
  throw olderSchema();
}

/** Returns false when no migration is pending. */
async function applyNext(
  connection: Connection,
  known: readonly Migration[],
  texts: ReadonlyMap<string, string>,
): Promise<boolean> {
  // The first check needs no lock, so that a start without a pending migration does not wait.
  if (findNext(await readApplied(connection), known) === null) return false;
  // Another node's migration may take any time, and so may this one.
  await connection.run("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0");
  await lockAlone(connection, "upkeep", [LOCK_KEY]);
  // Other programs use the tables, and while this waits for a table, all other statements on it wait behind.
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

/** Migrations in the order in which they were applied. */
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

/** The first migration that is not applied; null when all are. Throws when this program is excluded. */
function findNext(applied: readonly Applied[], known: readonly Migration[]): Migration | null {
  const knows = (name: string): boolean => known.some((migration) => migration.name === name);
  for (const [ordinal, { name, needs }] of applied.entries()) {
    // A different name at a known ordinal is another history; a name after all known ones is newer.
    const isOurs = ordinal < known.length && known[ordinal]?.name === name;
    const isNewer = ordinal >= known.length && knows(needs);
    if (isOurs || isNewer) continue;
    throw unsupportedSchema(name);
  }
  return known[applied.length] ?? null;
}

function toFile(name: string): URL {
  return new URL(`./migrations/${name}.sql`, import.meta.url);
}
