/** Queue operations of two nodes at the same moment, step by step: no due delivery is ever forgotten. */
import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import type { PoolClient } from "pg";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import type { OpenBreaker } from "../../../core/delivery/breaker.ts";
import {
  delivered,
  makeApp,
  mustPublish,
  newEvent,
  outcome,
} from "../../../../test/contract/store/fixtures.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import type { LeasedDelivery } from "../../queue/leased-delivery.ts";
import type { Store } from "../../store.ts";
import { createLogReceiver } from "../accept/log-receiver.ts";
import { createOperationalEventLimiter } from "../../accept/operational-event-limiter.ts";
import { toConnection, createPool } from "../connection.ts";
import { addDue, requeueEndpoints } from "./endpoint-queue.ts";
import { createFeedPlaces } from "../accept/feed-places.ts";
import { lockAlone } from "../server/locks.ts";
import { DEFAULT_LEASE_ROOM } from "../../queue/lease-room.ts";
import { createLeasedCounts } from "../../queue/leased-counts.ts";
import { createAppCache } from "../accept/app-cache.ts";
import type { Node } from "../cluster/node.ts";
import { createAfterCommit } from "../cluster/after-commit.ts";
import { openPostgres } from "../open.ts";
import { createLocalShards } from "../cluster/local-shards.ts";
import { claim } from "./queue.ts";
import { WRITES } from "../writes.ts";
import { createRowNumbers } from "../accept/row-numbers.ts";
import type { Tx } from "../types.ts";

type OpenTx = Tx & { commit(): Promise<void> };

const OWNER = "n";
const record = WRITES["queue.record"];
const OPEN: OpenBreaker = { openedAt: START, probeAt: START + 5000, step: 0, failedAt: START };

