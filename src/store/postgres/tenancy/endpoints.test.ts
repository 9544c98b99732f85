import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import { makeApp, newApp, newEndpoint } from "../../../../test/contract/store/fixtures.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import { DAY } from "../../../../test/contract/store/steps.ts";
import type { Store } from "../../store.ts";
import { createPool } from "../connection.ts";
import { endpointsForSending } from "../../endpoints/sending.ts";
import { openPostgres } from "../open.ts";
import { createPartitions } from "../maintenance/partitions.ts";
import { firstRowId } from "../accept/row-ids.ts";
import { runSteps, toSession } from "../session.ts";
import { type Database, readTransaction } from "../transaction.ts";
import type { Reader } from "../types.ts";

const DECIDE = {
  optOutMatch: "word",
  stopKeywords: [],
  unstopKeywords: [],
  largeTextBytes: 10_000,
} as const;

describe("endpoints of a PostgreSQL store with two nodes", () => {
  let database: TestDatabase;
  let stores: [Store, Store];
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
      accept: { decide: DECIDE },
      limits: { eventsWaitingInAll: 100 },
      leaseClock: () => 0,
      onFatal: (error) => {
        throw error;
      },
    });
  }

  async function withPool(work: (opened: Database) => Promise<void>): Promise<void> {
    const pool = createPool({ url: database.url, size: 1, connectTimeoutMs: 10_000 });
    await work({ pool, preparing: { enabled: false } });
    await pool.end();
  }

  test("changes made at once on both nodes are all kept, each with its version", async () => {
    const { app, endpoints } = await makeApp(stores[0], {});
    const ref = endpoints[0]?.endpointId ?? assert.fail();
    const changes = [
      { description: "a" },
      { tags: ["b"] },
      { channels: ["c"] },
      { status: "paused" as const },
      { throttleRate: 5 },
      { timeoutMs: 9_000 },
    ];
    const changed = await Promise.all(
      changes.map((change, i) =>
        stores[i % 2 === 0 ? 0 : 1].endpoints.update({ appRef: app.id, ref, change, now: START }),
      ),
    );
    const versions = changed.map((endpoint) => endpoint?.version ?? 0).toSorted((a, b) => a - b);
    assert.deepEqual(versions, [2, 3, 4, 5, 6, 7]);
    const after = await stores[0].endpoints.get({ appRef: app.id, ref });
    assert.deepEqual(after, { ...endpoints[0], ...Object.assign({}, ...changes), version: 7 });
  });

  test("an app that is deleted while an endpoint is created keeps no endpoint", async () => {
    for (let round = 0; round < 10; round++) {
      const { value: app } = await stores[0].apps.create({ app: newApp(), idempotencyKey: null });
      await Promise.all([
        stores[1].endpoints.create({
          appRef: app.id,
          endpoint: newEndpoint(app.id),
          idempotencyKey: null,
        }),
        stores[0].apps.delete({ ref: app.id, now: START }),
      ]);
    }
    const left = await database.sql("SELECT id FROM endpoint WHERE status <> 'deleted'");
    assert.deepEqual(left, []);
  });

  test("one change of a set can move each uid to the next endpoint", async () => {
    const uids = Array.from({ length: 20 }, (_, i) => `uid-${i}`);
    const { app } = await makeApp(stores[0], ...uids.map((uid) => ({ uid })));
    const set = { appRef: app.id, dialect: "svix" as const, line: null };
    const read = async () => (await stores[0].endpoints.readSet(set)) ?? assert.fail();
    const { endpoints, token } = await read();
    // The newest endpoint frees its uid first, so updates in the order of the table would conflict.
    const update = endpoints.toReversed().map(({ endpointId }, i) => ({
      endpointId,
      change: { uid: i === 0 ? "new" : (uids[20 - i] ?? "") },
    }));
    const change = { create: [], remove: [], update };
    await stores[0].endpoints.changeSet({ ...set, token, change, now: START });
    const after = await read();
    assert.deepEqual(
      after.endpoints.map(({ uid }) => uid),
      [...uids.slice(1), "new"],
    );
    // In the other direction each endpoint would take a uid that another one still has.
    const back = after.endpoints.map(({ endpointId }, i) => ({
      endpointId,
      change: { uid: after.endpoints[(i + 1) % 20]?.uid ?? null },
    }));
    const conflict = stores[0].endpoints.changeSet({
      ...set,
      token: after.token,
      change: { ...change, update: back },
      now: START,
    });
    await assert.rejects(conflict, { code: "conflict" });
  });

  test("stats of many thousand deliveries are counted across all their days", async () => {
    const [store] = stores;
    const { app, endpoints } = await makeApp(store, {}, {});
    const [first, second] = await database.sql("SELECT seq FROM endpoint ORDER BY seq");
    const days = [START, START + DAY, START + 2 * DAY];
    await withPool(async (opened) => await createPartitions(opened).ensure(days));
    for (const at of days) {
      for (const [endpoint, count] of [[first, 15_000] as const, [second, 10] as const]) {
        await database.sql(
          `INSERT INTO delivery (seq, event_seq, endpoint_seq, part, state, slot, attempts, base_at,
             parked_ms, manual, bytes, accepted_at)
           SELECT number, number, $1, 0, 1 + n % 2, 1, 1, $2, 0, false, 0, $2
           FROM generate_series(1, $3::int) n, LATERAL (SELECT $4::bigint + n AS number) AS ids`,
          [endpoint?.["seq"], at, count, firstRowId(at) + (endpoint === first ? 1e6 : 2e6)],
        );
      }
    }
    const stats = async (since: number | null, until: number | null) => {
      const ref = endpoints[0]?.endpointId ?? "";
      const found = await store.endpoints.stats({ appRef: app.id, ref, since, until });
      return [found?.success, found?.fail, found?.pending];
    };
    assert.deepEqual(await stats(null, null), [22_500, 22_500, 0]);
    assert.deepEqual(await stats(START + DAY, null), [15_000, 15_000, 0]);
    assert.deepEqual(await stats(null, START + DAY), [7_500, 7_500, 0]);
    assert.deepEqual(await stats(START + 1, START + DAY), [0, 0, 0]);
  });

  test("endpoints for sending are read with two statements, however many they are", async () => {
    const { endpoints } = await makeApp(stores[0], ...Array.from({ length: 30 }, () => ({})));
    const endpointIds = endpoints.map(({ endpointId }) => endpointId);
    const texts: string[] = [];
    await withPool(async (opened) => {
      const found = await readTransaction(opened, { deadlineMs: 5_000 }, async (connection) => {
        const counting: Pick<Reader, "sql"> = {
          async sql(text, values) {
            texts.push(text);
            return await connection.sql(text, values);
          },
        };
        return await runSteps(endpointsForSending(toSession(counting as Reader), { endpointIds }));
      });
      assert.deepEqual(
        found.map(({ endpoint }) => endpoint),
        endpoints,
      );
    });
    assert.equal(texts.length, 2);
  });
});
