import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { PoolClient } from "pg";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import { toConnection, createPool, type Connection } from "../connection.ts";
import { feedHorizon, settleFeedOffset, transactionPosition } from "./feed-position.ts";
import { migrate } from "../migrations.ts";
import { createPartitions } from "../maintenance/partitions.ts";
import { rowId } from "./row-ids.ts";

type Session = Connection & { readonly client: PoolClient };

describe("positions in the feed", () => {
  let database: TestDatabase;
  let pool: ReturnType<typeof createPool>;
  let [one, two, reader] = [] as unknown as [Session, Session, Session];

  before(async () => {
    database = await makeDatabase();
    pool = createPool({ url: database.url, size: 4, connectTimeoutMs: 10_000 });
    const opened = { pool, preparing: { enabled: false } };
    await migrate(opened);
    await createPartitions(opened).ensure([START]);
    const open = async (): Promise<Session> => {
      const client = await pool.connect();
      // The database is dropped while its connections are closing.
      client.on("error", () => undefined);
      return { ...toConnection(client, { enabled: false }), client };
    };
    one = await open();
    two = await open();
    reader = await open();
  });
  after(async () => {
    for (const { client } of [one, two, reader]) client.release();
    await pool.end();
    await database[Symbol.asyncDispose]();
  });

  test("a transaction that commits late keeps the horizon below itself, even when later ones commit first", async () => {
    await one.client.query("BEGIN");
    const slow = await transactionPosition(one);
    await two.client.query("BEGIN");
    const fast = await transactionPosition(two);
    assert.ok(fast > slow);
    await two.client.query("COMMIT");
    assert.ok((await feedHorizon(reader)) <= slow);
    await one.client.query("COMMIT");
    assert.ok((await feedHorizon(reader)) > fast);
  });

  test("a database whose transactions are counted from the beginning again continues after its last position", async () => {
    const restored = 5_000_000_000 * 4096;
    await database.sql(
      `INSERT INTO event (seq, position, id, app_seq, type, content_type, occurred_at, accepted_at)
       VALUES ($1, $2, 'msg_1', 1, 'a.b', 'application/json', $3, $3)`,
      [rowId(START, 1), restored, START],
    );
    await settleFeedOffset(one);
    const position = await transactionPosition(one);
    assert.ok(position > restored);
    assert.ok((await feedHorizon(reader)) > restored);
    // The offset is settled once and then stays.
    await settleFeedOffset(two);
    assert.ok((await transactionPosition(two)) - position < 4096 * 1000);
  });
});
