/**
 * Deliveries that one node accepts for an endpoint of another: the owner has them at once, and none is lost.
 */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { Client } from "pg";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import type { OpenBreaker } from "../../../core/delivery/breaker.ts";
import {
  claimAll,
  delivered,
  makeApp,
  mustPublish,
  newEvent,
  outcome,
  startEngine,
  type Engine,
} from "../../../../test/contract/store/fixtures.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import type { Store } from "../../store.ts";
import { openPostgres } from "../open.ts";

const LEASE_ROOM = 8;
const LEASE_MS = 600_000;
const OPEN: OpenBreaker = { openedAt: START, probeAt: START + 5000, step: 0, failedAt: START };

describe("a delivery forwarded to another node", () => {
  let database: TestDatabase;
  /** `owning` has all shards and learns of deliveries only by polling; `accepting` accepts. */
  let owning: Store;
  let accepting: Store;
  let engine: Engine;
  let endpointId = "";
  let appRef = "";

  before(async () => {
    database = await makeDatabase();
  });
  after(async () => {
    await database[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    owning = await open();
    accepting = await open();
    engine = await startEngine(owning);
    const { app, endpoints } = await makeApp(owning, {});
    appRef = app.id;
    endpointId = endpoints[0]?.endpointId ?? "";
  });
  afterEach(async () => {
    await owning[Symbol.asyncDispose]();
    await accepting[Symbol.asyncDispose]();
    assert.deepEqual(await database.sql("SELECT * FROM handover"), []);
  });

  async function open(listenUrl: string | null = null): Promise<Store> {
    return await openPostgres(database.url, {
      accept: {
        decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e4 },
      },
      leaseRoom: { endpoint: LEASE_ROOM },
      postgres: { listenUrl },
      onFatal: (error) => assert.fail(String(error)),
    });
  }
  const publish = async (count: number, more = {}): Promise<void> => {
    const events = Array.from({ length: count }, () => newEvent(more));
    await mustPublish(accepting, appRef, events);
  };
  const poll = async (store = owning, { owner } = engine) =>
    await store.queue.dueEndpoints({ owner, now: START, limit: 10, except: [] });
  const forwardedRows = async () => await database.sql("SELECT delivery_seq FROM handover");
  const places = async () =>
    await database.sql(
      "SELECT FROM endpoint_queue JOIN endpoint ON endpoint.seq = endpoint_seq WHERE id = $1",
      [endpointId],
    );
  const checked = async () => (await accepting.upkeep.check()).problems;

  test("is leased by the next poll and never in the queue", async () => {
    await publish(3);
    assert.equal((await forwardedRows()).length, 3);
    assert.deepEqual(await checked(), [], "a forwarded delivery is not reported as lost");
    assert.deepEqual(await poll(), { endpointIds: [], nextDueAt: null });
    assert.equal(engine.leased.length, 3);
    assert.deepEqual([await forwardedRows(), await places()], [[], []]);
    const { stale } = await owning.queue.record({
      outcomes: engine.leased.map((one) => delivered(one)),
      now: START,
    });
    assert.deepEqual(stale, []);
  });

  test("is leased without a poll when nodes listen", async () => {
    await using listening = await open(database.url);
    await owning.shards.release({ owner: engine.owner });
    const other = await startEngine(listening, "listening");
    await using publisher = await open(database.url);
    await untilListening();
    await mustPublish(publisher, appRef, [newEvent()]);
    await untilLeased(other, 1);
    assert.equal(other.leased.length, 1);
  });

  test("waits in the queue when the lane has no room", async () => {
    await publish(LEASE_ROOM + 2);
    const { endpointIds } = await poll();
    assert.deepEqual([engine.leased.length, endpointIds], [LEASE_ROOM, [endpointId]]);
    assert.equal((await claimAll(owning, engine.owner, { endpointId })).length, 2);
  });

  test("waits for the probe when the breaker is open", async () => {
    await publish(1);
    await poll();
    const [first] = engine.leased.splice(0);
    assert.ok(first !== undefined);
    const next = { state: "pending", slot: 2, dueAt: START + 1000 } as const;
    const outcomes = [{ ...outcome(first, next), breaker: OPEN }];
    await owning.queue.record({ outcomes, now: START });
    await publish(2);
    assert.deepEqual(await poll(), { endpointIds: [], nextDueAt: OPEN.probeAt });
    assert.deepEqual(engine.leased, []);
    const now = OPEN.probeAt;
    assert.equal((await claimAll(owning, engine.owner, { endpointId, now })).length, 1);
  });

  test("is not leased once its endpoint is disabled, and is due when the endpoint is enabled again", async () => {
    await publish(2);
    await setStatus("disabled");
    assert.deepEqual(await poll(), { endpointIds: [], nextDueAt: null });
    assert.deepEqual(engine.leased, []);
    await setStatus("enabled");
    assert.equal((await claimAll(owning, engine.owner, { endpointId })).length, 2);
  });

  test("is leased once, even when a claim comes first", async () => {
    await publish(2);
    const claimed = await claimAll(owning, engine.owner, { endpointId });
    await poll();
    assert.deepEqual([claimed.length, engine.leased.length], [2, 0]);
  });

  test("is not sent early when it was claimed, attempted and postponed meanwhile", async () => {
    await publish(1);
    const [claimed] = await claimAll(owning, engine.owner, { endpointId });
    assert.ok(claimed !== undefined);
    const next = { state: "pending", slot: 2, dueAt: START + 60_000 } as const;
    await owning.queue.record({ outcomes: [outcome(claimed, next)], now: START });
    assert.equal((await poll()).nextDueAt, START + 60_000);
    assert.deepEqual(engine.leased, []);
  });

  test("goes to the node that owns the shard when it is taken", async () => {
    await publish(2);
    await owning.shards.release({ owner: engine.owner });
    const other = await startEngine(accepting, "other");
    await poll(accepting, other);
    // Taking over the shards also takes their deliveries; the poll skips rows that are being taken.
    await untilLeased(other, 2);
    assert.deepEqual([engine.leased.length, other.leased.length], [0, 2]);
  });

  test("is due in the queue when the shard has no owner", async () => {
    await owning.shards.release({ owner: engine.owner });
    await publish(1);
    assert.deepEqual([await forwardedRows(), (await places()).length], [[], 1]);
    await owning.shards.hold({ owner: engine.owner, atMost: 256, leaseMs: LEASE_MS });
    assert.equal((await claimAll(owning, engine.owner, { endpointId })).length, 1);
  });

  test("is due in the queue when it is scheduled for later", async () => {
    await publish(1, { deliverAt: START + 1000 });
    assert.deepEqual([await forwardedRows(), (await places()).length], [[], 1]);
  });

  test("waits for no claim, and no claim waits for it", async () => {
    await publish(1);
    const holding = new Client({ connectionString: database.url });
    await holding.connect();
    // A running claim locks the queue rows of its endpoints in this way.
    await holding.query("BEGIN");
    await holding.query("SELECT FROM endpoint_queue FOR UPDATE");
    await holding.query("SELECT FROM handover FOR UPDATE");
    await publish(1);
    await poll();
    assert.equal(engine.leased.length, 1, "the delivery whose rows are not locked");
    await holding.query("ROLLBACK");
    await holding.end();
    await poll();
    assert.equal(engine.leased.length, 2);
  });

  async function setStatus(status: "enabled" | "disabled"): Promise<void> {
    await owning.endpoints.update({ appRef, ref: endpointId, change: { status }, now: START });
  }

  async function untilLeased({ leased }: Engine, count: number): Promise<void> {
    for (let tries = 0; tries < 500 && leased.length < count; tries++) await wait(5);
  }

  async function untilListening(): Promise<void> {
    for (let tries = 0; tries < 500; tries++) {
      const rows = await database.sql(
        `SELECT FROM pg_stat_activity WHERE datname = $1 AND application_name = 'hookline listen'
          AND query ILIKE 'LISTEN%'`,
        [database.name],
      );
      if (rows.length > 0) return;
      await wait(5);
    }
    assert.fail("no node listens");
  }
});
