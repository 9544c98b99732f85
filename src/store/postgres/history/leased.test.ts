import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeDatabase, type TestDatabase } from "../../../../test/postgres/databases.ts";
import { makeApp } from "../../../../test/contract/store/fixtures.ts";
import { START } from "../../../../test/contract/store/harness.ts";
import { claimDue, firstPage, HOUR, publishAt } from "../../../../test/contract/store/steps.ts";
import { openPostgres } from "../open.ts";
import type { Store } from "../../store.ts";

describe("a leased delivery", () => {
  let database: TestDatabase;
  let store: Store;
  let leaseNow = START;

  before(async () => {
    database = await makeDatabase();
    store = await openPostgres(database.url, {
      accept: {
        decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e4 },
      },
      leaseClock: () => leaseNow,
      onFatal: (error) => assert.fail(String(error)),
    });
  });
  after(async () => {
    await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  test("is pending in lists, counts and the outlook when the lease of its node has ended", async () => {
    const { app, endpoints } = await makeApp(store, {});
    const ref = endpoints[0]?.endpointId ?? assert.fail();
    const eventId = await publishAt(store, app.id, START);
    assert.equal((await claimDue(store, START)).length, 1);
    const seen = async () => {
      const named = { appRef: app.id, ref };
      const stats = await store.endpoints.stats({ ...named, since: null, until: null });
      const outlook = await store.endpoints.outlook(named);
      const window = firstPage();
      const list = await store.history.deliveriesOfEvent({ appRef: app.id, eventId, window });
      const { status } = list?.items[0] ?? assert.fail();
      return [status, stats?.sending, stats?.pending, outlook?.nextAttemptAt];
    };
    assert.deepEqual(await seen(), ["sending", 1, 0, null]);
    leaseNow += HOUR;
    assert.deepEqual(await seen(), ["pending", 0, 1, START]);
  });
});
