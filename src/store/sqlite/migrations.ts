/**
 * The migrations of the SQLite store in order: forward only. Each is one transaction together with the record
 * that it was applied, so that a start after a crash continues where it stopped.
 */
import { readFileSync } from "node:fs";
import { olderSchema, unsupportedSchema } from "../refusals.ts";
import type { Connection } from "./connection.ts";

const MIGRATIONS = [
  "2026-11-22-first",
  "2026-11-29-signature-headers",
  "2026-11-29-resent",
  "2026-11-29-snowflakes",
  "2026-11-29-usernames",
  "2026-11-29-userinfo",
  "2026-11-29-names",
  "2026-11-29-sources",
  "2026-11-30-limits",
  "2026-11-30-fan-outs",
  "2026-11-30-feed-key",
  "2026-11-30-erasure",
  "2026-11-30-erased-numbers",
  "2026-11-30-payload-filters",
  "2026-11-30-portal-access",
  "2026-11-30-message-lists",
  "2026-11-30-event-types",
  "2026-11-30-task-results",
  "2026-11-30-user-ids",
  "2026-11-30-pollers",
  "2026-11-30-line-logins",
  "2026-11-30-operator-keys",
  "2026-12-01-series",
  "2026-12-01-search",
  "2026-12-01-dashboard-sessions",
  "2026-12-01-audit",
  "2026-12-01-app-names",
  "2026-12-01-failed",
  "2026-12-01-attempt-detail",
  "2026-12-01-replay-groups",
  "2026-12-01-window-log",
] as const;

/** Run under the lock, before anything else is read. Refuses a schema newer than this program. */
export function migrate({ db, sql }: Connection): void {
  db.exec(
    "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, ordinal INTEGER NOT NULL UNIQUE) STRICT",
  );
  const applied = sql("SELECT name FROM migration ORDER BY ordinal")
    .all()
    .map((row) => row["name"] as string);
  refuseForeign(applied);
  for (const [ordinal, name] of MIGRATIONS.entries()) {
    if (ordinal < applied.length) continue;
    const file = new URL(`./migrations/${name}.sql`, import.meta.url);
    db.exec("BEGIN IMMEDIATE");
    try {
      db.exec(readFileSync(file, "utf8"));
      sql("INSERT INTO migration (name, ordinal) VALUES (?, ?)").run(name, ordinal);
      db.exec("COMMIT");
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }
}

/** For read-only connections: the schema must be exactly the one that this program knows. */
export function refuseOtherSchema({ sql }: Connection): void {
  const table = sql("SELECT 1 FROM sqlite_schema WHERE name = 'migration'").get();
  const applied =
    table === undefined
      ? []
      : sql("SELECT name FROM migration ORDER BY ordinal")
          .all()
          .map((row) => row["name"] as string);
  refuseForeign(applied);
  if (applied.length < MIGRATIONS.length) {
    throw olderSchema();
  }
}

function refuseForeign(applied: readonly string[]): void {
  const foreign = applied.find((name, ordinal) => MIGRATIONS[ordinal] !== name);
  if (foreign !== undefined) throw unsupportedSchema(foreign);
}
