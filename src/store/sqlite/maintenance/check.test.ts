import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { makeApp, mustPublish, newEvent } from "../../../../test/contract/store/fixtures.ts";
import { USER_IDS } from "../../../../test/contract/persons.ts";
import { openStore } from "../../open.ts";
import type { StoreOptions } from "../../options.ts";

const OPTIONS: StoreOptions = {
  accept: {
    decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e4 },
  },
  onFatal: (error) => assert.fail(String(error)),
};

test("the check names endpoints whose deliveries have no event or are missing from the queue", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "hookline-store-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "hookline.db");
  await using store = await openStore(`sqlite:${path}`, OPTIONS);
  const { app, endpoints } = await makeApp(store, {});
  await store.shards.hold({ owner: "n", atMost: 256, leaseMs: 60_000 });
  await mustPublish(store, app.id, [newEvent(), newEvent()]);
  assert.deepEqual((await store.upkeep.check()).problems, []);
  using db = new DatabaseSync(path);
  const due = db.prepare("SELECT min(dueAt) AS at FROM delivery").get()?.["at"];
  db.exec("DELETE FROM endpointQueue; DELETE FROM event WHERE seq = 1");
  const id = endpoints[0]?.endpointId;
  assert.deepEqual((await store.upkeep.check()).problems, [
    `${id}: a delivery is due at ${String(due)}, but the queue has no entry for it.`,
    `${id}: 1 pending deliveries have no event.`,
  ]);
});

test("the check names user ids that lead to no contact", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "hookline-store-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "hookline.db");
  await using store = await openStore(`sqlite:${path}`, OPTIONS);
  const { app } = await makeApp(store);
  const [contact] = USER_IDS;
  const canonical = { contact, contactFields: {} };
  await mustPublish(store, app.id, [newEvent({ type: "contact.created", canonical })]);
  assert.deepEqual((await store.upkeep.check()).problems, []);
  using db = new DatabaseSync(path);
  db.exec("DELETE FROM contact");
  assert.deepEqual((await store.upkeep.check()).problems, [
    `${app.id}: 1 user ids of WhatsApp lead to no contact.`,
  ]);
});
