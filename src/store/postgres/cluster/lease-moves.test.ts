/**
 * Accepting while shards change their owner: leased deliveries are handed over, or are due for the next
 * owner.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import { makeApp, mustPublish, newEvent } from "../../../../test/contract/store/fixtures.ts";
import type { LeasedDelivery } from "../../queue/leased-delivery.ts";
import type { Store } from "../../store.ts";
import { openPostgres } from "../open.ts";

const OWNER = "n";
const LEASE_MS = 600_000;
/** Shard of the endpoints that the fixtures create. */
const SHARD = 7;

describe("an accept while its node releases shards", () => {
  let database: TestDatabase;
  let store: Store;
  const received: LeasedDelivery[] = [];

  before(async () => {
    database = await makeDatabase();
    store = await openPostgres(database.url, {
      accept: {
        decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e4 },
      },
      onFatal: (error) => assert.fail(String(error)),
    });
    store.queue.listen({ owner: OWNER, onLeased: (leased) => received.push(...leased) });
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  test("hands over the deliveries that it leased in the remaining shards", async () => {
    await store.shards.hold({ owner: OWNER, atMost: 256, leaseMs: LEASE_MS });
    const { app } = await makeApp(store, { shard: SHARD });
    await mustPublish(store, app.id, [newEvent()]);
    received.length = 0;

    const blocking = new Client({ connectionString: database.url });
    await blocking.connect();
    await blocking.query("BEGIN; LOCK TABLE delivery IN SHARE MODE");
    const accepting = mustPublish(store, app.id, [newEvent()]);
    await untilWaiting(1);
    const holding = store.shards.hold({ owner: OWNER, atMost: 128, leaseMs: LEASE_MS });
    await untilWaiting(2);
    await blocking.query("COMMIT");
    await blocking.end();
    await accepting;

    const held = await holding;
    const fence = held.find(({ shard }) => shard === SHARD)?.fence;
    const leased = await database.sql("SELECT seq, fence FROM delivery WHERE fence = $1", [fence]);
    assert.deepEqual(
      received.map(({ deliveryId }) => deliveryId),
      leased.slice(1).map(({ seq }) => Number(seq)),
    );
  });

  /** Resolves once this many sessions wait for locks in this database. */
  async function untilWaiting(count: number): Promise<void> {
    for (let tries = 0; tries < 500; tries++) {
      const rows = await database.sql(
        "SELECT FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'",
        [database.name],
      );
      if (rows.length >= count) return;
      await wait(5);
    }
    assert.fail(`fewer than ${count} sessions wait for a lock`);
  }
});
