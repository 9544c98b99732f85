import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { open as openBreaker } from "./breaker.ts";
import { claimAll, delivered, mustPublish, newEvent } from "./fixtures.ts";
import { START } from "./harness.ts";
import type { Harness } from "./harness.ts";
import {
  assertFlat,
  MOST_ROUNDS,
  openBesideBacklog,
  type Beside,
  type BesideBacklog,
} from "./beside-backlog.ts";
import { story } from "./story.ts";

export function testBacklog(harness: Harness): void {
  describe("a backlog does not slow down other endpoints", () => {
    // To write half a million deliveries takes longer than the cases.
    describe("that both cases share", () => {
      let opened: BesideBacklog;
      before(async () => {
        opened = await openBesideBacklog(harness, { count: 500_000, orderingKey: null });
      });
      after(() => opened[Symbol.asyncDispose]());

      test("500,000 deliveries behind one dead endpoint", async () => {
        const { both } = opened;
        await assertFlat("recover", both, 5, ({ store, owner }) => store.shards.recover({ owner }));
        await assertLiveFlat(both);
        // The dead endpoint gets one probe at a time, of the oldest delivery.
        await assertFlat(
          "a claim at the dead endpoint",
          both,
          20,
          async ({ store, owner, dead }) => {
            const leased = await claimAll(store, owner, { endpointId: dead, room: 1 });
            assert.equal(leased.length, 1);
            await store.queue.release({ deliveries: leased, dueAt: START });
          },
        );
        // More deliveries are due than fit, so the oldest and the newest ones are read.
        await assertFlat("a claim of 16", both, 10, async ({ store, owner, dead }) => {
          const leased = await claimAll(store, owner, { endpointId: dead, room: 16 });
          assert.equal(leased.length, 16);
          await store.queue.release({ deliveries: leased, dueAt: null });
        });
      });

      test("500,000 deliveries behind an open breaker", async () => {
        const { both } = opened;
        for (const { store, owner } of both) await store.shards.recover({ owner });
        // The first failure opens the breaker, and each later one is a probe.
        await assertFlat("opening", both, 5, async ({ store, owner, dead }) => {
          const claim = { endpointId: dead, room: 1, now: START + 5000 };
          const [failing] = await claimAll(store, owner, claim);
          await openBreaker(store, failing);
        });
        await assertLiveFlat(both);
        await assertFlat("a publish for the dead endpoint", both, 20, async ({ store, appId }) => {
          await mustPublish(store, appId, [newEvent({ type: "dead" })]);
        });
        await assertFlat("a probe", both, 20, async ({ store, owner, dead }) => {
          const leased = await claimAll(store, owner, { endpointId: dead, now: START + 5000 });
          assert.equal(leased.length, 1);
          await store.queue.release({ deliveries: leased, dueAt: null });
        });
        await assertFlat("a slice of the expired", both, 10, async ({ store, owner }) => {
          const { expired } = await store.queue.expireBehindBreaker({
            owner,
            now: START + 72 * 3_600_000,
            failedSince: START,
            deadlineMs: 72 * 3_600_000,
            limit: 100,
            after: null,
          });
          assert.ok(expired.length > 90);
        });
      });
    });

    test("beyond an endpoint's quota a delivery fails at once, can be replayed, and the quota is freed again", () =>
      story(
        harness,
        { open: { limits: { pendingDeliveries: 2 } } },
        async ({ store, app, endpointId, engine }) => {
          const batch = [newEvent(), newEvent({ orderingKey: "k" }), newEvent(), newEvent()];
          await mustPublish(store, app.id, batch);
          assert.equal(engine.leased.length, 2);
          assert.deepEqual(await store.upkeep.totals(), {
            created: 4,
            delivered: 0,
            pending: 2,
            parked: 0,
            failed: 2,
            cancelled: 0,
            fanningOut: 0,
          });
          const replay = { appRef: app.id, eventId: batch[3]?.id ?? "", endpointRef: endpointId };
          await store.queue.replay({ ...replay, now: START });
          assert.equal((await claimAll(store, engine.owner, { endpointId })).length, 1);
          await store.queue.record({ outcomes: engine.leased.map(delivered), now: START });
          await mustPublish(store, app.id, [newEvent(), newEvent()]);
          assert.equal((await store.upkeep.totals()).failed, 2);
        },
      ));

    test("100,000 deliveries behind one ordering key", async () => {
      await using opened = await openBesideBacklog(harness, { count: 100_000, orderingKey: "k" });
      const { both } = opened;
      for (const { store, owner } of both) await store.shards.recover({ owner });
      await assertLiveFlat(both);
      await assertFlat("a step of the order", both, 20, async ({ store, owner, dead }) => {
        const leased = await claimAll(store, owner, { endpointId: dead });
        assert.equal(leased.length, 1);
        const outcomes = leased.map(delivered);
        const { due } = await store.queue.record({ outcomes, now: START });
        assert.deepEqual(due, [dead]);
      });
    });
  });
}

/** Publishing, polling and claiming for a healthy endpoint beside the backlog. */
async function assertLiveFlat(both: readonly Beside[]): Promise<void> {
  const now = START + 1;
  await assertFlat("a publish", both, 20, async ({ store, appId }) => {
    // One for each claim below.
    const events = Array.from({ length: MOST_ROUNDS }, () =>
      newEvent({ type: "live", deliverAt: now }),
    );
    await mustPublish(store, appId, events);
  });
  await assertFlat("dueEndpoints", both, 20, async ({ store, owner }) => {
    await store.queue.dueEndpoints({ owner, now, limit: 10, except: [] });
  });
  await assertFlat("a claim", both, 20, async ({ store, owner, live }) => {
    const leased = await claimAll(store, owner, { endpointId: live, now, room: 1 });
    assert.equal(leased.length, 1);
  });
}
