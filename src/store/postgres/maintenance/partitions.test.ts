import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import { toConnection, createPool } from "../connection.ts";
import { migrate } from "../migrations.ts";
import { lockAlone } from "../server/locks.ts";
import {
  createPartitions,
  DAILY_TABLES,
  DAYS_LOCK_KEY,
  listDays,
  partitionName,
} from "./partitions.ts";
import { DAY_MS, toDay, firstRowId } from "../accept/row-ids.ts";
import type { Database } from "../transaction.ts";

/** Far more than one creation of tables takes. */
const POLLS = 10_000;

describe("daily tables of a PostgreSQL store", () => {
  let database: TestDatabase;
  let nodes: Database[] = [];
  before(async () => {
    database = await makeDatabase();
    nodes = [1, 2].map(() => ({
      pool: createPool({ url: database.url, size: 2, connectTimeoutMs: 10_000 }),
      preparing: { enabled: true },
    }));
    await migrate(nodes[0] as Database);
  });
  after(async () => {
    for (const { pool } of nodes) await pool.end();
    await database[Symbol.asyncDispose]();
  });

  const loadDays = async (table: (typeof DAILY_TABLES)[number]): Promise<readonly string[]> => {
    const client = await (nodes[0] as Database).pool.connect();
    try {
      const days = await listDays(toConnection(client, { enabled: false }), table);
      return days.map((day) => new Date(day).toISOString().slice(0, 10));
    } finally {
      client.release();
    }
  };

  test("two nodes that need a day at once create it once, with the next day, for all tables", async () => {
    const ensured = nodes.flatMap((node) => {
      const partitions = createPartitions(node);
      return [partitions.ensure([START]), partitions.ensure([START + 1])];
    });
    await Promise.all(ensured);
    for (const table of DAILY_TABLES) {
      assert.deepEqual(await loadDays(table), ["2026-11-22", "2026-11-23"], table);
    }
  });

  test("a row is in the table of its day, at both ends of the day", async () => {
    const midnight = toDay(START) + DAY_MS;
    for (const instant of [toDay(START), midnight - 1, midnight]) {
      const rows = await database.sql(
        `INSERT INTO attachment (event_seq, ordinal, app_seq, key, file_name, content_type, created_at)
         VALUES ($1, 0, 1, '', '', '', 0) RETURNING tableoid::regclass::text AS day`,
        [firstRowId(instant)],
      );
      assert.deepEqual(rows, [{ day: partitionName("attachment", toDay(instant)) }]);
    }
  });

  test("any day can be created, even one of long ago", async () => {
    await createPartitions(nodes[0] as Database).ensure([0, Date.parse("2013-02-28T23:59:59Z")]);
    assert.deepEqual((await loadDays("event")).slice(0, 4), [
      "1970-01-01",
      "1970-01-02",
      "2013-02-28",
      "2013-03-01",
    ]);
  });

  test("a day that is known to exist causes no query until it is forgotten", async () => {
    const pool = createPool({ url: database.url, size: 1, connectTimeoutMs: 10_000 });
    const partitions = createPartitions({ pool, preparing: { enabled: true } });
    const instant = Date.parse("2030-05-05T12:00:00Z");
    await partitions.ensure([instant]);
    const dropped = Date.parse("2030-05-05");
    for (const table of DAILY_TABLES) {
      await database.sql(`DROP TABLE ${partitionName(table, dropped)}`);
    }
    await partitions.ensure([instant]);
    assert.ok(!(await loadDays("event")).includes("2030-05-05"));
    partitions.forget();
    await partitions.ensure([instant]);
    assert.ok((await loadDays("event")).includes("2030-05-05"));
    await pool.end();
    await partitions.ensure([instant]);
  });

  test("no call waits for the tables of the next day, which are created beside it", async () => {
    const instant = Date.parse("2032-02-02T23:00:00Z");
    const partitions = createPartitions(nodes[0] as Database);
    await partitions.ensure([instant]);
    await holdDays(nodes[1] as Database, async () => {
      // This day exists, so only the tables of 2032-02-04 wait for the lock.
      await partitions.ensure([instant + DAY_MS]);
      assert.ok(!(await loadDays("event")).includes("2032-02-04"));
    });
    let days: readonly string[] = [];
    for (let polls = 0; polls < POLLS && !days.includes("2032-02-04"); polls++) {
      await partitions.ensure([instant + DAY_MS]);
      days = await loadDays("seen");
    }
    assert.ok(days.includes("2032-02-04"));
  });

  test("a day of deliveries leaves room for changes and is vacuumed early", async () => {
    const [row] = await database.sql("SELECT reloptions FROM pg_class WHERE relname = $1", [
      partitionName("delivery", toDay(START)),
    ]);
    const options = row?.["reloptions"] as string[];
    assert.ok(options.includes("fillfactor=80"));
    assert.ok(options.includes("autovacuum_vacuum_scale_factor=0.02"));
  });

  test("a day that cannot be created fails the call, and a later call creates it", async () => {
    const instant = Date.parse("2031-01-01");
    const partitions = createPartitions(nodes[0] as Database);
    await database.sql("ALTER TABLE event RENAME TO hidden");
    await assert.rejects(partitions.ensure([instant]));
    await database.sql("ALTER TABLE hidden RENAME TO event");
    await partitions.ensure([instant]);
    assert.ok((await loadDays("attachment")).includes("2031-01-01"));
  });
});

/** Runs `work` while another node creates or drops days. */
async function holdDays({ pool }: Database, work: () => Promise<void>): Promise<void> {
  const client = await pool.connect();
  await client.query("BEGIN");
  await lockAlone(toConnection(client, { enabled: false }), "upkeep", [DAYS_LOCK_KEY]);
  try {
    await work();
  } finally {
    await client.query("ROLLBACK");
    client.release();
  }
}
