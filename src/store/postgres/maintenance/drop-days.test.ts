import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { Client } from "pg";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import { makeApp, newEndpoint } from "../../../../test/contract/store/fixtures.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import {
  claimDue,
  DAY,
  finish,
  publishAt,
  sweepAll,
} from "../../../../test/contract/store/steps.ts";
import type { Store } from "../../store.ts";
import { openPostgres } from "../open.ts";
import { DAILY_TABLES } from "./partitions.ts";

const DECIDE = {
  optOutMatch: "word",
  stopKeywords: [],
  unstopKeywords: [],
  largeTextBytes: 10_000,
};

describe("days before the horizon of a PostgreSQL store", () => {
  let database: TestDatabase;
  let stores: Store[] = [];
  beforeEach(async () => {
    database = await makeDatabase();
    stores = [await openNode(), await openNode()];
  });
  afterEach(async () => {
    for (const store of stores) await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  async function openNode(): Promise<Store> {
    return await openPostgres(database.url, {
      accept: { decide: DECIDE as never },
      limits: { eventsWaitingInAll: 100 },
      leaseClock: () => 0,
      onFatal: (error) => {
        throw error;
      },
    });
  }

  /** The tables of the day of `START`. */
  async function firstDay(): Promise<string[]> {
    const rows = await database.sql(
      "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE '%_2026_11_22'",
    );
    return rows.map((row) => String(row["relname"]).slice(0, -"_2026_11_22".length));
  }

  test("past days are dropped whole, and the tallies count their deliveries", async () => {
    const [store] = stores as [Store];
    const { app } = await makeApp(store, {});
    await publishAt(store, app.id, START);
    await finish(store, await claimDue(store, START), { state: "delivered" }, { at: START });
    await publishAt(store, app.id, START);
    await publishAt(store, app.id, START + DAY);
    await sweepAll(store, START + 30 * DAY + 1);
    assert.deepEqual((await firstDay()).toSorted(), DAILY_TABLES.toSorted());
    await sweepAll(store, START + 31 * DAY);
    assert.deepEqual(await firstDay(), []);
    const { apps, problems } = await store.upkeep.check();
    assert.deepEqual(problems, []);
    const { created, delivered, failed, pending } = apps[0] ?? assert.fail();
    assert.deepEqual([created, delivered, failed, pending], [3, 1, 1, 1]);
  });

  test("a pending replay of their events on a later day is ended first", async () => {
    const [store] = stores as [Store];
    const { app } = await makeApp(store);
    const eventId = await publishAt(store, app.id, START);
    const endpoint = newEndpoint(app.id, { createdAt: START });
    await store.endpoints.create({ appRef: app.id, endpoint, idempotencyKey: null });
    const replay = { appRef: app.id, eventId, endpointRef: endpoint.endpointId };
    await store.queue.replay({ ...replay, now: START + 20 * DAY });
    assert.equal((await store.upkeep.totals()).pending, 1);
    await sweepAll(store, START + 31 * DAY);
    assert.deepEqual(await firstDay(), []);
    const { created, failed, pending } = await store.upkeep.totals();
    assert.deepEqual([created, failed, pending], [1, 1, 0]);
    assert.deepEqual((await store.upkeep.check()).problems, []);
  });

  test("a day stays while one of its tables is being read, and is dropped afterwards", async () => {
    const [store, other] = stores as [Store, Store];
    const { app } = await makeApp(store, {});
    await publishAt(store, app.id, START);
    const reader = new Client({ connectionString: database.url });
    await reader.connect();
    await reader.query("BEGIN; SELECT count(*) FROM delivery");
    await sweepAll(store, START + 31 * DAY);
    assert.ok((await firstDay()).includes("delivery"));
    assert.ok((await firstDay()).includes("event"));
    assert.deepEqual((await store.upkeep.check()).problems, []);
    await reader.end();
    await sweepAll(other, START + 31 * DAY);
    assert.deepEqual(await firstDay(), []);
    assert.deepEqual((await other.upkeep.check()).problems, []);
  });

  test("when two nodes sweep at once, one drops the day, and both have the horizon", async () => {
    const { app } = await makeApp(stores[0] as Store, {});
    for (let i = 0; i < 20; i++) await publishAt(stores[0] as Store, app.id, START);
    await Promise.all(stores.map(async (store) => await sweepAll(store, START + 31 * DAY)));
    await Promise.all(stores.map(async (store) => await sweepAll(store, START + 31 * DAY)));
    assert.deepEqual(await firstDay(), []);
    for (const store of stores) {
      assert.equal((await store.upkeep.totals()).failed, 20);
      const window = { after: null, limit: 9, backward: false, ascending: false };
      const page = await store.history.listEvents({ appRef: app.id, window, filter: {} });
      assert.deepEqual(page?.items, []);
      assert.deepEqual((await store.upkeep.check()).problems, []);
    }
  });
});
