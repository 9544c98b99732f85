import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { OpenBreaker } from "../../../src/core/delivery/breaker.ts";
import type { LeasedDelivery } from "../../../src/store/queue/leased-delivery.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  claimAll,
  delivered,
  makeApp,
  mustPublish,
  newAttempt,
  newEvent,
  outcome,
  startEngine,
} from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { HOUR, MINUTE } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const OPEN: OpenBreaker = { openedAt: START, probeAt: START + 5000, step: 0, failedAt: START };

export function testBreaker(harness: Harness): void {
  describe("an open breaker", () => {
    test("while a breaker is open nothing is leased; released deliveries keep their due time; one probe is claimed when due", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpointId, engine, first } = await leaseThree(store);
        const [failing, ...rest] = first;
        await open(store, failing);
        assert.equal(await nextDueAt(store), null, "nothing while two of it are leased");
        await store.queue.release({ deliveries: rest, dueAt: null });
        await mustPublish(store, app.id, [newEvent()], { acceptedAt: START + 1 });
        assert.equal(engine.leased.length, 3);
        assert.equal(await nextDueAt(store), OPEN.probeAt);

        const claim = { endpointId, now: OPEN.probeAt - 1 };
        assert.deepEqual(await claimAll(store, engine.owner, claim), []);
        const probes = await claimAll(store, engine.owner, { endpointId, now: OPEN.probeAt });
        assert.deepEqual(probes, [{ ...rest[0], isProbe: true }]);
        assert.equal(await nextDueAt(store), null, "the probe is in flight");
        const later = { endpointId, now: OPEN.probeAt + HOUR };
        assert.deepEqual(await claimAll(store, engine.owner, later), []);
      }));

    test("a failed probe moves to its next slot, and the next probe is another delivery", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { endpointId, engine, first } = await leaseThree(store);
        await open(store, first[0]);
        await store.queue.release({ deliveries: first.slice(1), dueAt: null });
        const [probe] = await claimAll(store, engine.owner, { endpointId, now: OPEN.probeAt });
        const breaker = {
          ...OPEN,
          probeAt: OPEN.probeAt + 15_000,
          step: 1,
          failedAt: OPEN.probeAt,
        };
        const now = OPEN.probeAt;
        const failed = { ...outcome(probe as LeasedDelivery, retryAt(now + MINUTE)), breaker };
        await store.queue.record({ outcomes: [failed], now });
        assert.equal(await nextDueAt(store), breaker.probeAt);
        const [next] = await claimAll(store, engine.owner, { endpointId, now: breaker.probeAt });
        assert.equal(next?.deliveryId, first[2]?.deliveryId);
        assert.equal(next?.slot, 1);
        assert.equal(next?.dueAt, START);
      }));

    test("when a breaker closes all deliveries keep their due times, and the owner is notified", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpointId, engine, first } = await leaseThree(store);
        await open(store, first[0], START + HOUR);
        await store.queue.release({ deliveries: first.slice(1), dueAt: null });
        const [probe] = await claimAll(store, engine.owner, { endpointId, now: OPEN.probeAt });
        engine.due.length = 0;
        const taken = { ...delivered(probe as LeasedDelivery), breaker: null };
        const { due } = await store.queue.record({ outcomes: [taken], now: OPEN.probeAt });
        assert.deepEqual(due, [endpointId]);
        assert.deepEqual(engine.due, [endpointId]);
        const [only, ...others] = await claimAll(store, engine.owner, { endpointId });
        assert.deepEqual([only, others.length], [first[2], 0]);
        assert.equal(await nextDueAt(store), START + HOUR);
        await mustPublish(store, app.id, [newEvent()]);
        assert.equal(engine.leased.length, 4, "accept leases again");
      }));

    test("a breaker and a pause survive a restart and a change of owner", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const { endpointId, first } = await leaseThree(opened.store);
        await open(opened.store, first[0]);
        const until = START + HOUR;
        const paused = {
          ...outcome(first[1] as LeasedDelivery, retryAt(until)),
          pausedUntil: until,
        };
        await opened.store.queue.record({ outcomes: [paused], now: START });
        await opened.reopen();
        const { store } = opened;
        const engine = await startEngine(store);
        await store.shards.recover({ owner: engine.owner });
        assert.equal(await nextDueAt(store), OPEN.probeAt);
        const [sending] = await store.endpoints.forSending({ endpointIds: [endpointId] });
        assert.deepEqual(sending?.breaker, OPEN);
        assert.equal(sending?.pausedUntil, until);
        assert.equal((await store.upkeep.gauges()).openBreakers, 1);
        const probes = await claimAll(store, engine.owner, { endpointId, now: OPEN.probeAt });
        assert.equal(probes.length, 1);
      }));

    test("an outcome of an owner that lost the shard does not change the breaker", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { endpointId, first } = await leaseThree(store);
        await store.shards.release({ owner: "node-a" });
        await startEngine(store, "node-b");
        await open(store, first[0]);
        const [sending] = await store.endpoints.forSending({ endpointIds: [endpointId] });
        assert.equal(sending?.breaker, null);
      }));

    test("while a breaker is open the next attempt is the next probe, and the endpoint shows it", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpointId, first } = await leaseThree(store);
        const ref = { appRef: app.id, ref: endpointId };
        assert.deepEqual(await store.endpoints.outlook(ref), {
          nextAttemptAt: null,
          breaker: null,
        });
        await open(store, first[0], OPEN.probeAt - 1000);
        await store.queue.release({ deliveries: first.slice(1), dueAt: null });
        assert.deepEqual(await store.endpoints.outlook(ref), {
          nextAttemptAt: OPEN.probeAt,
          breaker: { openedAt: OPEN.openedAt, probeAt: OPEN.probeAt },
        });
        const eventId = first[0]?.snapshot.eventId ?? "";
        const window = { after: null, limit: 9, backward: false, ascending: false };
        const listed = await store.history.deliveriesOfEvent({ appRef: app.id, eventId, window });
        assert.equal(listed?.items[0]?.nextAttemptAt, OPEN.probeAt);
        assert.equal(await store.endpoints.outlook({ ...ref, ref: "none" }), null);
      }));

    test("a change of the endpoint or a replay makes the probe due earlier, and enabling closes the breaker", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpointId, engine, first } = await leaseThree(store);
        await open(store, first[0]);
        await store.queue.release({ deliveries: first.slice(1), dueAt: null });
        const [probe] = await claimAll(store, engine.owner, { endpointId, now: OPEN.probeAt });
        const now = OPEN.probeAt;
        const breaker = { ...OPEN, probeAt: now + 10 * MINUTE, step: 5, failedAt: now };
        const failed = { ...outcome(probe as LeasedDelivery, retryAt(now + HOUR)), breaker };
        await store.queue.record({ outcomes: [failed], now });

        const eventId = first[2]?.snapshot.eventId ?? "";
        const replay = { appRef: app.id, endpointRef: endpointId, eventId, now: now + 1000 };
        await store.queue.replay(replay);
        assert.equal(await nextDueAt(store), now + 5000, "not earlier after the last probe");
        const update = { appRef: app.id, ref: endpointId, now: now + MINUTE };
        await store.endpoints.update({ ...update, change: { description: "mended" } });
        assert.equal(await nextDueAt(store), now + 5000);

        await store.endpoints.update({ ...update, change: { status: "disabled" } });
        assert.equal(await nextDueAt(store), null);
        await store.endpoints.update({ ...update, change: { status: "enabled" } });
        const [sending] = await store.endpoints.forSending({ endpointIds: [endpointId] });
        assert.equal(sending?.breaker, null);
        const all = await claimAll(store, engine.owner, { endpointId, now: now + 2 * HOUR });
        assert.equal(all.length, 3);
        assert.ok(all.every(({ isProbe }) => isProbe === undefined));
      }));
  });

  test("when more deliveries are due than fit, a quarter are the oldest and the rest the newest", () =>
    story(harness, { engine: false }, async ({ store, app, endpointId }) => {
      for (let i = 0; i < 20; i++) {
        await mustPublish(store, app.id, [newEvent()], { acceptedAt: START + i });
      }
      const engine = await startEngine(store);
      const now = START + MINUTE;
      const taken = async (room: number) =>
        (await claimAll(store, engine.owner, { endpointId, now, room })).map(
          ({ dueAt }) => dueAt - START,
        );
      assert.deepEqual(await taken(8), [0, 1, 14, 15, 16, 17, 18, 19]);
      assert.deepEqual(await taken(4), [2, 11, 12, 13]);
      assert.deepEqual(await taken(100), [3, 4, 5, 6, 7, 8, 9, 10]);
    }));
}

