import assert from "node:assert/strict";
import { test } from "node:test";
import { makeApp, mustPublish, newEvent } from "../../../../test/contract/store/fixtures.ts";
import { USER_IDS } from "../../../../test/contract/persons.ts";
import { makeDatabase } from "../../../../test/postgres/databases.ts";
import { openStore } from "../../open.ts";
import type { StoreOptions } from "../../options.ts";

const OPTIONS: StoreOptions = {
  accept: {
    decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e4 },
  },
  onFatal: (error) => assert.fail(String(error)),
};

test("the check names endpoints whose deliveries have no event or are missing from the queue", async () => {
  await using database = await makeDatabase();
  await using store = await openStore(database.url, OPTIONS);
  const { app, endpoints } = await makeApp(store, {});
  await store.shards.hold({ owner: "n", atMost: 256, leaseMs: 60_000 });
  await mustPublish(store, app.id, [newEvent(), newEvent()]);
  assert.deepEqual((await store.upkeep.check()).problems, []);
  const [due] = await database.sql("SELECT min(due_at)::text AS at FROM delivery");
  await database.sql("DELETE FROM endpoint_queue");
  await database.sql("DELETE FROM event WHERE seq = (SELECT min(seq) FROM event)");
  const id = endpoints[0]?.endpointId;
  assert.deepEqual((await store.upkeep.check()).problems, [
    `${id}: a delivery is due at ${String(due?.["at"])}, but the queue has no entry for it.`,
    `${id}: 1 pending deliveries have no event.`,
  ]);
});

test("the check names user ids that lead to no contact", async () => {
  await using database = await makeDatabase();
  await using store = await openStore(database.url, OPTIONS);
  const { app } = await makeApp(store);
  const [contact] = USER_IDS;
  const canonical = { contact, contactFields: {} };
  await mustPublish(store, app.id, [newEvent({ type: "contact.created", canonical })]);
  assert.deepEqual((await store.upkeep.check()).problems, []);
  await database.sql("DELETE FROM contact");
  assert.deepEqual((await store.upkeep.check()).problems, [
    `${app.id}: 1 user ids of WhatsApp lead to no contact.`,
  ]);
});
