/**
 * One open SQLite file with the settings that the guarantees depend on: WAL, and `synchronous=FULL`, which is
 * read back. A COMMIT that returned is therefore on disk (I1). No option weakens this.
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { AppError } from "../../core/error.ts";

export type Connection = {
  readonly db: DatabaseSync;
  /** The prepared statement of this text, cached per connection. Never put values into the text. */
  readonly sql: (text: string) => StatementSync;
  /** Like `sql`, with rows as arrays of columns, which takes half the time of named rows. */
  readonly arrays: (text: string) => StatementSync;
};

/** SQLite's path for a database that is in memory and ends with its connection. */
export const MEMORY = ":memory:";

/** Older versions can corrupt a WAL that several connections use (fixed in 3.51.3). */
const OLDEST_SQLITE = [3, 51, 3] as const;
/**
 * Size to which SQLite truncates a restarted log. It is above the limit of checkpoints, so only the growth
 * caused by a long reader is freed.
 */
const LOG_LIMIT_BYTES = 40 * 1024 * 1024;
export const BUSY_TIMEOUT_MS = 5_000;
/** A negative value is in KiB. The writer's working set is the right edges of a few indexes. */
const WRITER_CACHE = -32_768;
const READER_CACHE = -8_192;

export function openConnection(p: { path: string; readOnly: boolean }): Connection {
  const db = new DatabaseSync(p.path, {
    readOnly: p.readOnly,
    timeout: BUSY_TIMEOUT_MS,
    enableForeignKeyConstraints: true,
  });
  try {
    refuseOldSqlite(db);
    db.exec(`PRAGMA cache_size = ${p.readOnly ? READER_CACHE : WRITER_CACHE}`);
    db.exec("PRAGMA temp_store = MEMORY");
    if (!p.readOnly) makeDurable(db, p.path);
  } catch (error) {
    db.close();
    throw error;
  }
  const sql = createStatements(db, false);
  return { db, sql, arrays: createStatements(db, true) };
}

function createStatements(db: DatabaseSync, arrays: boolean): Connection["sql"] {
  const statements = new Map<string, StatementSync>();
  return (text) => {
    let statement = statements.get(text);
    if (statement === undefined) {
      statement = db.prepare(text);
      statement.setReturnArrays(arrays);
      statements.set(text, statement);
    }
    return statement;
  };
}

function makeDurable(db: DatabaseSync, path: string): void {
  // Applies to new files only. An event's row is about 2 KB; with 4 KiB pages half of each would stay empty.
  db.exec("PRAGMA page_size = 8192");
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = FULL");
  // Deleted content is overwritten with zeros, also in pages that become free. FAST would leave the latter.
  db.exec("PRAGMA secure_delete = ON");
  db.exec(`PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES}`);
  const journal = readPragma(db, "journal_mode");
  const wanted = path === MEMORY ? "memory" : "wal";
  if (journal !== wanted) {
    throw new AppError(
      "store_unavailable",
      `SQLite keeps ${path} in journal mode "${String(journal)}" instead of "${wanted}": put the folder on a local disk.`,
    );
  }
  const synchronous = readPragma(db, "synchronous");
  if (synchronous !== 2) {
    throw new AppError(
      "store_unavailable",
      `SQLite reads back synchronous=${String(synchronous)} instead of 2 (FULL), so accepted events would not be durable.`,
    );
  }
}

function refuseOldSqlite(db: DatabaseSync): void {
  const { version } = db.prepare("SELECT sqlite_version() AS version").get() as { version: string };
  const parts = version.split(".").map(Number);
  for (let i = 0; i < OLDEST_SQLITE.length; i++) {
    const difference = (parts[i] ?? 0) - (OLDEST_SQLITE[i] as number);
    if (difference > 0) return;
    if (difference < 0) {
      throw new AppError(
        "store_unavailable",
        `This version of Node.js has SQLite ${version}; Hookline needs ${OLDEST_SQLITE.join(".")} or newer.`,
      );
    }
  }
}

function readPragma(db: DatabaseSync, name: string): unknown {
  const row = db.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? undefined : Object.values(row)[0];
}
