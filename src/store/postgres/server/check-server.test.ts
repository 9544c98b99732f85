import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import { GUARDED, startPostgres, type PostgresServer } from "../../../../test/postgres/server.ts";
import { checkServer } from "./check-server.ts";
import { createPool } from "../connection.ts";
import { migrate } from "../migrations.ts";

describe("an unsuitable PostgreSQL server is refused with one sentence", () => {
  let server: PostgresServer;
  let database: TestDatabase;
  before(async () => {
    server = await startPostgres();
    database = await makeDatabase({ server });
    const pool = createPool({ url: database.url, size: 1, connectTimeoutMs: 10_000 });
    await migrate({ pool, preparing: { enabled: false } });
    await pool.end();
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
  });

  const check = async (url: string, readOnly = false): Promise<void> => {
    const pool = createPool({ url, size: 1, connectTimeoutMs: 2_000 });
    // A restart may overtake the end of its connection.
    try {
      await checkServer(pool, { url, readOnly });
    } finally {
      await pool.end();
    }
  };
  const refuses = async (url: string, sentence: RegExp, readOnly = false): Promise<void> => {
    await assert.rejects(check(url, readOnly), (error: Error & { code?: string }) => {
      assert.equal(error.code, "store_unavailable");
      assert.match(error.message, sentence);
      assert.match(error.message, /^[^\n]+\.$/);
      assert.doesNotMatch(error.message, /w(ö|%C3%B6)rd|secret/);
      return true;
    });
  };

  test("a suitable server is accepted", async () => {
    await check(database.url);
    await check(database.url, true);
  });

  for (const [setting, value] of [
    ["fsync", "off"],
    ["full_page_writes", "off"],
    ["synchronous_commit", "off"],
    ["synchronous_commit", "local"],
  ] as const) {
    test(`${setting} = ${value} is refused`, async () => {
      await server.restart({ [setting]: value });
      await refuses(database.url, new RegExp(`${setting} = ${value} .*; set ${setting} = on`));
      await check(database.url, true);
      await server.restart({ [setting]: "on" });
      await check(database.url);
    });
  }

  test("synchronous_commit = off for the role alone is refused", async () => {
    await database.sql("ALTER ROLE hookline SET synchronous_commit = off");
    await refuses(database.url, /synchronous_commit = off/);
    await database.sql("ALTER ROLE hookline RESET synchronous_commit");
  });

  test("a standby is refused", async () => {
    await server.stop();
    await writeFile(join(server.folder, "data", "standby.signal"), "");
    await server.start();
    await refuses(database.url, /is a standby .* primary\.$/);
    await check(database.url, true);
    // The server stays a standby until it is promoted, which removes the file and starts a new timeline.
    await database.sql("SELECT pg_promote()");
    await check(database.url);
  });

  test("a database that its settings make read only is refused", async () => {
    await database.sql(`ALTER DATABASE ${database.name} SET default_transaction_read_only = on`);
    await refuses(database.url, /read only; set default_transaction_read_only = off/);
    const other = await makeDatabase({ server });
    await other.sql(`ALTER DATABASE ${database.name} RESET default_transaction_read_only`);
    await check(database.url);
  });

  test("a wrong or missing password is refused and never shown", async () => {
    await check(server.url("postgres", GUARDED), true);
    const wrong = server.url("postgres", { ...GUARDED, password: "secret" });
    await refuses(wrong, /refused the password of the role "guarded"/);
    await refuses(
      server.url("postgres", { user: GUARDED.user }),
      /requires a password for the role "guarded"/,
    );
  });

  test("an unknown database and an unknown role are refused", async () => {
    await refuses(server.url("nowhere"), /has no database "nowhere"; create it/);
    await refuses(server.url("postgres", { user: "stranger" }), /"stranger" does not exist/);
  });

  test("a search_path that would create the daily tables in another schema is refused", async () => {
    await database.sql("CREATE SCHEMA elsewhere AUTHORIZATION hookline");
    await database.sql("ALTER ROLE hookline SET search_path = elsewhere, public");
    await refuses(
      database.url,
      /are in the schema "public", but the search_path .* new ones in "elsewhere"; put "public" first/,
    );
    await database.sql("ALTER ROLE hookline RESET search_path");
    await check(database.url);
  });

  test("a role that may not create tables or does not own the existing ones is refused", async () => {
    const guarded = server.url(database.name, GUARDED);
    await refuses(guarded, /"guarded" may not read the tables/);
    await database.sql(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${GUARDED.user}`);
    await check(guarded, true);
    await refuses(
      guarded,
      /"guarded" may not create tables in the schema "public" .* GRANT CREATE/,
    );
    await database.sql(`GRANT CREATE ON SCHEMA public TO ${GUARDED.user}`);
    await refuses(guarded, /does not own the tables/);
    await database.sql(`REVOKE ALL ON SCHEMA public FROM PUBLIC, ${GUARDED.user}`);
    await refuses(guarded, /"guarded" may not use any schema in its search_path/);
    await database.sql(`REVOKE CONNECT ON DATABASE ${database.name} FROM PUBLIC`);
    await refuses(guarded, /may not connect to the database/);
  });

  test("a database in another encoding is refused", async () => {
    await database.sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
    await refuses(server.url("latin"), /encoded in LATIN1; create a database with ENCODING 'UTF8'/);
  });

  test("an unreachable server is refused", async () => {
    const url = server.url(database.name, { user: "u", password: "secret" });
    await server.stop();
    await refuses(url, /at 127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/);
    await server.start();
    await refuses(url.replace("127.0.0.1", "no-such-host.invalid"), /cannot be resolved/);
  });

  test("a URL that cannot be read is refused and never shown", async () => {
    await refuses("postgres://u:secret@host:port:1/x", /URL cannot be read; .* written as %40/);
  });
});
