import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import {
  claimAll,
  makeApp,
  mustPublish,
  newEvent,
  receivedText,
} from "../../../../test/contract/store/fixtures.ts";
import { openStore } from "../../open.ts";
import type { StoreOptions } from "../../options.ts";

const OPTIONS: StoreOptions = {
  accept: {
    decide: { optOutMatch: "word", stopKeywords: [], unstopKeywords: [], largeTextBytes: 1e4 },
  },
  onFatal: (error) => assert.fail(String(error)),
};

test("an event that the disk has altered is not sent, its delivery fails, and the check names it", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "hookline-store-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "hookline.db");
  await using store = await openStore(`sqlite:${path}`, OPTIONS);
  const { app, endpoints } = await makeApp(store, {});
  const altered = [newEvent(), receivedText({ id: "m1" })];
  const whole = newEvent();
  await mustPublish(store, app.id, [...altered, whole]);
  using db = new DatabaseSync(path);
  db.prepare("UPDATE event SET payload = replace(payload, 'amount', 'amounT') WHERE id = ?").run(
    altered[0]?.id ?? "",
  );
  db.prepare(
    "UPDATE event SET participants = replace(participants, 'inbound', 'inbounD') WHERE id = ?",
  ).run(altered[1]?.id ?? "");
  await store.shards.hold({ owner: "n", atMost: 256, leaseMs: 60_000 });
  const endpointId = endpoints[0]?.endpointId ?? "";
  const leased = await claimAll(store, "n", { endpointId });
  const ids = leased.map(({ snapshot }) => snapshot.eventId);
  assert.ok(ids.includes(whole.id));
  for (const { id } of altered) assert.ok(!ids.includes(id), "it was handed over");
  const reasons = db.prepare("SELECT reason FROM delivery WHERE state = 2").all();
  assert.deepEqual(
    reasons.map((row) => row["reason"]),
    ["content_damaged", "content_damaged"],
  );
  const { problems } = await store.upkeep.check();
  assert.deepEqual(
    problems,
    altered.map(({ id }) => `${id}: its stored content differs from the accepted content.`),
  );
});
