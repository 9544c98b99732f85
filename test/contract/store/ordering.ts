import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { LeasedDelivery } from "../../../src/store/queue/leased-delivery.ts";
import { claimAll, delivered, mustPublish, newEvent, outcome, startEngine } from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { story } from "./story.ts";

const HOUR_MS = 3_600_000;

export function testOrdering(harness: Harness): void {
  describe("ordering keys", () => {
    const keyed = (n: number, orderingKey = "k") =>
      newEvent({ orderingKey, payloadText: `{"n":${n}}` });
    const numbers = (leased: readonly LeasedDelivery[]) =>
      leased.map(({ snapshot }) => (JSON.parse(snapshot.payloadText) as { n: number }).n);

    test("one at a time: the next delivery is due when the previous one was delivered or failed", () =>
      story(harness, async ({ store, app, endpointId, engine }) => {
        await mustPublish(store, app.id, [keyed(1), keyed(2), keyed(3), keyed(9, "other")]);
        assert.deepEqual(numbers(engine.leased), [1, 9]);
        assert.equal((await claimAll(store, engine.owner, { endpointId })).length, 0);

        const first = engine.leased[0] as LeasedDelivery;
        const recorded = await store.queue.record({ outcomes: [delivered(first)], now: START + 1 });
        assert.deepEqual(recorded.due, [endpointId]);
        const second = await claimAll(store, engine.owner, { endpointId, now: START + 1 });
        assert.deepEqual(numbers(second), [2]);
        const failed = outcome(second[0] as LeasedDelivery, {
          state: "failed",
          reason: "exhausted",
        });
        await store.queue.record({ outcomes: [failed], now: START + 2 });
        assert.deepEqual(
          numbers(await claimAll(store, engine.owner, { endpointId, now: START + 2 })),
          [3],
        );
      }));

    test("a retry of the first delivery keeps the others waiting", () =>
      story(harness, async ({ store, app, endpointId, engine }) => {
        await mustPublish(store, app.id, [keyed(1), keyed(2)]);
        const retry = { state: "pending", slot: 2, dueAt: START + 5000 } as const;
        const first = engine.leased[0] as LeasedDelivery;
        await store.queue.record({ outcomes: [outcome(first, retry)], now: START });
        const claimed = await claimAll(store, engine.owner, { endpointId, now: START + 5000 });
        assert.deepEqual(numbers(claimed), [1]);
      }));

    test("a delivery that waited longer than skipAfter leaves, and the later ones still wait", () =>
      story(harness, async ({ store, app, endpointId, engine }) => {
        await mustPublish(store, app.id, [keyed(1), keyed(2)], { acceptedAt: START });
        await mustPublish(store, app.id, [keyed(3)], { acceptedAt: START + HOUR_MS / 2 });
        const early = await store.queue.skipOverdue({ now: START + HOUR_MS - 1, limit: 10 });
        assert.deepEqual(early.due, []);
        const now = START + HOUR_MS;
        assert.deepEqual((await store.queue.skipOverdue({ now, limit: 10 })).due, [endpointId]);
        const skipped = await claimAll(store, engine.owner, { endpointId, now });
        assert.deepEqual(numbers(skipped), [2]);
        // The first delivery is still in flight, so the third waits for it or for its skipAfter.
        await store.queue.record({ outcomes: [delivered(skipped[0] as LeasedDelivery)], now });
        assert.deepEqual(await claimAll(store, engine.owner, { endpointId, now }), []);
        await store.queue.record({
          outcomes: [delivered(engine.leased[0] as LeasedDelivery)],
          now,
        });
        assert.deepEqual(numbers(await claimAll(store, engine.owner, { endpointId, now })), [3]);
      }));

    test("a replay leaves the order: the next delivery continues, and the replayed one delays none", () =>
      story(harness, async ({ store, app, endpointId, engine }) => {
        await mustPublish(store, app.id, [keyed(1), keyed(2), keyed(3)]);
        const first = engine.leased[0] as LeasedDelivery;
        await store.queue.record({ outcomes: [delivered(first)], now: START });
        await store.queue.replay({
          appRef: app.id,
          eventId: first.snapshot.eventId,
          endpointRef: endpointId,
          now: START,
        });
        const both = await claimAll(store, engine.owner, { endpointId });
        assert.deepEqual(
          numbers(both).toSorted((a, b) => a - b),
          [1, 2],
        );
        const second = both.find(({ snapshot }) => snapshot.eventId !== first.snapshot.eventId);
        await store.queue.record({ outcomes: [delivered(second as LeasedDelivery)], now: START });
        assert.deepEqual(numbers(await claimAll(store, engine.owner, { endpointId })), [3]);
      }));

    test("replaying the first delivery of the order while it is pending lets the second leave", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId }) => {
        const { events } = await mustPublish(store, app.id, [keyed(1), keyed(2)]);
        const eventId = events[0]?.id ?? "";
        await store.queue.replay({ appRef: app.id, eventId, endpointRef: endpointId, now: START });
        const engine = await startEngine(store);
        const both = await claimAll(store, engine.owner, { endpointId });
        assert.deepEqual(
          numbers(both).toSorted((a, b) => a - b),
          [1, 2],
        );
      }));
  });
}