export function retryAt(dueAt: number) {
  return { state: "pending", slot: 2, dueAt } as const;
}

/** Three deliveries of one endpoint, leased at accept. */
export async function leaseThree(store: Store) {
  const { app, endpoints } = await makeApp(store, {});
  const engine = await startEngine(store);
  await mustPublish(store, app.id, [newEvent(), newEvent(), newEvent()]);
  return {
    app,
    endpointId: endpoints[0]?.endpointId ?? "",
    engine,
    first: [...engine.leased] as const,
  };
}

/** Opens the breaker by the failure of this delivery, which is due again at `dueAt`. */
export async function open(
  store: Store,
  delivery: LeasedDelivery | undefined,
  dueAt = START + MINUTE,
  breaker = OPEN,
): Promise<void> {
  const failed = outcome(delivery as LeasedDelivery, retryAt(dueAt));
  const attempt = newAttempt({ succeeded: false, statusCode: 503 });
  const outcomes = [{ ...failed, attempt, breaker }];
  await store.queue.record({ outcomes, now: breaker.failedAt });
}

async function nextDueAt(store: Store): Promise<number | null> {
  const ask = { owner: "node-a", now: START - 1, limit: 9, except: [] };
  return (await store.queue.dueEndpoints(ask)).nextDueAt;
}
