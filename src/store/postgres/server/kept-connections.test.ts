import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import { createPool } from "../connection.ts";
import { keepConnections } from "./kept-connections.ts";

const IDLE_MS = 1;

describe("connections that are idle", () => {
  let database: TestDatabase;
  before(async () => {
    database = await makeDatabase();
  });
  after(async () => {
    await database[Symbol.asyncDispose]();
  });

  /** Opens all connections of a pool, and returns the number that is left when they were idle for long enough. */
  async function countKept(size: number): Promise<number> {
    const pool = createPool({
      url: database.url,
      size,
      connectTimeoutMs: 10_000,
      idleTimeoutMs: IDLE_MS,
    });
    await keepConnections(pool);
    const clients = await Promise.all(Array.from({ length: size }, () => pool.connect()));
    for (const client of clients) client.release();
    // Timers of one length end in the order of their beginning, so those of the pool are over.
    await sleep(IDLE_MS);
    const { totalCount } = pool;
    await pool.end();
    return totalCount;
  }

  test("are kept, as many as publishes and outcomes need, so that their statements stay planned", async () => {
    assert.equal(await countKept(6), 4);
    assert.equal(await countKept(3), 3);
  });

  test("are closed where the server would end them", async () => {
    await database.sql(`ALTER DATABASE ${database.name} SET idle_session_timeout = '1min'`);
    assert.equal(await countKept(6), 0);
  });
});
