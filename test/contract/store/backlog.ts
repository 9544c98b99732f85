import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Store } from "../../../src/store/store.ts";
import { open as openBreaker } from "./breaker.ts";
import { claimAll, delivered, makeApp, mustPublish, newEvent, startEngine } from "./fixtures.ts";
import { START } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { EMPTY, story } from "./story.ts";

/**
 * A limit far above the duration of a claim (below one millisecond) and far below that of reading a backlog
 * (hundreds). Only a change of the way it is read can exceed it.
 */
const FLAT_MS = 50;

export function testBacklog(harness: Harness): void {
  describe("a backlog does not slow down other endpoints", () => {
    test("500,000 deliveries behind one dead endpoint", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const { app, endpoints } = await makeApp(
          opened.store,
          { eventTypes: ["dead"] },
          { eventTypes: ["live"] },
        );
        const [dead, live] = endpoints.map(({ endpointId }) => endpointId) as [string, string];
        await opened.seedBacklog({
          endpointId: dead,
          count: 500_000,
          dueAt: START,
          orderingKey: null,
        });
        const { store } = opened;
        const engine = await startEngine(store);
        const recovering = await timed(() => store.shards.recover({ owner: engine.owner }));
        assert.ok(recovering < FLAT_MS * 4, `recover took ${recovering} ms`);

        await assertFlat(store, app.id, { live, owner: engine.owner });
        // The dead endpoint gets one probe at a time, of the oldest delivery.
        const times = await repeat(20, async () => {
          const leased = await claimAll(store, engine.owner, { endpointId: dead, room: 1 });
          assert.equal(leased.length, 1);
          await store.queue.release({ deliveries: leased, dueAt: START });
        });
        assert.ok(median(times) < FLAT_MS, `a claim at the dead endpoint took ${median(times)} ms`);
        // More deliveries are due than fit, so the oldest and the newest ones are read.
        const filling = await repeat(10, async () => {
          const leased = await claimAll(store, engine.owner, { endpointId: dead, room: 16 });
          assert.equal(leased.length, 16);
          await store.queue.release({ deliveries: leased, dueAt: null });
        });
        assert.ok(median(filling) < FLAT_MS, `a claim of 16 took ${median(filling)} ms`);
      }));

    test("500,000 deliveries behind an open breaker", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const types = [{ eventTypes: ["dead"] }, { eventTypes: ["live"] }];
        const { app, endpoints } = await makeApp(opened.store, ...types);
        const [dead, live] = endpoints.map(({ endpointId }) => endpointId) as [string, string];
        const seeded = { endpointId: dead, count: 500_000, orderingKey: null };
        await opened.seedBacklog({ ...seeded, dueAt: START });
        const { store } = opened;
        const engine = await startEngine(store);
        await store.shards.recover({ owner: engine.owner });
        const [failing] = await claimAll(store, engine.owner, { endpointId: dead, room: 1 });
        const opening = await timed(() => openBreaker(store, failing));
        assert.ok(opening < FLAT_MS * 4, `opening took ${opening} ms`);
        await assertFlat(store, app.id, { live, owner: engine.owner });
        const accepting = await repeat(20, async () => {
          await mustPublish(store, app.id, [newEvent({ type: "dead" })]);
        });
        assert.ok(median(accepting) < FLAT_MS, `a publish took ${median(accepting)} ms`);
        const probing = await repeat(20, async () => {
          const claim = { endpointId: dead, now: START + 5000 };
          const leased = await claimAll(store, engine.owner, claim);
          assert.equal(leased.length, 1);
          await store.queue.release({ deliveries: leased, dueAt: null });
        });
        assert.ok(median(probing) < FLAT_MS, `a probe took ${median(probing)} ms`);
        const expiring = await repeat(20, async () => {
          const { expired } = await store.queue.expireBehindBreaker({
            owner: engine.owner,
            now: START + 72 * 3_600_000,
            failedSince: START,
            deadlineMs: 72 * 3_600_000,
            limit: 100,
            after: null,
          });
          assert.ok(expired.length > 90);
        });
        assert.ok(median(expiring) < FLAT_MS, `a slice of the expired took ${median(expiring)} ms`);
      }));

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

    test("100,000 deliveries behind one ordering key", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const { app, endpoints } = await makeApp(
          opened.store,
          { eventTypes: ["slow"] },
          { eventTypes: ["live"] },
        );
        const [slow, live] = endpoints.map(({ endpointId }) => endpointId) as [string, string];
        await opened.seedBacklog({
          endpointId: slow,
          count: 100_000,
          dueAt: START,
          orderingKey: "k",
        });
        const { store } = opened;
        const engine = await startEngine(store);
        await store.shards.recover({ owner: engine.owner });
        await assertFlat(store, app.id, { live, owner: engine.owner });
        const times = await repeat(20, async () => {
          const leased = await claimAll(store, engine.owner, { endpointId: slow });
          assert.equal(leased.length, 1);
          const outcomes = leased.map(delivered);
          const { due } = await store.queue.record({ outcomes, now: START });
          assert.deepEqual(due, [slow]);
        });
        assert.ok(median(times) < FLAT_MS, `a step of the order took ${median(times)} ms`);
      }));
  });
}

/** Times publishing, polling and claiming for a healthy endpoint beside the backlog. */
async function assertFlat(
  store: Store,
  appRef: string,
  p: { live: string; owner: string },
): Promise<void> {
  const publishing = await repeat(20, async () => {
    await mustPublish(store, appRef, [newEvent({ type: "live", deliverAt: START + 1 })]);
  });
  assert.ok(median(publishing) < FLAT_MS, `a publish took ${median(publishing)} ms`);
  const polling = await repeat(20, async () => {
    await store.queue.dueEndpoints({ owner: p.owner, now: START + 1, limit: 10, except: [] });
  });
  assert.ok(median(polling) < FLAT_MS, `dueEndpoints took ${median(polling)} ms`);
  const claiming = await repeat(20, async () => {
    const leased = await claimAll(store, p.owner, { endpointId: p.live, now: START + 1, room: 1 });
    assert.equal(leased.length, 1);
  });
  assert.ok(median(claiming) < FLAT_MS, `a claim took ${median(claiming)} ms`);
}

async function repeat(times: number, work: () => Promise<void>): Promise<number[]> {
  const taken: number[] = [];
  for (let i = 0; i < times; i++) taken.push(await timed(work));
  return taken;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}
