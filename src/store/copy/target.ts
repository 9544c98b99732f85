/**
 * The database that is the destination: empty, or with an unfinished copy of the same file. The progress of
 * each table is committed with its rows, so an interrupted copy continues without losing or repeating a row.
 */
import { Pool } from "pg";
import { AppError } from "../../core/error.ts";
import { checkServer, parseStoreUrl } from "../postgres/server/check-server.ts";
import { checkSession } from "../postgres/server/session-settings.ts";
import { createPool, type Connection } from "../postgres/connection.ts";
import { migrate } from "../postgres/migrations.ts";
import { createPartitions, type Partitions } from "../postgres/maintenance/partitions.ts";
import { readSetting, readSettings, writeSetting } from "../postgres/server/setting.ts";
import { writeTransaction, type Database } from "../postgres/transaction.ts";
import { COPY_FINISHED, COPY_SOURCE } from "../postgres/server/unfinished-copy.ts";
import { COPIED_TABLES } from "./tables.ts";

export type CopyTarget = AsyncDisposable & {
  /** Host and name of the database, without a password. */
  readonly name: string;
  readonly partitions: Partitions;
  migrate(): Promise<void>;
  write<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  /** Like `write`, without a time limit. */
  writeLong<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
};
export type Progress = { readonly after: string; readonly rows: number };

const CONNECT_TIMEOUT_MS = 5_000;

/** Rejects like opening the store when the server cannot keep Hookline's guarantees. */
export async function openTarget(url: string): Promise<CopyTarget> {
  if (!/^postgres(ql)?:/.test(url)) {
    throw new AppError(
      "invalid_field",
      `--to is "${url.split(":")[0]}:…": it must be a PostgreSQL database, such as postgres://user@host/hookline.`,
    );
  }
  const { host, database: name } = parseStoreUrl(url);
  const pool = createPool({
    url,
    size: 1,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    verify: checkSession,
  });
  const unlimitedPool = new Pool({ ...pool.options, query_timeout: 0 });
  for (const one of [pool, unlimitedPool]) one.on("error", () => undefined);
  const database: Database = { pool, preparing: { enabled: true } };
  const long: Database = { pool: unlimitedPool, preparing: { enabled: false } };
  async function close(): Promise<void> {
    await pool.end();
    await unlimitedPool.end();
  }
  try {
    await checkServer(pool, { url, readOnly: false });
    return {
      name: `${host}/${name}`,
      migrate: () => migrate(database),
      partitions: createPartitions(database),
      write: (work) => writeTransaction(database, work),
      writeLong: (work) =>
        writeTransaction(long, async (connection) => {
          await connection.run("SET LOCAL statement_timeout = 0");
          return await work(connection);
        }),
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

type Beginning = {
  readonly identity: string;
  /** New place of the file's store; null while the file is the store. */
  readonly movedTo: string | null;
};

/**
 * Reserves the database for this copy: no server opens it until the copy is finished. A server that has it
 * open prevents the start of the copy. Refuses with `conflict`, and without a change, a database that is
 * neither empty nor this copy.
 */
export async function beginCopy(
  target: CopyTarget,
  p: Beginning,
): Promise<"unfinished" | "finished"> {
  // Another program's database is not migrated either.
  await target.write(async (connection) => {
    const [row] = await connection.sql<{ isThere: boolean }>(
      "SELECT to_regclass('app') IS NOT NULL AND to_regclass('setting') IS NOT NULL AS is_there",
    );
    if (row?.isThere === true) await readState(connection, target, p, ["app"]);
    else refuseMoved(p);
  });
  await target.migrate();
  return await target.write(async (connection) => {
    // A server that opens the database first takes a number for its message ids, then looks for a copy.
    await connection.run("LOCK TABLE snowflake_node IN SHARE ROW EXCLUSIVE MODE");
    const names = COPIED_TABLES.map(({ name }) => name);
    const state = await readState(connection, target, p, names);
    if (state !== "empty") return state;
    await refuseServed(connection, target.name);
    await connection.run("DELETE FROM setting");
    await writeSetting(connection, COPY_SOURCE, p.identity);
    return "unfinished";
  });
}

async function readState(
  connection: Connection,
  target: CopyTarget,
  { identity, movedTo }: Beginning,
  tables: readonly string[],
): Promise<"empty" | "unfinished" | "finished"> {
  const known = await readSettings(connection, [COPY_SOURCE, COPY_FINISHED]);
  const isFinished = known.has(COPY_FINISHED);
  if (known.get(COPY_SOURCE) === identity) return isFinished ? "finished" : "unfinished";
  refuseMoved({ movedTo });
  if (known.has(COPY_SOURCE) && !isFinished) {
    throw refusal(
      `${target.name} contains an unfinished copy of another file, or of this file before a server opened it again: empty the database, or choose another one.`,
    );
  }
  await refuseRows(connection, target.name, tables);
  return "empty";
}

function refuseMoved({ movedTo }: Pick<Beginning, "movedTo">): void {
  if (movedTo === null) return;
  throw refusal(
    `The file was moved to ${movedTo}: set HOOKLINE_STORE to that database and do not use the file any more.`,
  );
}

async function refuseRows(
  connection: Connection,
  target: string,
  tables: readonly string[],
): Promise<void> {
  const queries = tables.map(
    (name) => `SELECT '${name}' AS name WHERE EXISTS (SELECT FROM ${name})`,
  );
  const [full] = await connection.sql<{ name: string }>(`${queries.join(" UNION ALL ")} LIMIT 1`);
  if (full === undefined) return;
  throw refusal(
    `${target} is not empty: its table "${full.name}" has rows. Copy into an empty database.`,
  );
}

async function refuseServed(connection: Connection, target: string): Promise<void> {
  const held = await connection.sql(
    "SELECT 1 FROM snowflake_node WHERE held_until > extract(epoch FROM clock_timestamp()) * 1000",
  );
  if (held.length === 0) return;
  throw refusal(
    `A Hookline server has ${target} open, or was killed less than a minute ago: stop it and wait, or choose another database.`,
  );
}

function refusal(message: string): AppError {
  return new AppError("conflict", message);
}

export async function readProgress(
  connection: Connection,
  table: string,
): Promise<Progress | null> {
  const text = await readSetting(connection, progressName(table));
  return text === null ? null : (JSON.parse(text) as Progress);
}

export async function writeProgress(
  connection: Connection,
  table: string,
  progress: Progress,
): Promise<void> {
  await writeSetting(connection, progressName(table), JSON.stringify(progress));
}

/** Makes the database a store like any other. */
export async function finishCopy(target: CopyTarget): Promise<void> {
  await target.write(async (connection) => {
    await connection.run("DELETE FROM setting WHERE name = ANY ($1)", [
      COPIED_TABLES.map(({ name }) => progressName(name)),
    ]);
    await writeSetting(connection, COPY_FINISHED, "true");
  });
}

function progressName(table: string): string {
  return `copy.${table}`;
}
