import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { LeasedDelivery } from "../../../src/store/queue/leased-delivery.ts";
import { claimAll, delivered, makeApp, mustPublish, newEvent, startEngine } from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { EMPTY, story } from "./story.ts";

const LEASE_MS = 15_000;

export function testLeases(harness: Harness): void {
  describe("two owners on one store", () => {
    test("a shard has at most one owner, and every shard has one when the limits allow it", () =>
      story(harness, EMPTY, async ({ store }) => {
        const a = await store.shards.hold({ owner: "a", atMost: 128, leaseMs: LEASE_MS });
        const b = await store.shards.hold({ owner: "b", atMost: 200, leaseMs: LEASE_MS });
        assert.equal(a.length, 128);
        assert.equal(b.length, 128);
        assert.equal(new Set([...a, ...b].map(({ shard }) => shard)).size, 256);
        assert.deepEqual(
          (await store.shards.owners()).toSorted((x, y) => x.owner.localeCompare(y.owner)),
          [
            { owner: "a", shards: 128 },
            { owner: "b", shards: 128 },
          ],
        );
      }));

    test("renewal keeps shards and fences; an expired lease is taken under a higher fence", () =>
      story(harness, EMPTY, async ({ store, opened }) => {
        const first = await store.shards.hold({ owner: "a", atMost: 256, leaseMs: LEASE_MS });
        opened.moveLeaseClock(LEASE_MS - 1);
        assert.deepEqual(
          await store.shards.hold({ owner: "b", atMost: 256, leaseMs: LEASE_MS }),
          [],
        );
        assert.deepEqual(
          await store.shards.hold({ owner: "a", atMost: 256, leaseMs: LEASE_MS }),
          first,
        );
        opened.moveLeaseClock(LEASE_MS);
        const taken = await store.shards.hold({ owner: "b", atMost: 256, leaseMs: LEASE_MS });
        assert.equal(taken.length, 256);
        const before = new Map(first.map(({ shard, fence }) => [shard, fence]));
        assert.ok(taken.every(({ shard, fence }) => fence > (before.get(shard) ?? Infinity)));
        assert.deepEqual(
          await store.shards.hold({ owner: "a", atMost: 256, leaseMs: LEASE_MS }),
          [],
        );
      }));

    test("released shards are free at once", () =>
      story(harness, EMPTY, async ({ store }) => {
        await store.shards.hold({ owner: "a", atMost: 256, leaseMs: LEASE_MS });
        await store.shards.release({ owner: "a" });
        assert.deepEqual(await store.shards.owners(), []);
        const taken = await store.shards.hold({ owner: "b", atMost: 256, leaseMs: LEASE_MS });
        assert.equal(taken.length, 256);
      }));

    test("accept passes a delivery to the engine that holds its shard, and to no other", () =>
      story(harness, EMPTY, async ({ store }) => {
        const a = await startEngine(store, "a", 128);
        const b = await startEngine(store, "b", 128);
        const held = await store.shards.hold({ owner: "a", atMost: 128, leaseMs: LEASE_MS });
        const ofA = held[0]?.shard ?? 0;
        const ofB = Array.from({ length: 256 }, (_, shard) => shard).find(
          (shard) => !held.some((mine) => mine.shard === shard),
        );
        const { app, endpoints } = await makeApp(store, { shard: ofA }, { shard: ofB ?? 255 });
        await mustPublish(store, app.id, [newEvent()]);
        assert.deepEqual(
          a.leased.map(({ endpointId }) => endpointId),
          [endpoints[0]?.endpointId],
        );
        assert.deepEqual(
          b.leased.map(({ endpointId }) => endpointId),
          [endpoints[1]?.endpointId],
        );
      }));

    test("an owner gets no work of shards that it does not hold, or has lost", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId, opened }) => {
        await mustPublish(store, app.id, [newEvent()]);
        await store.shards.hold({ owner: "a", atMost: 256, leaseMs: LEASE_MS });
        assert.equal((await claimAll(store, "b", { endpointId })).length, 0);
        opened.moveLeaseClock(LEASE_MS);
        assert.equal((await claimAll(store, "a", { endpointId })).length, 0);
        const ask = { now: START, limit: 9, except: [] };
        assert.deepEqual((await store.queue.dueEndpoints({ ...ask, owner: "a" })).endpointIds, []);
      }));

    test("deliveries leased by a lost owner are due for the next one, and its late outcomes are stale", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId, opened }) => {
        const lost = await startEngine(store, "a");
        await mustPublish(store, app.id, [newEvent()]);
        const first = lost.leased[0] as LeasedDelivery;
        opened.moveLeaseClock(LEASE_MS);
        await store.shards.hold({ owner: "b", atMost: 256, leaseMs: LEASE_MS });
        // The delivery is not claimed yet, and the shard no longer belongs to the first owner.
        const tooLate = await store.queue.record({ outcomes: [delivered(first)], now: START });
        assert.deepEqual(tooLate.stale, [first.deliveryId]);
        assert.deepEqual(await store.shards.recover({ owner: "b" }), { endpoints: 1, next: null });
        const due = await store.queue.dueEndpoints({
          owner: "b",
          now: START,
          limit: 9,
          except: [],
        });
        assert.deepEqual(due.endpointIds, [endpointId]);
        const [again] = await claimAll(store, "b", { endpointId });
        assert.equal(again?.deliveryId, first.deliveryId);
        assert.ok((again?.fence ?? 0) > first.fence);

        const late = await store.queue.record({ outcomes: [delivered(first)], now: START });
        assert.deepEqual(late.stale, [first.deliveryId]);
        await store.queue.release({ deliveries: [first], dueAt: START });
        assert.equal((await claimAll(store, "b", { endpointId })).length, 0);
        const inTime = await store.queue.record({
          outcomes: [delivered(again)],
          now: START,
        });
        assert.deepEqual(inTime.stale, []);
      }));

    test("an owner whose lease expired unnoticed returns under a higher fence", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId, opened }) => {
        const engine = await startEngine(store, "a");
        await mustPublish(store, app.id, [newEvent()]);
        opened.moveLeaseClock(LEASE_MS);
        await store.shards.hold({ owner: "a", atMost: 256, leaseMs: LEASE_MS });
        await store.shards.recover({ owner: "a" });
        assert.equal((await claimAll(store, "a", { endpointId })).length, 1);
        const late = await store.queue.record({
          outcomes: [delivered(engine.leased[0] as LeasedDelivery)],
          now: START,
        });
        assert.equal(late.stale.length, 1);
      }));
  });

  describe("changed endpoints", () => {
    test("the owner of a shard is notified of a change and acknowledges it", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId }) => {
        await startEngine(store, "a");
        const notified: { endpointId: string; version: number }[] = [];
        store.shards.onChanged({ owner: "a", listener: (changed) => notified.push(changed) });
        await store.endpoints.update({
          appRef: app.id,
          ref: endpointId,
          change: { status: "disabled" },
          now: START,
        });
        assert.deepEqual(notified, [{ endpointId, version: 2 }]);
        let resolved = false;
        const acknowledged = store.endpoints
          .acknowledged({ endpointId, version: 2 })
          .then(() => (resolved = true));
        await store.ping();
        assert.equal(resolved, false);
        await store.shards.acknowledge({ owner: "a", endpointId, version: 2 });
        await acknowledged;
      }));

    test("a change in a shard without an owner needs no acknowledgement", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId }) => {
        await store.endpoints.update({
          appRef: app.id,
          ref: endpointId,
          change: { status: "deleted" },
          now: START,
        });
        await store.endpoints.acknowledged({ endpointId, version: 2 });
      }));

    test("the wait for an owner that never acknowledges ends with its lease", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId, opened }) => {
        await startEngine(store, "a");
        store.shards.onChanged({ owner: "a", listener: () => undefined });
        const change = { status: "disabled" } as const;
        await store.endpoints.update({ appRef: app.id, ref: endpointId, change, now: START });
        const acknowledged = store.endpoints.acknowledged({ endpointId, version: 2 });
        opened.moveLeaseClock(LEASE_MS);
        await store.shards.hold({ owner: "b", atMost: 256, leaseMs: LEASE_MS });
        await acknowledged;
      }));
  });
}
