import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import type { Pool } from "pg";
import { makeDatabase, type TestDatabase } from "../../../test/postgres/databases.ts";
import { toConnection, createPool } from "./connection.ts";
import { migrate, MIGRATIONS, refuseOtherSchema } from "./migrations.ts";

const FIRST = MIGRATIONS[0]?.name ?? "";

describe("the schema of a PostgreSQL store", () => {
  let database: TestDatabase;
  let pools: Pool[] = [];
  before(async () => {
    database = await makeDatabase();
    pools = [1, 2].map(() => createPool({ url: database.url, size: 1, connectTimeoutMs: 10_000 }));
  });
  after(async () => {
    for (const pool of pools) await pool.end();
    await database[Symbol.asyncDispose]();
  });

  const migrateOn = async (pool: Pool | undefined, known?: typeof MIGRATIONS): Promise<void> => {
    assert.ok(pool);
    await migrate({ pool, preparing: { enabled: true } }, known);
  };
  const read = async (known?: typeof MIGRATIONS): Promise<void> => {
    const client = await (pools[0] as Pool).connect();
    try {
      await refuseOtherSchema(toConnection(client, { enabled: false }), known);
    } finally {
      client.release();
    }
  };
  /** Records a migration of a newer program. */
  const note = async (name: string, needs: string): Promise<void> => {
    await database.sql("INSERT INTO migration SELECT $1, max(ordinal) + 1, $2 FROM migration", [
      name,
      needs,
    ]);
  };

  test("a reader of an empty database is refused and asked to start the server", async () => {
    await assert.rejects(read(), {
      code: "store_unavailable",
      message: /older than this version of Hookline/,
    });
    assert.deepEqual(await database.sql("SELECT to_regclass('migration') AS made"), [
      { made: null },
    ]);
  });

  test("two nodes that start at once on an empty database create the schema once", async () => {
    await Promise.all(pools.map((pool) => migrateOn(pool)));
    const rows = await database.sql("SELECT name, ordinal, needs FROM migration ORDER BY ordinal");
    assert.deepEqual(
      rows,
      MIGRATIONS.map((migration, ordinal) => ({ ...migration, ordinal })),
    );
    assert.deepEqual(await database.sql("SELECT count(*)::int AS shards FROM shard"), [
      { shards: 256 },
    ]);
    await migrateOn(pools[0]);
    await read();
  });

  test("a migration of a newer program that lets this one run beside it is accepted", async () => {
    await note("2099-01-01-column", FIRST);
    await migrateOn(pools[0]);
    await read();
  });

  test("a migration that excludes this program is refused by name, and nothing is changed", async () => {
    await note("2099-02-02-other-rows", "2099-02-02-other-rows");
    const refusal = { code: "store_unavailable", message: /"2099-02-02-other-rows".*newer one\.$/ };
    await assert.rejects(migrateOn(pools[0]), refusal);
    await assert.rejects(read(), refusal);
    await database.sql("DELETE FROM migration WHERE name LIKE '2099-%'");
  });

  test("another history of migrations is refused", async () => {
    const other = [{ name: `./${FIRST}`, needs: FIRST }];
    await assert.rejects(migrateOn(pools[0], other), { message: new RegExp(`"${FIRST}", which`) });
  });

  test("a migration that fails leaves nothing, and the earlier ones stay", async () => {
    // The first migration's file under another name: its tables exist already.
    const broken = [...MIGRATIONS, { name: `./${FIRST}`, needs: FIRST }];
    await assert.rejects(migrateOn(pools[0], broken), { code: "42P07" });
    const rows = await database.sql("SELECT count(*)::int AS applied FROM migration");
    assert.deepEqual(rows, [{ applied: MIGRATIONS.length }]);
    await assert.rejects(read(broken), { message: /older than this version of Hookline/ });
  });

  test("a table of the same name that another program made is left alone", async () => {
    await using foreign = await makeDatabase();
    await foreign.sql("CREATE TABLE migration (id INT)");
    await foreign.sql("GRANT ALL ON migration TO PUBLIC");
    const pool = createPool({ url: foreign.url, size: 1, connectTimeoutMs: 10_000 });
    await assert.rejects(migrateOn(pool), { message: /belongs to another program/ });
    await pool.end();
  });
});

test("every migration is listed, and names the oldest program that can run beside it", () => {
  const files = readdirSync(new URL("./migrations/", import.meta.url)).toSorted();
  const listed = MIGRATIONS.map(({ name }) => `${name}.sql`);
  assert.deepEqual(files, listed.toSorted());
  for (const { name, needs } of MIGRATIONS) {
    const text = readFileSync(new URL(`./migrations/${name}.sql`, import.meta.url), "utf8");
    assert.match(text, /^-- Oldest program that can run beside this schema: /m, name);
    assert.ok(
      MIGRATIONS.some((migration) => migration.name === needs),
      needs,
    );
  }
});
