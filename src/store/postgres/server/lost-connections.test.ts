/** The effect of a lost connection on a transaction, at each of its stages. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import { AppError } from "../../../core/error.ts";
import { createPool } from "../connection.ts";
import { toFault } from "./pg-error.ts";
import { writeTransaction, type Database } from "../transaction.ts";

describe("lost connections and timeouts", () => {
  let made: TestDatabase;
  let database: Database;

  before(async () => {
    made = await makeDatabase();
    const pool = createPool({ url: made.url, size: 2, connectTimeoutMs: 10_000 });
    database = { pool, preparing: { enabled: true } };
  });
  after(async () => {
    await database.pool.end();
    await made[Symbol.asyncDispose]();
  });

  test("a connection lost between two statements fails its transaction with store_unavailable, and nothing else", async () => {
    const work = writeTransaction(database, async (connection) => {
      const [row] = await connection.sql<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      await made.sql("SELECT pg_terminate_backend($1)", [row?.pid]);
      await untilGone(row?.pid);
      await connection.sql("SELECT 1");
    });
    await assert.rejects(work, (error) => {
      assert.ok(error instanceof AppError, String(error));
      return error.code === "store_unavailable";
    });
    const again = await writeTransaction(database, (connection) => connection.sql("SELECT 1 AS n"));
    assert.deepEqual(again, [{ n: 1 }]);
  });

  test("a connection lost during a write is recognised as lost", () => {
    const broken = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
    assert.equal(toFault(broken), "lost");
  });

  test("a statement timeout fails with store_unavailable, so that the change can be tried again", async () => {
    const work = writeTransaction(database, async (connection) => {
      await connection.run("SET LOCAL statement_timeout = 1");
      await connection.sql("SELECT pg_sleep(10)");
    });
    await assert.rejects(work, { code: "store_unavailable" });
  });

  async function untilGone(pid: number | undefined): Promise<void> {
    for (;;) {
      const rows = await made.sql("SELECT FROM pg_stat_activity WHERE pid = $1", [pid]);
      if (rows.length === 0) return;
    }
  }
});
