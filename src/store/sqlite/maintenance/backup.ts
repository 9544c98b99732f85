/**
 * Copies a store's file page by page within one read transaction, so that the copy is one consistent state
 * despite concurrent writes (I3). A copy gets its final name only after it was read completely and is on disk. A file with that name is therefore a valid copy. A copy contains no key, only the fingerprint of the key it
 * needs.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";
import { AppError } from "../../../core/error.ts";
import type { CheckedCopy } from "../../maintenance/checked-copy.ts";
import { check } from "./check.ts";
import { openConnection, type Connection } from "../connection.ts";
import { lockFile } from "../file/lock.ts";
import { refuseOtherSchema } from "../migrations.ts";
import { sumAccounting } from "../../maintenance/accounting-identity.ts";
import { listFingerprints } from "../../maintenance/encryption-keys.ts";
import { readKeys } from "../../maintenance/store-keys.ts";
import { readSession, runNow } from "../session.ts";
import { resolveStorePath } from "../file/store-path.ts";

/** Pages per step; the event loop runs between two steps. */
const PAGES_PER_STEP = 4096;
const BUSY_TIMEOUT_MS = 5_000;

/** See `backUpStore`. */
export async function backUpSqlite(file: string, to: string): Promise<CheckedCopy> {
  refuseMissing(file, "HOOKLINE_STORE");
  refuseExisting(resolve(to));
  refuseMissingFolder(to);
  return await copyWhole(resolveStorePath(file), resolve(to));
}

/** See `restoreStore`. */
export async function restoreSqlite(from: string, file: string): Promise<CheckedCopy> {
  refuseMissing(from, "--from");
  const target = resolveStorePath(file);
  refuseStore(target);
  refuseOther(from);
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  const lock = lockFile(target);
  try {
    // SQLite would read an old log beside the copy as the copy's log.
    for (const left of [`${target}-wal`, `${target}-journal`]) refuseExisting(left);
    return await copyWhole(resolve(from), target);
  } finally {
    lock.release();
  }
}

async function copyWhole(from: string, to: string): Promise<CheckedCopy> {
  refuseExisting(to);
  const partial = `${to}.partial`;
  try {
    closeSync(openSync(partial, "wx", 0o600));
  } catch (cause) {
    throw new AppError(
      "conflict",
      `${partial} cannot be created: remove it if no other copy is being written.`,
      { cause },
    );
  }
  try {
    await copyPages(from, partial);
    const copy = checkCopy(partial);
    sync(partial);
    // A link, unlike a rename, never replaces a file that appeared meanwhile.
    linkSync(partial, to);
    return copy;
  } finally {
    for (const left of [partial, `${partial}-wal`, `${partial}-shm`, `${partial}-journal`]) {
      rmSync(left, { force: true });
    }
    sync(dirname(to));
  }
}

async function copyPages(from: string, to: string): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    // The transaction fixes the state; without it every commit would restart the copy.
    source.exec("BEGIN");
    source.prepare("SELECT count(*) FROM sqlite_schema").get();
    await backup(source, to, { rate: PAGES_PER_STEP });
  } catch (cause) {
    throw unusable(basename(from), cause);
  } finally {
    source.close();
  }
}

/** Reads everything, as the restored server would, and turns it into one file without a log beside it. */
function checkCopy(file: string): CheckedCopy {
  const db = new DatabaseSync(file);
  try {
    db.exec("PRAGMA journal_mode = DELETE");
    const [first] = db.prepare("PRAGMA integrity_check(1)").all();
    const found = Object.values(first ?? {})[0];
    if (found !== "ok") throw new Error(String(found));
  } catch (cause) {
    throw unusable("The copy", cause);
  } finally {
    db.close();
  }
  const connection = openConnection({ path: file, readOnly: true });
  try {
    refuseOtherSchema(connection);
    return { bytes: statSync(file).size, ...readContents(connection) };
  } finally {
    connection.db.close();
  }
}

function readContents(connection: Connection): Omit<CheckedCopy, "bytes"> {
  const { apps, problems } = check(connection);
  if (problems.length > 0) {
    throw new AppError(
      "store_unavailable",
      `The tallies of the copy do not match its rows: ${problems[0]}`,
    );
  }
  const row = connection.sql("SELECT max(seq) AS last FROM event").get();
  return {
    totals: sumAccounting(apps),
    lastSequence: (row?.["last"] as number | null) ?? null,
    keys: listFingerprints(runNow(readKeys(readSession(connection)))),
  };
}

function refuseMissing(file: string, where: string): void {
  if (existsSync(file)) return;
  throw new AppError("not_found", `${where} names ${file}, which does not exist.`);
}

function refuseMissingFolder(file: string): void {
  const folder = dirname(resolve(file));
  if (existsSync(folder) && statSync(folder).isDirectory()) return;
  throw new AppError(
    "not_found",
    `--to names ${file}, but the folder ${folder} does not exist: create it.`,
  );
}

function refuseStore(file: string): void {
  if (!existsSync(file)) return;
  throw new AppError(
    "conflict",
    `HOOKLINE_STORE names ${file}, where a store already exists: move it away, or set another path.`,
  );
}

/** Runs before a folder is created for a file that cannot be restored. */
function refuseOther(from: string): void {
  const db = new DatabaseSync(from, { readOnly: true });
  try {
    db.prepare("SELECT count(*) FROM sqlite_schema").get();
  } catch (cause) {
    throw new AppError(
      "store_unavailable",
      `--from names ${from}, which is not a SQLite database.`,
      { cause },
    );
  } finally {
    db.close();
  }
}

function refuseExisting(file: string): void {
  if (!existsSync(file)) return;
  throw new AppError(
    "conflict",
    `${file} already exists and is never overwritten: move it away, or choose another name.`,
  );
}

function unusable(what: string, cause: unknown): AppError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AppError("store_unavailable", `${what} is not a complete store: ${why}.`, { cause });
}

function sync(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
