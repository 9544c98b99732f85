/** Contract: the effect of an endpoint's status on its deliveries, and their counts. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CLEAN_HEALTH } from "../../../src/core/delivery/endpoint-health.ts";
import { type Harness, START } from "./harness.ts";
import { claimDue, finish, HOUR, publishAt, sweepAll } from "./steps.ts";
import { story } from "./story.ts";

export function testEndpointDeliveries(harness: Harness): void {
  describe("deliveries and the status of their endpoint", () => {
    test("pausing parks pending deliveries, enabling makes them due with their parked time added", () =>
      story(harness, { engine: false }, async ({ store, app, endpoints }) => {
        const ref = endpoints[0]?.endpointId ?? "";
        await publishAt(store, app.id, START);
        const update = { appRef: app.id, ref };
        const pause = { status: "paused" as const };
        await store.endpoints.update({ ...update, change: pause, now: START + HOUR });
        assert.deepEqual(await claimDue(store, START + HOUR), []);
        assert.equal((await store.upkeep.totals()).parked, 1);
        assert.equal((await store.upkeep.totals()).pending, 0);
        // Disabling a paused endpoint continues the same parked time.
        const disable = { status: "disabled" as const, disabledReason: "by_user" as const };
        await store.endpoints.update({ ...update, change: disable, now: START + 2 * HOUR });
        assert.deepEqual(await claimDue(store, START + 2 * HOUR), []);
        const enable = { status: "enabled" as const };
        const enabled = await store.endpoints.update({
          ...update,
          change: enable,
          now: START + 4 * HOUR,
        });
        assert.equal(enabled?.disabledReason, null);
        const leased = await claimDue(store, START + 4 * HOUR);
        assert.deepEqual(
          leased.map((delivery) => [delivery.baseAt, delivery.endpointVersion]),
          [[START + 3 * HOUR, 4]],
        );
        assert.equal((await store.upkeep.totals()).parked, 0);
      }));

    test("an event for a paused endpoint waits, and its 72 hours begin when the endpoint is enabled", () =>
      story(
        harness,
        { endpoints: [{ status: "paused" }], engine: false },
        async ({ store, app, endpoints }) => {
          await publishAt(store, app.id, START + HOUR);
          assert.deepEqual(await claimDue(store, START + HOUR), []);
          await store.endpoints.update({
            appRef: app.id,
            ref: endpoints[0]?.endpointId ?? "",
            change: { status: "enabled" },
            now: START + 5 * HOUR,
          });
          const leased = await claimDue(store, START + 5 * HOUR);
          assert.deepEqual(
            leased.map((delivery) => delivery.baseAt),
            [START + 5 * HOUR],
          );
        },
      ));

    test("stats count deliveries by state, within since and until", () =>
      story(harness, { engine: false }, async ({ store, app, endpoints }) => {
        const stats = (since: number | null, until: number | null) =>
          store.endpoints.stats({
            appRef: app.id,
            ref: endpoints[0]?.endpointId ?? "",
            since,
            until,
          });
        const none = { success: 0, pending: 0, sending: 0, retrying: 0, fail: 0, canceled: 0 };
        assert.deepEqual(await stats(null, null), none);
        await publishAt(store, app.id, START);
        await finish(store, await claimDue(store, START), { state: "delivered" }, { at: START });
        await publishAt(store, app.id, START + HOUR);
        const failed = { state: "failed", reason: "exhausted" } as const;
        await finish(store, await claimDue(store, START + HOUR), failed, { at: START + HOUR });
        await publishAt(store, app.id, START + 2 * HOUR);
        assert.equal((await claimDue(store, START + 2 * HOUR)).length, 1);
        await publishAt(store, app.id, START + 3 * HOUR);
        assert.deepEqual(await stats(null, null), {
          ...none,
          success: 1,
          fail: 1,
          sending: 1,
          pending: 1,
        });
        assert.deepEqual(await stats(START + HOUR, START + 3 * HOUR), {
          ...none,
          fail: 1,
          sending: 1,
        });
        assert.equal(
          await store.endpoints.stats({ appRef: app.id, ref: "x", since: null, until: null }),
          null,
        );
      }));

    test("attempts are counted by outcome, within since and until", () =>
      story(harness, { endpoints: [{}, {}], engine: false }, async ({ store, app, endpoints }) => {
        const ref = endpoints[0]?.endpointId ?? "";
        const count = (since: number | null, until: number | null) =>
          store.endpoints.attempts({ appRef: app.id, ref, since, until });
        assert.deepEqual(await count(null, null), { success: 0, fail: 0 });
        await publishAt(store, app.id, START, { onlyEndpointId: ref });
        const retried = { state: "pending", slot: 2, dueAt: START + HOUR } as const;
        await finish(store, await claimDue(store, START), retried, { at: START });
        const again = await claimDue(store, START + HOUR);
        await finish(store, again, { state: "delivered" }, { at: START + HOUR });
        assert.deepEqual(await count(null, null), { success: 1, fail: 1 });
        assert.deepEqual(await count(START + 1, null), { success: 1, fail: 0 });
        assert.deepEqual(await count(null, START + HOUR), { success: 0, fail: 1 });
        const other = { appRef: app.id, ref: endpoints[1]?.endpointId ?? "" };
        const always = { since: null, until: null };
        assert.deepEqual(await store.endpoints.attempts({ ...other, ...always }), {
          success: 0,
          fail: 0,
        });
        assert.equal(await store.endpoints.attempts({ appRef: app.id, ref: "x", ...always }), null);
      }));

    test("the data for sending is returned for any status, with the recorded health", () =>
      story(harness, { endpoints: [{}, {}], engine: false }, async ({ store, app, endpoints }) => {
        const [first, second] = endpoints.map((endpoint) => endpoint.endpointId);
        await publishAt(store, app.id, START, { onlyEndpointId: first ?? "" });
        const [delivery] = await claimDue(store, START);
        const health = { failingSince: START, firstGoneAt: null, warnedAt: null };
        const { deliveryId, endpointId, shard, fence } = delivery ?? assert.fail();
        const next = { state: "pending", slot: 2, dueAt: START + HOUR } as const;
        const outcome = { deliveryId, endpointId, shard, fence, attempt: null, next, health };
        await store.queue.record({ outcomes: [outcome], now: START });
        const forSending = async () =>
          (
            await store.endpoints.forSending({ endpointIds: [second ?? "", "ep_x", first ?? ""] })
          ).map((found) => [found.endpoint.endpointId, found.endpoint.status, found.health]);
        const update = { appRef: app.id, ref: first ?? "", now: START };
        await store.endpoints.update({ ...update, change: { status: "disabled" } });
        assert.deepEqual(await forSending(), [
          [second, "enabled", CLEAN_HEALTH],
          [first, "disabled", health],
        ]);
        // An enabled endpoint begins with clean health.
        await store.endpoints.update({ ...update, change: { status: "enabled" } });
        assert.deepEqual((await forSending())[1], [first, "enabled", CLEAN_HEALTH]);
      }));

    test("a deleted endpoint is no longer found and its pending deliveries are cancelled", () =>
      story(harness, { engine: false }, async ({ store, app, endpoints }) => {
        const ref = endpoints[0]?.endpointId ?? "";
        for (let i = 0; i < 40; i++) await publishAt(store, app.id, START);
        const change = { status: "deleted" as const };
        const deleted = await store.endpoints.update({ appRef: app.id, ref, change, now: START });
        assert.equal(deleted?.status, "deleted");
        assert.equal(await store.endpoints.get({ appRef: app.id, ref }), null);
        assert.deepEqual(await claimDue(store, START), []);
        const before = await store.upkeep.totals();
        assert.deepEqual([before.pending, before.cancelled], [0, 40]);
        await sweepAll(store, START);
        assert.deepEqual(await store.upkeep.totals(), before);
        assert.deepEqual((await store.upkeep.check()).problems, []);
        const [kept] = await store.endpoints.forSending({ endpointIds: [ref] });
        assert.deepEqual(kept?.endpoint.secrets, []);
      }));
  });
}
