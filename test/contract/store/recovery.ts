import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { LeasedDelivery } from "../../../src/store/queue/leased-delivery.ts";
import {
  claimAll,
  delivered,
  mustPublish,
  newEvent,
  outcome,
  receivedText,
  startEngine,
} from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { APP, EMPTY, story } from "./story.ts";

export function testRecovery(harness: Harness): void {
  describe("after a restart", () => {
    test("leased deliveries without a recorded outcome are due again, and recorded ones are not", () =>
      story(harness, { engine: false }, async ({ app, endpointId, opened }) => {
        const before = await startEngine(opened.store, "before");
        await mustPublish(opened.store, app.id, [newEvent(), newEvent(), newEvent()]);
        const [done, retried, lost] = before.leased as [
          LeasedDelivery,
          LeasedDelivery,
          LeasedDelivery,
        ];
        const retry = { state: "pending", slot: 2, dueAt: START + 60_000 } as const;
        await opened.store.queue.record({
          outcomes: [delivered(done), outcome(retried, retry)],
          now: START,
        });

        await opened.reopen();
        const after = await startEngine(opened.store, "after");
        const recovered = await opened.store.shards.recover({ owner: "after" });
        assert.deepEqual(recovered, { endpoints: 1, next: null });
        const claimed = await claimAll(opened.store, after.owner, { endpointId });
        assert.deepEqual(
          claimed.map(({ deliveryId }) => deliveryId),
          [lost.deliveryId],
        );
        assert.deepEqual(claimed[0]?.snapshot, lost.snapshot);
        const later = await claimAll(opened.store, after.owner, {
          endpointId,
          now: START + 60_000,
        });
        assert.deepEqual(
          later.map(({ deliveryId }) => deliveryId),
          [retried.deliveryId],
        );
      }));

    test("a step reads a bounded number of endpoints with work, and the next one continues", () =>
      story(harness, { endpoints: [{}, {}, {}], engine: false }, async (given) => {
        const { store, app, endpoints, opened } = given;
        await startEngine(store, "before");
        await mustPublish(store, app.id, [newEvent()]);
        await opened.reopen();
        const { owner } = await startEngine(opened.store, "after");
        const { shards } = opened.store;
        const first = await shards.recover({ owner, limit: 2 });
        const second = await shards.recover({ owner, limit: 2, after: first.next ?? 0 });
        assert.deepEqual([first.endpoints, second], [2, { endpoints: 1, next: null }]);
        for (const { endpointId } of endpoints) {
          assert.equal((await claimAll(opened.store, owner, { endpointId })).length, 1);
        }
      }));

    test("no owner holds a shard, and fences continue to rise", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const [first] = await opened.store.shards.hold({ owner: "a", atMost: 1, leaseMs: 15_000 });
        await opened.reopen();
        assert.deepEqual(await opened.store.shards.owners(), []);
        const [again] = await opened.store.shards.hold({ owner: "a", atMost: 1, leaseMs: 15_000 });
        assert.equal(again?.shard, first?.shard);
        assert.ok((again?.fence ?? 0) > (first?.fence ?? Infinity));
      }));

    test("sequences continue to rise and message ids do not repeat when the clock is set back", () =>
      story(harness, { engine: false }, async ({ app, opened }) => {
        const before = await startEngine(opened.store);
        const first = await mustPublish(opened.store, app.id, [receivedText({ id: "m-1" })]);
        await opened.reopen();
        const after = await startEngine(opened.store);
        const second = await mustPublish(opened.store, app.id, [receivedText({ id: "m-2" })], {
          acceptedAt: START - 3_600_000,
        });
        assert.ok((second.events[0]?.sequence ?? 0) > (first.events[0]?.sequence ?? Infinity));
        const [one, two] = [before, after].map(
          ({ leased }) => leased[0]?.snapshot.message?.snowflake,
        );
        assert.ok(one !== undefined && two !== undefined && one !== two);
      }));

    test("a message is still known by its id, and an eventId is still in use", () =>
      story(harness, APP, async ({ app, opened }) => {
        await mustPublish(opened.store, app.id, [receivedText({ id: "m-1" }, { eventId: "e-1" })]);
        await opened.reopen();
        const read = newEvent({
          type: "message.read",
          payloadText: '{"message":{"id":"m-1"}}',
          canonical: { message: { id: "m-1" } },
        });
        await mustPublish(opened.store, app.id, [read]);
        const event = await opened.store.history.getEvent({ appRef: app.id, ref: "e-1" });
        assert.equal(event?.eventId, "e-1");
      }));
  });
}
