/**
 * Databases on the tests' PostgreSQL server. All tests of a process share one server, which starts at the
 * first request and ends with the process. A test may have any number of databases.
 */
import { Client } from "pg";
import { OWNER, startPostgres, type PostgresServer } from "./server.ts";

export type TestDatabase = AsyncDisposable & {
  readonly name: string;
  /** The URL for `OWNER`, which owns the database. */
  readonly url: string;
  /** Runs one statement as the superuser, and returns its rows. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
};

let server: Promise<PostgresServer> | null = null;
let made = 0;

export async function testPostgres(): Promise<PostgresServer> {
  server ??= startPostgres();
  return await server;
}

/**
 * Creates an empty database, or a copy of `template`, which must have no connection. Disposing of it drops
 * it.
 */
export async function makeDatabase(
  p: { server?: PostgresServer; template?: string } = {},
): Promise<TestDatabase> {
  const on = p.server ?? (await testPostgres());
  const name = `test_${++made}`;
  const from = p.template === undefined ? "" : `TEMPLATE ${p.template} STRATEGY FILE_COPY`;
  await runOn(on.url("postgres"), `CREATE DATABASE ${name} OWNER ${OWNER} ${from}`);
  return {
    name,
    url: on.url(name, { user: OWNER }),
    sql: async (text, values) => await runOn(on.url(name), text, values),
    async [Symbol.asyncDispose]() {
      await runOn(on.url("postgres"), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** Each statement has a separate connection, so that no other test waits for it. */
async function runOn(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(text, values as unknown[]);
    return rows;
  } finally {
    await client.end();
  }
}
