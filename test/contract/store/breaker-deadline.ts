import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { OpenBreaker } from "../../../src/core/delivery/breaker.ts";
import type { ExpiredDelivery } from "../../../src/store/interface/queue.ts";
import type { LeasedDelivery } from "../../../src/store/queue/leased-delivery.ts";
import type { Store } from "../../../src/store/store.ts";
import { leaseThree, open, retryAt } from "./breaker.ts";
import { claimAll, mustPublish, newAttempt, newEvent, outcome } from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { HOUR, MINUTE } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const DEADLINE = 72 * HOUR;

/** The breaker after a probe that failed at `failedAt`. */
function openSince(failedAt: number): OpenBreaker {
  return { openedAt: START, probeAt: failedAt + 15 * MINUTE, step: 6, failedAt };
}

/** All slices of one round, each of the minimum size. */
async function expireAll(
  store: Store,
  now: number,
  more: { owner?: string; limit?: number } = {},
): Promise<ExpiredDelivery[]> {
  const expired: ExpiredDelivery[] = [];
  let after: string | null = null;
  for (let slices = 0; slices < 1000; slices++) {
    const slice = await store.queue.expireBehindBreaker({
      owner: "node-a",
      now,
      failedSince: now - 15 * MINUTE,
      deadlineMs: DEADLINE,
      limit: 4,
      ...more,
      after,
    });
    expired.push(...slice.expired);
    if (slice.next === null) return expired;
    after = slice.next;
  }
  throw new Error("the round does not end");
}

export function testBreakerDeadline(harness: Harness): void {
  describe("I6: the end of the 72 hours behind an open breaker", () => {
    test("a recent failed probe is the last attempt of all overdue deliveries, and is named", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpointId, engine, first } = await leaseThree(store);
        await open(store, first[0], START + 6 * HOUR);
        await store.queue.release({ deliveries: first.slice(1), dueAt: null });
        await mustPublish(store, app.id, [newEvent()], { acceptedAt: START + 1 });
        const now = START + DEADLINE;
        // The oldest delivery is the probe that fails now, and has a separate end.
        const [probe] = await claimAll(store, engine.owner, { endpointId, now: now - MINUTE });
        const attempt = newAttempt({ succeeded: false, at: now - MINUTE });
        const breaker = openSince(now - MINUTE);
        const failed = { ...outcome(probe as LeasedDelivery, retryAt(now)), attempt, breaker };
        await store.queue.record({ outcomes: [failed], now: now - MINUTE });

        assert.deepEqual(await expireAll(store, now - 1), []);
        const expired = await expireAll(store, now);
        const named = { attemptId: attempt.id, failedAt: now - MINUTE };
        const expected = [first[2], first[0], first[1]].map((delivery, i) => ({
          deliveryId: delivery?.deliveryId,
          eventId: delivery?.snapshot.eventId,
          endpointId,
          dialect: "svix",
          attempts: i === 0 ? 0 : 1,
          probe: named,
        }));
        const byId = (list: readonly { deliveryId: number | undefined }[]) =>
          list.toSorted((x, y) => (x.deliveryId ?? 0) - (y.deliveryId ?? 0));
        assert.deepEqual(byId(expired), byId(expected));
        const { failed: count, pending } = await store.upkeep.totals();
        assert.deepEqual([count, pending], [3, 1]);
        assert.deepEqual((await store.upkeep.check()).problems, []);
        assert.deepEqual(await expireAll(store, now), []);
        assert.equal((await expireAll(store, now + 1)).length, 1);
      }));

    test("no delivery ends without a recent probe, with a closed breaker, or for another owner", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { first } = await leaseThree(store);
        const now = START + DEADLINE + HOUR;
        await store.queue.release({ deliveries: first.slice(1), dueAt: null });
        assert.deepEqual(await expireAll(store, now), [], "closed");
        await open(store, first[0], START + HOUR, openSince(now - 15 * MINUTE - 1));
        assert.deepEqual(await expireAll(store, now), [], "the probe failed too long ago");
        assert.deepEqual(await expireAll(store, now - 1, { owner: "node-b" }), []);
        assert.equal((await expireAll(store, now - 1)).length, 3);
      }));

    test("the probe is not affected while it is in flight", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { endpointId, engine, first } = await leaseThree(store);
        const now = START + DEADLINE;
        await open(store, first[0], START + HOUR, { ...openSince(now - MINUTE), probeAt: now });
        await store.queue.release({ deliveries: first.slice(1), dueAt: null });
        const [probe] = await claimAll(store, engine.owner, { endpointId, now });
        const ended = (await expireAll(store, now)).map(({ deliveryId }) => deliveryId);
        assert.equal(ended.length, 2);
        assert.ok(!ended.includes(probe?.deliveryId ?? 0));
      }));

    test("parked time does not count, for deliveries with an attempt and without", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpointId, first } = await leaseThree(store);
        await store.queue.release({ deliveries: first.slice(1), dueAt: null });
        const end = START + DEADLINE + 10 * HOUR;
        await open(store, first[0], START + 6 * HOUR, openSince(end - MINUTE));
        const update = { appRef: app.id, ref: endpointId };
        const pause = { status: "paused" } as const;
        await store.endpoints.update({ ...update, change: pause, now: START + HOUR });
        const enable = { status: "enabled" } as const;
        await store.endpoints.update({ ...update, change: enable, now: START + 11 * HOUR });
        assert.deepEqual(await expireAll(store, end - 1), []);
        assert.equal((await expireAll(store, end)).length, 3);
      }));

    test("all deliveries behind one ordering key end with the first one", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, first } = await leaseThree(store);
        await store.queue.release({ deliveries: first.slice(1), dueAt: null });
        const keyed = Array.from({ length: 10 }, () => newEvent({ orderingKey: "k" }));
        const now = START + DEADLINE;
        await open(store, first[0], START + HOUR, openSince(now - MINUTE));
        await mustPublish(store, app.id, keyed);
        const expired = await expireAll(store, now);
        assert.equal(expired.length, 13);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("one round ends retried deliveries of one endpoint and untried ones of another", () =>
      story(harness, { endpoints: [{}, {}] }, async ({ store, app, engine }) => {
        await mustPublish(store, app.id, [newEvent()]);
        const now = START + DEADLINE;
        const breaker = openSince(now - MINUTE);
        const outcomes = engine.leased.map((delivery, i) => {
          return { ...outcome(delivery, retryAt(i === 0 ? START : START + HOUR)), breaker };
        });
        await store.queue.record({ outcomes, now: START });
        const expired = await expireAll(store, now, { limit: 100 });
        assert.equal(expired.length, 2);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));
  });
}
