/** Contract: created = delivered + pending + parked + failed + cancelled + not yet fanned out, at all times (I12). */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fc } from "../../harness/property.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeApp } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { claimDue, DAY, finish, HOUR, OWNER, publishAt, sweepAll } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const DELIVERED = { state: "delivered" } as const;
const FAILED = { state: "failed", reason: "exhausted" } as const;

/** Changes of deliveries, in any order. */
const STEPS = [
  "publish",
  "publish in order",
  "deliver",
  "fail",
  "retry",
  "give back",
  "replay",
  "pause",
  "enable",
  "delete endpoint",
  "expunge",
  "delete app",
  "sweep",
  "wait",
] as const;
type Step = { readonly kind: (typeof STEPS)[number]; readonly which: number };

export function testAccounting(harness: Harness): void {
  describe("accounting", () => {
    test("the totals follow a delivery through its states", () =>
      story(harness, { engine: false }, async ({ store, app, endpoints }) => {
        const ref = endpoints[0]?.endpointId ?? "";
        const none = {
          created: 0,
          delivered: 0,
          pending: 0,
          parked: 0,
          failed: 0,
          cancelled: 0,
          fanningOut: 0,
        };
        assert.deepEqual(await store.upkeep.totals(), none);
        const eventId = await publishAt(store, app.id, START);
        assert.deepEqual(await store.upkeep.totals(), { ...none, created: 1, pending: 1 });
        await finish(store, await claimDue(store, START), FAILED, { at: START });
        assert.deepEqual(await store.upkeep.totals(), { ...none, created: 1, failed: 1 });
        const replay = { appRef: app.id, eventId, endpointRef: ref, now: START };
        await store.queue.replay(replay);
        assert.deepEqual(await store.upkeep.totals(), { ...none, created: 1, pending: 1 });
        const update = { appRef: app.id, ref, now: START };
        await store.endpoints.update({ ...update, change: { status: "disabled" } });
        assert.deepEqual(await store.upkeep.totals(), { ...none, created: 1, parked: 1 });
        assert.equal((await store.upkeep.gauges()).pending, 1);
        await store.endpoints.update({ ...update, change: { status: "deleted" } });
        assert.deepEqual(await store.upkeep.totals(), { ...none, created: 1, cancelled: 1 });
        assert.equal((await store.upkeep.gauges()).pending, 0);
        assert.ok((await store.upkeep.gauges()).storeBytes > 4_096);
        const accounting = { ...none, created: 1, cancelled: 1, appId: app.id };
        assert.deepEqual(await store.upkeep.check(), { apps: [accounting], problems: [] });
      }));

    test("folding the tallies changes no number", () =>
      story(harness, { engine: false }, async ({ store, app }) => {
        for (let i = 0; i < 150; i++) await publishAt(store, app.id, START);
        const before = await store.upkeep.totals();
        await sweepAll(store, START);
        assert.deepEqual(await store.upkeep.totals(), before);
        await publishAt(store, app.id, START);
        assert.equal((await store.upkeep.totals()).created, 151);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("a recount agrees with the tallies after any sequence of changes", async () => {
      const step = fc.record({ kind: fc.constantFrom(...STEPS), which: fc.nat(7) });
      const plays = fc.array(step, { minLength: 20, maxLength: 60, size: "max" });
      await fc.assert(
        fc.asyncProperty(plays, (steps) =>
          story(harness, EMPTY, async ({ store }) => {
            await play(store, steps);
            const { apps, problems } = await store.upkeep.check();
            assert.deepEqual(problems, []);
            for (const app of apps) {
              const { created, delivered, pending, parked, failed, cancelled, fanningOut } = app;
              const ended = delivered + failed + cancelled;
              assert.equal(created, ended + pending + parked + fanningOut);
              assert.ok(Math.min(delivered, pending, parked, failed, cancelled) >= 0);
            }
          }),
        ),
        { numRuns: 8 },
      );
    });
  });
}

async function play(store: Store, steps: readonly Step[]): Promise<void> {
  const { app, endpoints } = await makeApp(store, {}, {}, {});
  const { app: doomed } = await makeApp(store, {});
  const refs = endpoints.map((endpoint) => endpoint.endpointId);
  const events: string[] = [];
  let now = START;
  for (const { kind, which } of steps) {
    const ref = refs[which % refs.length] ?? "";
    const eventId = events[which % Math.max(1, events.length)] ?? "";
    if (kind === "publish") {
      events.push(await publishAt(store, app.id, now));
      await publishAt(store, doomed.id, now).catch(() => undefined);
    }
    if (kind === "publish in order") {
      events.push(await publishAt(store, app.id, now, { orderingKey: `k${which % 2}` }));
    }
    if (kind === "deliver")
      await finish(store, await claimSome(store, now, which), DELIVERED, { at: now });
    if (kind === "fail")
      await finish(store, await claimSome(store, now, which), FAILED, { at: now });
    if (kind === "retry") {
      const next = { state: "pending", slot: 2, dueAt: now + HOUR } as const;
      await finish(store, await claimSome(store, now, which), next, { at: now });
    }
    if (kind === "give back") {
      const deliveries = await claimDue(store, now);
      await store.queue.release({ deliveries, dueAt: now });
    }
    if (kind === "replay") {
      await store.queue.replay({ appRef: app.id, eventId, endpointRef: ref, now });
    }
    if (kind === "pause" || kind === "enable" || kind === "delete endpoint") {
      const status = (
        { pause: "paused", enable: "enabled", "delete endpoint": "deleted" } as const
      )[kind];
      await store.endpoints.update({ appRef: app.id, ref, change: { status }, now });
    }
    if (kind === "expunge") await store.history.expungeEvent({ appRef: app.id, eventId, now });
    if (kind === "delete app") await store.apps.delete({ ref: doomed.id, now });
    if (kind === "sweep") await sweepAll(store, now, { retentionMs: 4 * DAY });
    if (kind === "wait") now += which * DAY;
  }
}

/** Leases all due deliveries, and releases those that are not wanted. */
async function claimSome(store: Store, now: number, count: number) {
  const leased = await claimDue(store, now);
  await store.queue.release({ deliveries: leased.slice(count), dueAt: now });
  assert.ok((await store.shards.owners()).every(({ owner }) => owner === OWNER));
  return leased.slice(0, count);
}
