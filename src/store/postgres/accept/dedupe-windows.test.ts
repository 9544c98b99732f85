import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import type { PoolClient } from "pg";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import { AppError } from "../../../core/error.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import {
  DEDUPE_WINDOWS,
  IDEMPOTENCY_TABLES,
  rotate as rotateTables,
  type RotatingTables,
} from "../../accept/rotation.ts";
import { WINDOW_KINDS } from "../../accept/dedupe-window-kinds.ts";
import { toConnection, createPool, type Connection } from "../connection.ts";
import { lockShared } from "../server/locks.ts";
import { migrate } from "../migrations.ts";
import { idempotentSteps, scopeToApp, type ScopedKey } from "../../idempotency.ts";
import { idempotentRows } from "./idempotency.ts";
import { Overtaken } from "../../session.ts";
import { runSteps, toSession } from "../session.ts";
import { findInWindows, keepInWindows, windowKey } from "./dedupe-windows.ts";
import { emptyAtOnce } from "./rotating-tables.ts";

const DAY_MS = 86_400_000;
const { event, message, explicitOptOut } = WINDOW_KINDS;

type Node = Connection & { readonly client: PoolClient };

const KEY = { scope: "s", key: "k", bodyHash: "h", expiresAt: START + DAY_MS };

describe("dedupe windows and Idempotency-Keys in PostgreSQL", () => {
  let database: TestDatabase;
  let pool: ReturnType<typeof createPool>;
  let [one, two] = [] as unknown as [Node, Node];

  before(async () => {
    database = await makeDatabase();
    pool = createPool({ url: database.url, size: 3, connectTimeoutMs: 10_000 });
    await migrate({ pool, preparing: { enabled: true } });
    const open = async (): Promise<Node> => {
      const client = await pool.connect();
      return { ...toConnection(client, { enabled: true }), client };
    };
    one = await open();
    two = await open();
  });
  after(async () => {
    one.client.release();
    two.client.release();
    await pool.end();
    await database[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await database.sql(`TRUNCATE setting, window0, window1, window2, window3, once0, once1, once2`);
  });

  async function within<T>(node: Node, work: (node: Node) => Promise<T>): Promise<T> {
    await node.client.query("BEGIN");
    try {
      const value = await work(node);
      await node.client.query("COMMIT");
      return value;
    } catch (error) {
      await node.client.query("ROLLBACK");
      throw error;
    }
  }

  const findIdempotent = (node: Node, key: ScopedKey) =>
    runSteps(idempotentSteps(idempotentRows(node)).findIdempotent(key));
  const saveIdempotent = (node: Node, key: ScopedKey, resources: readonly string[]) =>
    runSteps(idempotentSteps(idempotentRows(node)).saveIdempotent(key, resources));
  const lookup = (id: string) => ({ appSeq: 1, kind: event, id });
  const toRef = async (id: string) =>
    (await findInWindows(one, [lookup(id)])).get(windowKey(1, event, id)) ?? null;
  const rotateAt = async (tables: RotatingTables, now: number) =>
    await within(one, async (node) => {
      const p = { emptying: emptyAtOnce(node), now, dedupeWindowMs: 2 * DAY_MS, limit: 10 };
      return (await runSteps(rotateTables(toSession(node), tables, p))) > 0;
    });
  const rotate = async (now: number) => await rotateAt(DEDUPE_WINDOWS, now);

  test("when two nodes use an id at once, one is overtaken and then finds the id", async () => {
    for (const kind of [event, message]) {
      const entry = (ref: number) => ({ appSeq: 1, kind, id: `of ${kind}`, ref });
      await two.client.query("BEGIN");
      assert.equal((await findInWindows(two, [entry(0)])).size, 0);
      await within(one, (node) => keepInWindows(node, [entry(11)]));
      await assert.rejects(keepInWindows(two, [entry(12)]), Overtaken);
      await two.client.query("ROLLBACK");
      const found = await findInWindows(two, [entry(0)]);
      assert.deepEqual([...found.values()], [11]);
    }
  });

  test("an id whose event is gone is used again, by only one of two nodes", async () => {
    await keepInWindows(one, [{ ...lookup("a"), ref: 11 }]);
    const again = { ...lookup("a"), replaces: 11 };
    await within(one, (node) => keepInWindows(node, [{ ...again, ref: 12 }]));
    await assert.rejects(
      within(two, (node) => keepInWindows(node, [{ ...again, ref: 13 }])),
      Overtaken,
    );
    assert.equal(await toRef("a"), 12);
  });

  test("the opt-out of a message has one entry, with the last value", async () => {
    const optOut = (ref: number) => ({ appSeq: 1, kind: explicitOptOut, id: "m", ref });
    await keepInWindows(one, [optOut(1), optOut(2)]);
    await keepInWindows(two, [optOut(3)]);
    assert.deepEqual([...(await findInWindows(one, [optOut(0)])).values()], [3]);
  });

  test("an id is found for two rotations and not after the third, and its table is then empty", async () => {
    assert.equal(await rotate(START), false);
    await keepInWindows(one, [{ ...lookup("a"), ref: 11 }]);
    assert.equal(await rotate(START + DAY_MS - 1), false);
    for (const day of [1, 2]) {
      assert.equal(await rotate(START + day * DAY_MS), true);
      assert.equal(await toRef("a"), 11);
    }
    await keepInWindows(one, [{ ...lookup("a"), ref: 12 }]);
    assert.equal(await toRef("a"), 12, "the newest counts");
    await keepInWindows(one, [{ ...lookup("b"), ref: 21 }]);
    assert.equal(await rotate(START + 3 * DAY_MS), true);
    assert.equal(await rotate(START + 4 * DAY_MS), true);
    assert.deepEqual(await database.sql("SELECT id FROM window0"), []);
    assert.equal(await toRef("b"), 21);
    assert.equal(await rotate(START + 5 * DAY_MS), true);
    assert.equal(await toRef("b"), null);
  });

  test("a rotation waits for a transaction between lookup and write, and is put off while a dump reads", async () => {
    await rotate(START);
    await two.client.query("BEGIN");
    await two.sql("SELECT count(*) FROM window1");
    assert.equal(await rotate(START + DAY_MS), false);
    await two.client.query("COMMIT");

    await two.client.query("BEGIN");
    await lockShared(two, "windows", [0]);
    await one.client.query("SET lock_timeout = 100");
    await assert.rejects(rotate(START + DAY_MS), { code: "55P03" });
    await one.client.query("RESET lock_timeout");
    await two.client.query("COMMIT");
    assert.equal(await rotate(START + DAY_MS), true);
  });

  test("when two requests use one Idempotency-Key at once, one is overtaken and then finds the other", async () => {
    const idempotencyKey = scopeToApp(KEY, "app_1");
    await two.client.query("BEGIN");
    assert.equal(await findIdempotent(two, idempotencyKey), null);
    await within(one, async (node) => {
      assert.equal(await findIdempotent(node, idempotencyKey), null);
      await saveIdempotent(node, idempotencyKey, ["first"]);
    });
    await assert.rejects(saveIdempotent(two, idempotencyKey, ["second"]), Overtaken);
    await two.client.query("ROLLBACK");
    assert.deepEqual(await within(two, (node) => findIdempotent(node, idempotencyKey)), ["first"]);
    const other = { ...idempotencyKey, bodyHash: "other" };
    await assert.rejects(
      within(two, (node) => findIdempotent(node, other)),
      (error) => error instanceof AppError && error.code === "idempotency_mismatch",
    );
  });

  test("an Idempotency-Key is found until it expires, across rotations, and can then be used again", async () => {
    const idempotencyKey = scopeToApp(KEY, "app_1");
    const find = async (given: typeof idempotencyKey) =>
      await within(one, (node) => findIdempotent(node, given));
    assert.equal(await rotateAt(IDEMPOTENCY_TABLES, START - DAY_MS + 1), false);
    await saveIdempotent(one, idempotencyKey, ["first"]);
    assert.equal(await rotateAt(IDEMPOTENCY_TABLES, START + 1), true);
    const last = { ...idempotencyKey, expiresAt: idempotencyKey.expiresAt + DAY_MS - 1 };
    assert.deepEqual(await find(last), ["first"]);
    const later = {
      ...idempotencyKey,
      bodyHash: "h-2",
      expiresAt: idempotencyKey.expiresAt + DAY_MS,
    };
    assert.equal(await find(later), null);
    await saveIdempotent(one, later, ["second"]);
    assert.deepEqual(await find(later), ["second"]);
  });

  test("an expired key that no rotation removed is replaced", async () => {
    const idempotencyKey = scopeToApp(KEY, "app_1");
    await saveIdempotent(one, idempotencyKey, ["first"]);
    const later = { ...idempotencyKey, expiresAt: idempotencyKey.expiresAt + DAY_MS };
    await saveIdempotent(one, later, ["second"]);
    assert.deepEqual(await within(one, (node) => findIdempotent(node, later)), ["second"]);
  });
});
