/**
 * Checks a server before anything is changed: whether it can keep the promises (I1), and whether the role has
 * the rights that the program needs. Each refusal is one sentence that says how to correct the problem. The
 * database URL contains a password and is never shown.
 */
import { Client, type Pool, type PoolClient } from "pg";
import { AppError } from "../../../core/error.ts";
import { toConnection, type Connection } from "../connection.ts";
import { UnfitSession } from "./session-settings.ts";

type Facts = {
  readonly version: string;
  readonly versionNumber: number;
  readonly fsync: string;
  readonly fullPageWrites: string;
  readonly synchronousCommit: string;
  readonly encoding: string;
  readonly isStandby: boolean;
  readonly isReadOnly: boolean;
  readonly role: string;
  readonly database: string;
  readonly schema: string | null;
  /** Schema of the tables; null when they are absent. */
  readonly tablesSchema: string | null;
  readonly mayCreate: boolean | null;
  readonly hasTables: boolean;
  readonly ownsTables: boolean | null;
  readonly mayRead: boolean | null;
};

const FACTS = `SELECT current_setting('server_version') AS version,
  current_setting('server_version_num')::int AS version_number,
  current_setting('fsync') AS fsync,
  current_setting('full_page_writes') AS full_page_writes,
  current_setting('synchronous_commit') AS synchronous_commit,
  current_setting('server_encoding') AS encoding,
  pg_is_in_recovery() AS is_standby,
  current_setting('transaction_read_only') = 'on' AS is_read_only,
  current_user::text AS role, current_database()::text AS database, current_schema()::text AS schema,
  has_schema_privilege(current_schema(), 'CREATE') AS may_create,
  to_regclass('event') IS NOT NULL AS has_tables,
  (SELECT nspname FROM pg_namespace JOIN pg_class ON pg_class.relnamespace = pg_namespace.oid
   WHERE pg_class.oid = to_regclass('event')) AS tables_schema,
  (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = to_regclass('event')) AS owns_tables,
  has_table_privilege(to_regclass('event'), 'SELECT') AS may_read`;

const LEAST_VERSION = 150_000;

type Rule = {
  readonly holds: (facts: Facts) => boolean;
  readonly refusal: (facts: Facts) => string;
};

/** Rules for every connection, read-only ones included. */
const READING: readonly Rule[] = [
  {
    holds: ({ versionNumber }) => versionNumber >= LEAST_VERSION,
    refusal: ({ version }) =>
      `The PostgreSQL server is version ${version}; it must be 15 or newer.`,
  },
  {
    holds: ({ encoding }) => encoding === "UTF8",
    refusal: ({ database, encoding }) =>
      `The database "${database}" is encoded in ${encoding}; create a database with ENCODING 'UTF8'.`,
  },
  {
    holds: ({ schema }) => schema !== null,
    refusal: ({ role }) =>
      `The role "${role}" may not use any schema in its search_path; GRANT USAGE ON SCHEMA to it, or add an existing schema to the search_path.`,
  },
  {
    holds: ({ hasTables, mayRead }) => !hasTables || mayRead === true,
    refusal: ({ role, database }) =>
      `The role "${role}" may not read the tables in the database "${database}"; connect as the role that owns them.`,
  },
];

