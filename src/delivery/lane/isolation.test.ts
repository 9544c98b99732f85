/** I4: the behaviour of one endpoint affects no other endpoint. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openEngineWorld, START } from "../../../test/harness/engine.ts";
import { startReceiver } from "../../../test/harness/receiver.ts";
import { newEvent } from "../../../test/contract/store/fixtures.ts";

test("an endpoint that never answers, with 1,000 events queued, holds only a few slots", async () => {
  await using hung = await startReceiver(() => {});
  await using healthy = await startReceiver();
  await using world = await openEngineWorld({ limits: { inFlight: 16, leaseRoom: 128 } });
  await world.makeEndpoint({ url: hung.url, eventTypes: ["to.hung"] });
  await world.makeEndpoint({ url: healthy.url, eventTypes: ["to.healthy"] });
  const engine = await world.start();
  await world.publish(...Array.from({ length: 1000 }, () => newEvent({ type: "to.hung" })));
  await hung.until(() => hung.receipts.length === 4);
  for (let i = 1; i <= 50; i++) {
    await world.publish(newEvent({ type: "to.healthy" }));
    await healthy.until(() => healthy.receipts.length === i);
  }
  assert.equal(hung.receipts.length, 4);
  // Time stands still, so no timer can have released a slot.
  assert.equal(world.clock.now(), START);
  const { inFlight, leased, queued } = engine.snapshot();
  assert.ok(inFlight >= 4 && inFlight <= 5);
  // The hung lane's room, and deliveries that the healthy endpoint received and that are not recorded yet.
  assert.ok(leased <= 128 + 50, `${leased} leased: a backlog stays in the store`);
  assert.ok(queued <= 124);
});

test("more hung endpoints than slots leave room for one that answers fast", async () => {
  await using hung = await startReceiver(() => {});
  await using healthy = await startReceiver();
  await using world = await openEngineWorld({ limits: { inFlight: 16 } });
  for (let i = 0; i < 10; i++) await world.makeEndpoint({ url: hung.url, eventTypes: ["to.hung"] });
  await world.makeEndpoint({ url: healthy.url, eventTypes: ["to.healthy"] });
  const engine = await world.start();
  await world.publish(newEvent({ type: "to.healthy" }));
  await healthy.until(() => healthy.receipts.length === 1);
  await world.publish(...Array.from({ length: 100 }, () => newEvent({ type: "to.hung" })));
  await hung.until(() => hung.receipts.length === 10);
  for (let i = 2; i <= 20; i++) {
    await world.publish(newEvent({ type: "to.healthy" }));
    await healthy.until(() => healthy.receipts.length === i);
  }
  assert.equal(hung.receipts.length, 10, "four fifths of three quarters of the slots, and no more");
  assert.equal(engine.snapshot().waiting, 8);
});

test("a backlog larger than a lane's room is delivered completely, each event once", async () => {
  await using receiver = await startReceiver();
  await using world = await openEngineWorld({ limits: { leaseRoom: 8, leased: 20 } });
  for (const type of ["a", "b", "c"])
    await world.makeEndpoint({ url: receiver.url, eventTypes: [type] });
  const engine = await world.start();
  const events = Array.from({ length: 600 }, (_, i) =>
    newEvent({ type: ["a", "b", "c"][i % 3] ?? "" }),
  );
  await world.publish(...events);
  await receiver.until(() => receiver.receipts.length >= 600);
  await world.store.ping();
  assert.equal(receiver.receipts.length, 600);
  assert.equal(new Set(receiver.receipts.map(({ headers }) => headers["webhook-id"])).size, 600);
  assert.ok(engine.snapshot().lanes <= 3);
});
