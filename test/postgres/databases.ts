/**
 * Databases on the tests' own server: one server for all tests of a process, started when the first
 * of them asks and gone when the process ends, and as many databases as they like.
 */
import { Client } from "pg";
import { OWNER, startPostgres, type PostgresServer } from "./server.ts";

export type TestDatabase = AsyncDisposable & {
  readonly name: string;
  /** For `OWNER`, who owns it. */
  readonly url: string;
  /** The rows of one statement, as the superuser. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
};

let server: Promise<PostgresServer> | null = null;
let made = 0;

export async function testPostgres(): Promise<PostgresServer> {
  server ??= startPostgres();
  return await server;
}

/** Empty, or as `template` is, to which nobody may be connected. Dropped when disposed of. */
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

/** On a connection of its own, so that no other test waits for it. */
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