const WRITING: readonly Rule[] = [
  {
    holds: ({ isStandby }) => !isStandby,
    refusal: () =>
      "The PostgreSQL server is a standby and accepts no writes; use the address of the primary.",
  },
  {
    holds: ({ isReadOnly }) => !isReadOnly,
    refusal: ({ role, database }) =>
      `Transactions of the role "${role}" in the database "${database}" are read only; set default_transaction_read_only = off.`,
  },
  {
    holds: ({ fsync }) => fsync === "on",
    refusal: () =>
      "The PostgreSQL server runs with fsync = off and could lose accepted events; set fsync = on.",
  },
  {
    holds: ({ fullPageWrites }) => fullPageWrites === "on",
    refusal: () =>
      "The PostgreSQL server runs with full_page_writes = off and could lose accepted events; set full_page_writes = on.",
  },
  {
    holds: ({ synchronousCommit }) => !["off", "local"].includes(synchronousCommit),
    refusal: ({ synchronousCommit }) =>
      `The PostgreSQL server runs with synchronous_commit = ${synchronousCommit} and could lose accepted events; set synchronous_commit = on, for the role and the database too.`,
  },
  {
    // Every day has new tables.
    holds: ({ mayCreate }) => mayCreate === true,
    refusal: ({ role, database, schema }) =>
      `The role "${role}" may not create tables in the schema "${schema}" of the database "${database}"; GRANT CREATE ON SCHEMA ${schema} TO it.`,
  },
  {
    holds: ({ schema, tablesSchema }) => tablesSchema === null || tablesSchema === schema,
    refusal: ({ role, schema, tablesSchema }) =>
      `The tables are in the schema "${tablesSchema}", but the search_path of the role "${role}" creates new ones in "${schema}"; put "${tablesSchema}" first in the search_path.`,
  },
  {
    holds: ({ hasTables, ownsTables }) => !hasTables || ownsTables === true,
    refusal: ({ role, database }) =>
      `The role "${role}" does not own the tables in the database "${database}"; connect as the role that owns them.`,
  },
];

/** Rejects with `store_unavailable` and one sentence. Changes nothing. */
export async function checkServer(
  pool: Pool,
  p: { url: string; readOnly: boolean },
): Promise<void> {
  const client = await connect(pool, p.url);
  try {
    await checkConnection(toConnection(client, { enabled: false }), p.readOnly);
  } finally {
    client.release();
  }
}

async function checkConnection(connection: Connection, readOnly: boolean): Promise<void> {
  const [facts] = (await connection.sql<Facts>(FACTS)) as [Facts];
  const rules = readOnly ? READING : [...READING, ...WRITING];
  const broken = rules.find(({ holds }) => !holds(facts));
  if (broken !== undefined) throw new AppError("store_unavailable", broken.refusal(facts));
}

/** Throws `store_unavailable` when the URL cannot be one of a database. */
export function parseStoreUrl(url: string): { host: string; database: string; user: string } {
  try {
    // The driver's parser: it knows more forms than a URL has, and the PG… variables.
    const { host, port, database = "", user = "" } = new Client({ connectionString: url });
    return { host: host.startsWith("/") ? host : `${host}:${port}`, database, user };
  } catch {
    // The driver's error would show the URL with its password.
    throw new AppError(
      "store_unavailable",
      'The store\'s URL cannot be read; it must have the form "postgres://user:password@host:5432/database", with "@", "/" and "%" in a password written as %40, %2F and %25.',
    );
  }
}

async function connect(pool: Pool, url: string): Promise<PoolClient> {
  const where = parseStoreUrl(url);
  try {
    return await pool.connect();
  } catch (error) {
    if (error instanceof UnfitSession) throw new AppError("store_unavailable", error.message);
    throw new AppError("store_unavailable", explain(error as Error & { code?: string }, where), {
      cause: error,
      retryAfterSeconds: 1,
    });
  }
}

function explain(
  { code, message }: Error & { code?: string },
  { host, database, user }: { host: string; database: string; user: string },
): string {
  switch (code) {
    case "28P01":
      return `The PostgreSQL server at ${host} refused the password of the role "${user}"; correct it in the URL or in PGPASSWORD.`;
    case "28000":
      return `The PostgreSQL server at ${host} does not admit the role "${user}" to the database "${database}": ${message}.`;
    case "3D000":
      return `The PostgreSQL server at ${host} has no database "${database}"; create it with CREATE DATABASE.`;
    case "42501":
      return `The role "${user}" may not connect to the database "${database}" at ${host}; GRANT CONNECT ON DATABASE to it.`;
    case "53300":
      return `The PostgreSQL server at ${host} has no free connection; raise max_connections or lower HOOKLINE_PG_POOL.`;
    case "57P03":
      return `The PostgreSQL server at ${host} is starting up or shutting down; try again.`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `The host name of the PostgreSQL server at ${host} cannot be resolved; check the name and the DNS.`;
    default:
      if (message.includes("password must be a string")) {
        return `The PostgreSQL server at ${host} requires a password for the role "${user}"; put it into the URL or into PGPASSWORD.`;
      }
      return `The PostgreSQL server at ${host} cannot be reached: ${message === "" ? code : message}.`;
  }
}