describe("two nodes at one endpoint", () => {
  let database: TestDatabase;
  let pool: ReturnType<typeof createPool>;
  let store: Store;
  let endpoint: { readonly id: string; readonly seq: number };
  let appRef = "";
  let clients: PoolClient[] = [];

  before(async () => {
    database = await makeDatabase();
    pool = createPool({ url: database.url, size: 4, connectTimeoutMs: 10_000 });
    store = await openPostgres(database.url, {
      accept: {
        decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e4 },
      },
      onFatal: (error) => assert.fail(String(error)),
    });
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await pool.end();
    await database[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    await store.shards.hold({ owner: OWNER, atMost: 256, leaseMs: 600_000 });
    const { app, endpoints } = await makeApp(store, {});
    appRef = app.id;
    const id = endpoints[0]?.endpointId ?? "";
    const [row] = await database.sql("SELECT seq FROM endpoint WHERE id = $1", [id]);
    endpoint = { id, seq: Number(row?.["seq"]) };
  });
  afterEach(async () => {
    for (const client of clients) {
      await client.query("ROLLBACK");
      client.release();
    }
    clients = [];
  });

  async function begin(): Promise<OpenTx> {
    const client = await pool.connect();
    clients.push(client);
    await client.query("BEGIN");
    const node = {
      testClock: null,
      apps: createAppCache(),
      shards: createLocalShards(),
      leaseCounts: createLeasedCounts(),
      leaseRoom: DEFAULT_LEASE_ROOM,
      numbers: createRowNumbers(),
      operationalEvents: createOperationalEventLimiter(),
      logReceiver: createLogReceiver(),
      horizon: () => 0,
    } as unknown as Node;
    const connection = toConnection(client, { enabled: false });
    const commit = async (): Promise<void> => void (await client.query("COMMIT"));
    return {
      ...connection,
      node,
      afterCommit: createAfterCommit(),
      feed: createFeedPlaces(),
      commit,
    };
  }

  /** Resolves once a transaction waits for a lock in this database. */
  async function untilLockWait(): Promise<void> {
    for (let tries = 0; tries < 500; tries++) {
      const rows = await database.sql(
        `SELECT FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'`,
        [database.name],
      );
      if (rows.length > 0) return;
      await wait(5);
    }
    assert.fail("no transaction waits for a lock");
  }

  const claimIn = async (tx: Tx, now = START): Promise<readonly LeasedDelivery[]> => {
    const endpoints = [{ endpointId: endpoint.id, room: 10 }];
    return (await claim(tx, { owner: OWNER, now, endpoints })).leased;
  };
  async function publish(count: number): Promise<void> {
    const events = Array.from({ length: count }, () => newEvent());
    await mustPublish(store, appRef, events);
  }
  /** Adds one more delivery of the endpoint, as another node's accept does; it is due unless it waits. */
  async function addOne(tx: Tx, p: { waits?: boolean } = {}): Promise<void> {
    await tx.run(
      `INSERT INTO delivery (seq, event_seq, endpoint_seq, accepted_at, base_at, parked_ms, due_at,
         bytes, slot, attempts, state, part, manual, ordering_key)
       SELECT seq + 1000000, event_seq, endpoint_seq, accepted_at, base_at, parked_ms,
         CASE WHEN $2 THEN NULL ELSE base_at END, bytes, 1, 0, 0, part, false, ordering_key
       FROM delivery WHERE endpoint_seq = $1 ORDER BY seq DESC LIMIT 1`,
      [endpoint.seq, p.waits === true],
    );
    if (p.waits !== true) await addDue(tx, [{ endpointSeq: endpoint.seq, dueAt: START }]);
  }
  async function findPlace(): Promise<number | null> {
    const [row] = await database.sql(
      "SELECT next_due_at FROM endpoint_queue WHERE endpoint_seq = $1",
      [endpoint.seq],
    );
    return row === undefined ? null : Number(row["next_due_at"]);
  }
  async function leaseAll(count: number): Promise<readonly LeasedDelivery[]> {
    await publish(count);
    const tx = await begin();
    const leased = await claimIn(tx);
    await tx.commit();
    assert.equal(leased.length, count);
    return leased;
  }
  const openBreaker = async (): Promise<void> => {
    await database.sql(
      `INSERT INTO endpoint_state (endpoint_seq, health, breaker, breaker_changed_at, probe_at,
         probe_step, probe_failed_at) VALUES ($1, '{}', 'open', $2, $3, 0, $2)`,
      [endpoint.seq, OPEN.failedAt, OPEN.probeAt],
    );
  };
  const retry = (delivery: LeasedDelivery | undefined) =>
    outcome(delivery as LeasedDelivery, { state: "pending", slot: 2, dueAt: START + 60_000 });

  test("a delivery that is added while a claim removes the queue row gets a new row", async () => {
    await publish(1);
    const [claiming, adding] = [await begin(), await begin()];
    assert.equal((await claimIn(claiming)).length, 1);
    const added = addOne(adding);
    await untilLockWait();
    await claiming.commit();
    await added;
    await adding.commit();
    assert.equal(await findPlace(), START);
  });

  test("a claim waits for a delivery that is being added to the same queue row, and takes it", async () => {
    await publish(1);
    const [claiming, adding] = [await begin(), await begin()];
    await addOne(adding);
    const claimed = claimIn(claiming);
    await untilLockWait();
    await adding.commit();
    assert.equal((await claimed).length, 2);
    await claiming.commit();
    assert.equal(await findPlace(), null);
  });

  test("a delivery is leased once, however many nodes claim it", async () => {
    await publish(3);
    const [one, other] = [await begin(), await begin()];
    assert.equal((await claimIn(one)).length, 3);
    const second = claimIn(other);
    await untilLockWait();
    await one.commit();
    assert.equal((await second).length, 0);
  });

  test("when the last two leases behind an open breaker end at once, the probe gets a queue row", async () => {
    const leased = await leaseAll(2);
    await openBreaker();
    const [one, other] = [await begin(), await begin()];
    await record(one, { outcomes: [retry(leased[0])], now: START });
    const second = record(other, { outcomes: [retry(leased[1])], now: START });
    await untilLockWait();
    await one.commit();
    await second;
    await other.commit();
    assert.equal(await findPlace(), START + 60_000);
  });

  test("a delivery that is added while the last lease behind an open breaker ends gets the probe's queue row", async () => {
    const [first] = await leaseAll(1);
    await openBreaker();
    const [ending, adding] = [await begin(), await begin()];
    await record(ending, { outcomes: [delivered(first as LeasedDelivery)], now: START });
    const added = addOne(adding);
    await untilLockWait();
    await ending.commit();
    await added;
    await adding.commit();
    assert.equal(await findPlace(), OPEN.probeAt);
  });

  test("the end of the last lease behind an open breaker sees a delivery that is being added", async () => {
    const [first] = await leaseAll(1);
    await openBreaker();
    const [ending, adding] = [await begin(), await begin()];
    await addOne(adding);
    const outcomes = [delivered(first as LeasedDelivery)];
    const recorded = record(ending, { outcomes, now: START });
    await untilLockWait();
    await adding.commit();
    await recorded;
    await ending.commit();
    assert.equal(await findPlace(), OPEN.probeAt);
  });

  test("a delivery that is added to an endpoint being enabled gets a queue row", async () => {
    await publish(1);
    await database.sql("UPDATE endpoint SET status = 'paused' WHERE seq = $1", [endpoint.seq]);
    await database.sql("DELETE FROM endpoint_queue WHERE endpoint_seq = $1", [endpoint.seq]);
    await database.sql("UPDATE delivery SET state = 1 WHERE endpoint_seq = $1", [endpoint.seq]);
    const [enabling, adding] = [await begin(), await begin()];
    await enabling.run("UPDATE endpoint SET status = 'enabled' WHERE seq = $1", [endpoint.seq]);
    await requeueEndpoints(enabling, [endpoint.seq]);
    const added = addOne(adding);
    await untilLockWait();
    await enabling.commit();
    await added;
    await adding.commit();
    assert.equal(await findPlace(), START);
  });

  test("a delivery that is accepted behind one being delivered is released", async () => {
    const orderingKey = "k";
    await mustPublish(store, appRef, [newEvent({ orderingKey })]);
    const claiming = await begin();
    const [first] = await claimIn(claiming);
    await claiming.commit();
    const [recording, accepting] = [await begin(), await begin()];
    const [row] = await database.sql("SELECT app_seq FROM endpoint WHERE seq = $1", [endpoint.seq]);
    await lockAlone(accepting, "orderingKey", [`${Number(row?.["app_seq"])} ${orderingKey}`]);
    const outcomes = [delivered(first as LeasedDelivery)];
    const recorded = record(recording, { outcomes, now: START });
    await untilLockWait();
    await addOne(accepting, { waits: true });
    await accepting.commit();
    assert.deepEqual((await recorded).due, [endpoint.id]);
    await recording.commit();
    assert.equal(await findPlace(), START);
  });
});
