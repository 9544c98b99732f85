/** Statements that were prepared before the program of another node changed their tables (F22). */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import type { Connection } from "../connection.ts";
import { createPool } from "../connection.ts";
import { readTransaction, writeTransaction, type Database } from "../transaction.ts";

const POOL_SIZE = 3;

describe("a table that gets a column while nodes run", () => {
  let made: TestDatabase;
  let database: Database;

  before(async () => {
    made = await makeDatabase();
    await made.sql("CREATE TABLE thing AS SELECT 1 AS one");
    await made.sql("GRANT ALL ON thing TO PUBLIC");
    const pool = createPool({ url: made.url, size: POOL_SIZE, connectTimeoutMs: 10_000 });
    database = { pool, preparing: { enabled: true } };
  });
  after(async () => {
    await database.pool.end();
    await made[Symbol.asyncDispose]();
  });

  /** Runs on all connections at once. */
  async function onEach(run: typeof readEach): Promise<readonly unknown[]> {
    return await Promise.all(Array.from({ length: POOL_SIZE }, () => run(readWhole)));
  }
  async function readWhole(connection: Connection): Promise<unknown> {
    return await connection.sql("SELECT * FROM thing WHERE pg_sleep(0.02) IS NOT NULL");
  }
  const readEach = async (work: typeof readWhole): Promise<unknown> =>
    await readTransaction(database, { deadlineMs: 5_000 }, work);
  const writeEach = async (work: typeof readWhole): Promise<unknown> =>
    await writeTransaction(database, work);

  test("is read and written as before, and statements stay prepared", async () => {
    await onEach(readEach);
    await onEach(writeEach);
    await made.sql("ALTER TABLE thing ADD COLUMN two INT");
    const rows = Array.from({ length: POOL_SIZE }, () => [{ one: 1, two: null }]);
    assert.deepEqual(await onEach(readEach), rows);
    await made.sql("ALTER TABLE thing DROP COLUMN two");
    const again = Array.from({ length: POOL_SIZE }, () => [{ one: 1 }]);
    assert.deepEqual(await onEach(writeEach), again);
    assert.deepEqual(database.preparing, { enabled: true, generation: 2 });
  });
});
