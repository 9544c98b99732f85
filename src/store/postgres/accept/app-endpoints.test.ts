import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../../core/error.ts";
import { makeDatabase } from "../../../../test/postgres/databases.ts";
import { makeApp, newEndpoint } from "../../../../test/contract/store/fixtures.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import type { EndpointChange } from "../../interface/endpoints.ts";
import { createPool } from "../connection.ts";
import { openPostgres } from "../open.ts";
import { writeTransaction } from "../transaction.ts";
import { createAppEndpoints } from "./app-endpoints.ts";

const DECIDE = {
  optOutMatch: "word",
  stopKeywords: [],
  unstopKeywords: [],
  largeTextBytes: 10_000,
} as const;
const EVENT = { onlyEndpointId: null, historical: false, channels: [], tags: [] };

async function openWorld() {
  const database = await makeDatabase();
  const store = await openPostgres(database.url, {
    accept: { decide: DECIDE },
    leaseClock: () => 0,
    onFatal: (error) => {
      throw error;
    },
  });
  const pool = createPool({ url: database.url, size: 2, connectTimeoutMs: 10_000 });
  const { app, endpoints } = await makeApp(store, {}, {}, {});
  const ids = endpoints.map(({ endpointId }) => endpointId);
  const appEndpoints = createAppEndpoints();
  const read: (string | undefined)[][] = [];

  /** Loads the index in a transaction that makes `changes` first; `read` gets the ids of the rows that it reads. */
  async function load(changes: readonly string[] = [], { rollsBack } = { rollsBack: false }) {
    return await writeTransaction({ pool, preparing: { enabled: false } }, async (connection) => {
      for (const change of changes) await connection.run(change);
      const apps = await connection.sql<{ seq: number; endpointsVersion: number }>(
        "SELECT seq, endpoints_version FROM app WHERE id = $1",
        [app.id],
      );
      const found = await appEndpoints.load(
        {
          ...connection,
          async sql<R>(text: string, values?: readonly unknown[]) {
            const rows = await connection.sql<R>(text, values);
            read.push(rows.map((row) => (row as { id?: string }).id));
            return rows;
          },
          node: { testClock: () => 0 },
          afterCommit: { changesEndpointsOf: () => changes.length > 0 },
        },
        apps,
      );
      const index = found.get(apps[0]?.seq ?? 0) ?? assert.fail();
      if (rollsBack) throw new AppError("conflict", `${index.size} endpoints`);
      return index;
    });
  }

  return {
    database,
    store,
    app,
    ids,
    read,
    load,
    clear: appEndpoints.clear,
    async change(place: number, change: EndpointChange) {
      const ref = ids[place] ?? assert.fail();
      await store.endpoints.update({ appRef: app.id, ref, change, now: START });
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
      await store[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

test("after changes on another node, the changed endpoints alone are read", async () => {
  await using world = await openWorld();
  const { ids, read, load } = world;
  const places = async () =>
    (await load())
      .findWanting(EVENT, { type: "a", message: null }, null, null)
      .map(({ endpointId }) => endpointId);
  assert.deepEqual(await places(), ids);
  assert.deepEqual(await places(), ids);
  assert.deepEqual(read, [ids]);
  await world.change(1, { eventTypes: ["b"] });
  assert.deepEqual(await places(), [ids[0], ids[2]]);
  await world.change(0, { status: "deleted" });
  await world.change(1, { eventTypes: ["a"] });
  assert.deepEqual(await places(), [ids[1], ids[2]]);
  const made = newEndpoint(world.app.id);
  await world.store.endpoints.create({
    appRef: world.app.id,
    endpoint: made,
    idempotencyKey: null,
  });
  assert.deepEqual(await places(), [ids[1], ids[2], made.endpointId]);
  assert.deepEqual(read, [ids, [ids[1]], [ids[0], ids[1]], [made.endpointId]]);
  await world.store.apps.delete({ ref: world.app.id, now: START });
  await world.database.sql("UPDATE app SET deleted_at = NULL");
  assert.deepEqual(await places(), []);
});

test("a change by an older program, which knows no version of a row, is read as well", async () => {
  await using world = await openWorld();
  await world.load();
  await world.database.sql("UPDATE endpoint SET event_types = '[\"b\"]' WHERE id = $1", [
    world.ids[2],
  ]);
  await world.database.sql("UPDATE app SET endpoints_version = endpoints_version + 1");
  assert.deepEqual((await world.load()).find(world.ids[2] ?? "")?.eventTypes, ["b"]);
  assert.deepEqual(world.read[1], [world.ids[2]]);
});

test("endpoints that the transaction itself has changed are not kept, because it may roll back", async () => {
  await using world = await openWorld();
  await world.load();
  const changes = [
    `UPDATE endpoint SET status = 'deleted' WHERE id = '${world.ids[0]}'`,
    "UPDATE app SET endpoints_version = endpoints_version + 1",
  ];
  await assert.rejects(world.load(changes, { rollsBack: true }), /2 endpoints/);
  await world.change(1, { eventTypes: ["b"] });
  const after = await world.load();
  assert.equal(after.size, 3);
  assert.deepEqual(after.find(world.ids[1] ?? "")?.eventTypes, ["b"]);
});

test("two transactions that learn of the same change at once both have it", async () => {
  await using world = await openWorld();
  await world.load();
  await world.change(0, { eventTypes: ["b"] });
  const both = await Promise.all([world.load(), world.load()]);
  for (const index of both) assert.deepEqual(index.find(world.ids[0] ?? "")?.eventTypes, ["b"]);
});

test("a version below the kept one, as after a failover, reads all endpoints again", async () => {
  await using world = await openWorld();
  await world.change(0, { eventTypes: ["b"] });
  await world.load();
  await world.database.sql("ALTER TABLE endpoint DISABLE TRIGGER endpoint_list");
  await world.database.sql("UPDATE endpoint SET event_types = NULL");
  await world.database.sql("UPDATE app SET endpoints_version = 1");
  assert.equal((await world.load()).find(world.ids[0] ?? "")?.eventTypes, null);
  world.clear();
  await world.load();
  assert.deepEqual(world.read.slice(1), [world.ids, world.ids]);
});
