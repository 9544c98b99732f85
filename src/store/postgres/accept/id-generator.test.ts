import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { snowflakeTime } from "../../../core/ids/snowflake.ts";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import { createPool, type Connection } from "../connection.ts";
import { createIdGenerator, type IdGenerator } from "./id-generator.ts";
import { migrate } from "../migrations.ts";
import { writeTransaction, type Database } from "../transaction.ts";

/** Equals the constant of the generator: how far the stored instant is ahead. */
const AHEAD_MS = 10_000;

describe("ids made by the nodes of a PostgreSQL store", () => {
  let database: TestDatabase;
  let opened: Database;
  before(async () => {
    database = await makeDatabase();
    opened = {
      pool: createPool({ url: database.url, size: 4, connectTimeoutMs: 10_000 }),
      preparing: { enabled: true },
    };
    await migrate(opened);
  });
  after(async () => {
    await opened.pool.end();
    await database[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await database.sql("UPDATE snowflake_node SET holder = '', held_until = 0, latest_ms = 0");
  });

  const toNumber = (id: bigint): number => Number((id >> 14n) & 255n);
  const write = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> =>
    await writeTransaction(opened, work);
  const drawOne = async (idGenerator: IdGenerator, instant: number): Promise<bigint> =>
    await write(async (connection) => {
      idGenerator.setInstant(instant);
      await idGenerator.reserve(connection);
      return idGenerator.snowflake();
    });
  /** Expires the number's lease, as after a long silence: any node may then take it. */
  const expire = async (number: number): Promise<void> => {
    await database.sql("UPDATE snowflake_node SET held_until = 1 WHERE number = $1", [number]);
  };
  const rows = async (): Promise<Record<string, unknown>[]> =>
    await database.sql(
      "SELECT number, latest_ms FROM snowflake_node WHERE holder <> '' ORDER BY number",
    );
  /** Holds all other numbers, so that the given one is taken. */
  const holdAllBut = async (number: number): Promise<void> => {
    await database.sql(
      `UPDATE snowflake_node SET holder = 'x', held_until = extract(epoch FROM now()) * 1000 + 60000
       WHERE number <> $1`,
      [number],
    );
  };

  test("nodes that start at once hold different numbers", async () => {
    const idGenerators = await Promise.all(
      [1, 2, 3].map(async () => await createIdGenerator(opened)),
    );
    const ids = await Promise.all(
      idGenerators.map(async (idGenerator) => await drawOne(idGenerator, START)),
    );
    assert.deepEqual(new Set(ids.map(toNumber)), new Set([0, 1, 2]));
  });

  test("a released number is used again, after the last id made under it", async () => {
    const first = await createIdGenerator(opened);
    const id = await drawOne(first, START);
    await write(async (connection) => await first.close(connection));
    await holdAllBut(toNumber(id));
    const second = await createIdGenerator(opened);
    const next = await drawOne(second, START - 3_600_000);
    assert.equal(toNumber(next), toNumber(id));
    assert.ok(next > id);
    assert.ok(snowflakeTime(next) <= START + 1);
  });

  test("after a crash, ids begin after all that may have been made", async () => {
    const crashed = await createIdGenerator(opened);
    await drawOne(crashed, START);
    const last = await drawOne(crashed, START + AHEAD_MS / 2 - 2);
    await expire(toNumber(last));
    await holdAllBut(toNumber(last));
    const next = await drawOne(await createIdGenerator(opened), START);
    assert.equal(toNumber(next), toNumber(last));
    assert.ok(next > last);
    assert.ok(snowflakeTime(next) <= START + AHEAD_MS + 1);
  });

  test("a transaction that was rolled back does not cover the ids of the next one", async () => {
    const idGenerator = await createIdGenerator(opened);
    const failed = write(async (connection) => {
      idGenerator.setInstant(START);
      await idGenerator.reserve(connection);
      idGenerator.snowflake();
      throw new Error("rolled back");
    });
    await assert.rejects(failed, /rolled back/);
    assert.deepEqual(await rows(), [{ number: 0, latest_ms: "0" }]);
    await drawOne(idGenerator, START);
    assert.deepEqual(await rows(), [{ number: 0, latest_ms: String(START + AHEAD_MS) }]);
  });

  test("the database is not asked while the stored instant is far enough ahead", async () => {
    const idGenerator = await createIdGenerator(opened);
    await drawOne(idGenerator, START);
    await drawOne(idGenerator, START);
    const refuse = async (): Promise<never> => {
      throw new Error("asked the database");
    };
    await idGenerator.reserve({ sql: refuse, run: refuse });
    idGenerator.setInstant(START + AHEAD_MS);
    await assert.rejects(idGenerator.reserve({ sql: refuse, run: refuse }), /asked the database/);
  });

  test("a number that another node has taken is not used any more", async () => {
    const silent = await createIdGenerator(opened);
    const before = await drawOne(silent, START);
    await expire(toNumber(before));
    await holdAllBut(toNumber(before));
    const other = await createIdGenerator(opened);
    const theirs = await drawOne(other, START + 60_000);
    assert.equal(toNumber(theirs), toNumber(before));
    await database.sql("UPDATE snowflake_node SET held_until = 0 WHERE holder = 'x'");
    const [one, two] = await Promise.all([
      drawOne(silent, START + 60_000),
      drawOne(silent, START + 60_000),
    ]);
    assert.equal(toNumber(one), toNumber(two));
    assert.notEqual(toNumber(one), toNumber(theirs));
    assert.notEqual(one, two);
  });

  test("a node that crashes every second holds at most 31 numbers, and its ids stay close to the clock", async () => {
    for (let second = 0; second < 35; second++) {
      const now = START + second * 1_000;
      const id = await drawOne(await createIdGenerator(opened), now);
      assert.ok(snowflakeTime(id) - now <= 1, `${snowflakeTime(id) - now} ms ahead`);
      await database.sql("UPDATE snowflake_node SET held_until = held_until - 1000");
    }
    const held = await database.sql(
      "SELECT 1 FROM snowflake_node WHERE held_until > extract(epoch FROM clock_timestamp()) * 1000",
    );
    assert.ok(held.length <= 31, `${held.length} are held`);
  });

  test("ids that run ahead of the clock change to a node number that is behind it", async () => {
    const idGenerator = await createIdGenerator(opened);
    const drawn = new Set<bigint>();
    let mostAhead = 0;
    // 50 times as many ids as one number can make in the same time.
    for (let ms = 0; ms < 60; ms++) {
      await write(async (connection) => {
        idGenerator.setInstant(START + ms);
        await idGenerator.reserve(connection);
        for (let i = 0; i < 800; i++) drawn.add(idGenerator.snowflake());
      });
      const last = [...drawn].at(-1) ?? 0n;
      mostAhead = Math.max(mostAhead, snowflakeTime(last) - START - ms);
    }
    assert.equal(drawn.size, 48_000);
    assert.ok(new Set([...drawn].map(toNumber)).size > 1);
    assert.ok(mostAhead < 2_000, `${mostAhead} ms ahead`);
    await write(async (connection) => await idGenerator.close(connection));
  });

  test("a node does not open when all numbers are held, and says why", async () => {
    await holdAllBut(5);
    const last = await createIdGenerator(opened);
    assert.equal(toNumber(await drawOne(last, START)), 5);
    await assert.rejects(createIdGenerator(opened), {
      code: "store_unavailable",
      message: /All 256 node numbers/,
    });
  });

  test("ids of contacts and devices look like their vendor's", async () => {
    const idGenerator = await createIdGenerator(opened);
    for (let i = 0; i < 100; i++) {
      assert.match(String(idGenerator.contactId()), /^\d{11}$/);
      assert.match(String(idGenerator.deviceId()), /^\d{9}$/);
      assert.match(idGenerator.fingerprint(), /^\d{9,10}$/);
    }
    assert.equal(idGenerator.ksuid().length, 27);
    assert.equal(idGenerator.attachmentKey().length, 32);
  });
});
