/** Contract: a large fan-out beside changes, replays and deletions in its application. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Store } from "../../../src/store/store.ts";
import { mustPublish, newEndpoint } from "./fixtures.ts";
import { claimNumbers, FEW_INLINE, part, runParts, severalEvents } from "./fan-out-steps.ts";
import { START, type Harness } from "./harness.ts";
import { newJob, runJobs, startJob, step } from "./jobs.ts";
import { claimDue, DAY, finish, sweepAll } from "./steps.ts";
import { story } from "./story.ts";

const OPEN = { limits: FEW_INLINE };

/** Created, pending, parked and deliveries not fanned out; the store must be consistent. */
async function counts(store: Store): Promise<readonly number[]> {
  assert.deepEqual((await store.upkeep.check()).problems, []);
  const { created, pending, parked, fanningOut } = await store.upkeep.totals();
  return [created, pending, parked, fanningOut];
}

export function testFanOutsBeside(harness: Harness): void {
  describe("a large fan-out beside other changes", () => {
    test("parts use the present endpoints: deleted, disabled and new ones get nothing", () =>
      story(harness, { endpoints: [{}, {}, {}, {}], open: OPEN }, async (given) => {
        const { store, app } = given;
        const [one, two, three, four] = given.endpoints.map(({ endpointId }) => endpointId);
        await mustPublish(store, app.id, severalEvents(2));
        assert.deepEqual(await counts(store), [8, 0, 0, 8]);
        for (const [ref, status] of [
          [two, "deleted"],
          [three, "disabled"],
          [four, "paused"],
        ] as const) {
          const change = { status };
          await store.endpoints.update({ appRef: app.id, ref: ref ?? "", change, now: START });
        }
        const endpoint = newEndpoint(app.id);
        await store.endpoints.create({ appRef: app.id, endpoint, idempotencyKey: null });
        assert.equal(await runParts(store, 1), 4);
        assert.deepEqual(await counts(store), [4, 2, 2, 0]);
        assert.deepEqual(await claimNumbers(store), [`${one} 1`, `${one} 2`]);
      }));

    test("a filter that was widened meanwhile counts as it is now", () =>
      story(harness, { endpoints: [{}, { eventTypes: ["none"] }], open: OPEN }, async (given) => {
        const { store, app } = given;
        await mustPublish(store, app.id, severalEvents(4));
        assert.deepEqual(await counts(store), [4, 0, 0, 4]);
        const ref = given.endpoints[1]?.endpointId ?? "";
        const change = { eventTypes: null };
        await store.endpoints.update({ appRef: app.id, ref, change, now: START });
        assert.equal(await part(store, 3), 3);
        assert.deepEqual(await counts(store), [5, 3, 0, 2]);
        assert.equal(await runParts(store), 5);
        assert.deepEqual(await counts(store), [8, 8, 0, 0]);
      }));

    test("an event that was sent again before its turn is not delivered twice to that endpoint", () =>
      story(harness, { endpoints: [{}, {}], open: OPEN }, async (given) => {
        const { store, app } = given;
        const [one, two] = given.endpoints.map(({ endpointId }) => endpointId);
        const events = severalEvents(2);
        await mustPublish(store, app.id, events);
        assert.equal(await part(store, 1), 1);
        for (const event of events) {
          const again = { appRef: app.id, eventId: event.id, endpointRef: two ?? "", now: START };
          await store.queue.replay(again);
        }
        assert.deepEqual(await counts(store), [6, 3, 0, 3]);
        assert.equal(await runParts(store), 1);
        assert.deepEqual(await counts(store), [4, 4, 0, 0]);
        const claimed = await claimNumbers(store);
        assert.deepEqual(claimed, [`${one} 1`, `${one} 2`, `${two} 1`, `${two} 2`].sort());
      }));

    test("events without their content, or deleted by retention, get no further deliveries", () =>
      story(harness, { endpoints: [{}, {}], open: OPEN }, async ({ store, app }) => {
        const events = severalEvents(3);
        await mustPublish(store, app.id, events);
        assert.equal(await part(store, 1), 1);
        const eventId = events[1]?.id ?? "";
        await store.history.expungeEvent({ appRef: app.id, eventId, now: START });
        assert.deepEqual(await counts(store), [6, 1, 0, 5]);
        assert.equal(await part(store, 2), 1);
        await sweepAll(store, START + 31 * DAY);
        assert.equal(await runParts(store), 0);
        const { failed } = await store.upkeep.totals();
        assert.equal(failed, 2);
        assert.deepEqual(await counts(store), [2, 0, 0, 0]);
      }));

    test("the deletion of its application ends it", () =>
      story(harness, { endpoints: [{}, {}], open: OPEN }, async ({ store, app }) => {
        await mustPublish(store, app.id, severalEvents(5));
        assert.equal(await part(store, 3), 3);
        await store.apps.delete({ ref: app.id, now: START });
        assert.equal(await runParts(store), 0);
        await sweepAll(store, START);
        const { created, cancelled } = await store.upkeep.totals();
        assert.deepEqual([created, cancelled], [3, 3]);
        assert.deepEqual(await counts(store), [3, 0, 0, 0]);
      }));

    test("a replay of missed events stops below the first event that is not fanned out", () =>
      story(harness, { endpoints: [{ eventTypes: ["none"] }], open: OPEN }, async (given) => {
        const { store, app, endpointId } = given;
        await mustPublish(store, app.id, severalEvents(2));
        const wider = { status: "enabled", eventTypes: null } as const;
        await store.endpoints.update({
          appRef: app.id,
          ref: endpointId,
          change: wider,
          now: START,
        });
        await mustPublish(store, app.id, severalEvents(4));
        const job = newJob("endpoint.replay");
        await startJob(store, { appRef: app.id, endpointRef: endpointId, job });
        assert.equal((await step(store, START)).done, 2);
        assert.equal((await step(store, START + 10)).done, 0);
        const waiting = await store.jobs.get({ appRef: app.id, id: job.id });
        assert.deepEqual([waiting?.state, waiting?.reason], ["running", "fan_out_pending"]);
        assert.equal(await runParts(store), 4);
        assert.equal(await runJobs(store, START + 2000), 0);
        const ended = await store.jobs.get({ appRef: app.id, id: job.id });
        assert.deepEqual([ended?.state, ended?.reason], ["finished", null]);
        assert.deepEqual(await counts(store), [6, 6, 0, 0]);
      }));

    test("an attempt of an early delivery is recorded while later parts are to come", () =>
      story(harness, { endpoints: [{}, {}], open: OPEN }, async ({ store, app }) => {
        await mustPublish(store, app.id, severalEvents(3));
        assert.equal(await part(store, 2), 2);
        await finish(store, await claimDue(store, START), { state: "delivered" }, { at: START });
        assert.deepEqual(await counts(store), [6, 0, 0, 4]);
        assert.equal(await runParts(store), 4);
      }));
  });
}
