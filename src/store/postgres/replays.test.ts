import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { makeDatabase, type TestDatabase } from "../../../test/postgres/databases.ts";
import {
  makeApp,
  mustPublish,
  newEndpoint,
  newEvent,
} from "../../../test/contract/store/fixtures.ts";
import { START } from "../../../test/contract/store/harness.ts";
import { newJob, startJob, step } from "../../../test/contract/store/jobs.ts";
import { claimDue, finish, publishAt } from "../../../test/contract/store/steps.ts";
import type { Store } from "../store.ts";
import { openPostgres } from "./open.ts";

const FAILED = { state: "failed", reason: "exhausted" } as const;

describe("replays from several nodes at once", () => {
  let database: TestDatabase;
  let stores: readonly [Store, Store];

  beforeEach(async () => {
    database = await makeDatabase();
    const open = () =>
      openPostgres(database.url, {
        accept: {
          decide: {
            optOutMatch: "word",
            stopKeywords: ["stop"],
            unstopKeywords: ["start"],
            largeTextBytes: 10_000,
          },
        },
        leaseClock: () => 0,
        onFatal: (error) => {
          throw error;
        },
      });
    stores = [await open(), await open()];
  });
  afterEach(async () => {
    for (const store of stores) await store[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  test("missed events get one delivery each, however many nodes replay them together", async () => {
    const [store] = stores;
    const { app } = await makeApp(store);
    const eventIds: string[] = [];
    for (let i = 0; i < 20; i++) eventIds.push(await publishAt(store, app.id, START));
    const endpoint = newEndpoint(app.id);
    await store.endpoints.create({ appRef: app.id, endpoint, idempotencyKey: null });
    const { endpointId: endpointRef } = endpoint;
    await startJob(store, { appRef: app.id, endpointRef, job: newJob("endpoint.replay") });
    await Promise.all([
      ...eventIds.flatMap((eventId) =>
        stores.map(({ queue }) =>
          queue.replay({ appRef: app.id, eventId, endpointRef, now: START }),
        ),
      ),
      ...stores.map((node) => step(node, START)),
    ]);
    assert.equal((await store.upkeep.totals()).created, 20);
    assert.equal((await claimDue(store, START)).length, 20);
    assert.deepEqual((await store.upkeep.check()).problems, []);
  });

  test("a delivery that several nodes reopen together is pending once", async () => {
    const [one, two] = stores;
    const { app, endpoints } = await makeApp(one, {});
    const appRef = app.id;
    const endpointRef = endpoints[0]?.endpointId ?? "";
    const events = Array.from({ length: 40 }, () => newEvent());
    await mustPublish(one, appRef, events);
    await finish(one, await claimDue(one, START), FAILED, { at: START });
    for (const kind of ["endpoint.recover", "endpoint.bulk-replay"] as const) {
      await startJob(one, { appRef, endpointRef, job: newJob(kind) });
    }
    await Promise.all([
      ...events.map(({ id: eventId }) =>
        two.queue.replay({ appRef, eventId, endpointRef, now: START }),
      ),
      ...Array.from({ length: 8 }, (_, i) => step(one, START + i * 1000, { limit: 7 })),
    ]);
    const { pending, failed } = await one.upkeep.totals();
    assert.deepEqual([pending, failed], [40, 0]);
    assert.deepEqual((await one.upkeep.check()).problems, []);
  });

  test("an event that is blanked during its replay has no pending delivery afterwards", async () => {
    const [one, two] = stores;
    const { app, endpoints } = await makeApp(one, {});
    const endpointRef = endpoints[0]?.endpointId ?? "";
    const appRef = app.id;
    const eventIds: string[] = [];
    for (let i = 0; i < 10; i++) eventIds.push(await publishAt(one, appRef, START));
    await finish(one, await claimDue(one, START), FAILED, { at: START });
    await Promise.all(
      eventIds.flatMap((eventId) => [
        one.queue.replay({ appRef, eventId, endpointRef, now: START }),
        two.history.expungeEvent({ appRef, eventId, now: START }),
      ]),
    );
    const { pending, failed } = await one.upkeep.totals();
    assert.deepEqual([pending, failed], [0, 10]);
    assert.deepEqual((await one.upkeep.check()).problems, []);
  });
});
