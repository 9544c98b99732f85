/** Contract: the sweep. Expired data is deleted oldest first, in slices, and is accounted for. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, mustPublish, newEvent, receivedText } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import {
  claimDue,
  DAY,
  ENDLESS_MS,
  finish,
  firstPage,
  HOUR,
  publishAt,
  sweepAll,
} from "./steps.ts";
import { APP, story } from "./story.ts";

async function eventIds(store: Store, appRef: string): Promise<string[]> {
  const window = firstPage({ limit: 250 });
  const page = await store.history.listEvents({ appRef, window, filter: {} });
  return (page?.items ?? []).map((item) => item.id);
}

export function testRetention(harness: Harness): void {
  describe("the sweep", () => {
    test("events are deleted with all their data after their time, younger ones stay", () =>
      story(harness, { engine: false }, async ({ store, app }) => {
        const old = await publishAt(store, app.id, START);
        await finish(store, await claimDue(store, START), { state: "delivered" }, { at: START });
        const young = await publishAt(store, app.id, START + DAY);
        const later = START + 30 * DAY + 1;
        await sweepAll(store, START + 30 * DAY);
        assert.deepEqual(await eventIds(store, app.id), [young, old]);
        await sweepAll(store, later);
        assert.deepEqual(await eventIds(store, app.id), [young]);
        assert.equal(await store.history.getEvent({ appRef: app.id, ref: old }), null);
        const window = firstPage();
        const attempts = { appRef: app.id, eventId: old, endpointRef: null, window, filter: {} };
        assert.equal(await store.history.attemptsOfEvent(attempts), null);
        const { apps, problems } = await store.upkeep.check();
        assert.deepEqual(problems, []);
        assert.deepEqual([apps[0]?.created, apps[0]?.delivered, apps[0]?.pending], [2, 1, 1]);
      }));

    test("a pending delivery fails when its event is deleted, and the next one of its key continues", () =>
      story(harness, { engine: false }, async ({ store, app }) => {
        await publishAt(store, app.id, START, { orderingKey: "k" });
        const second = await publishAt(store, app.id, START + DAY, { orderingKey: "k" });
        const now = START + 30 * DAY + 1;
        await sweepAll(store, now);
        const totals = await store.upkeep.totals();
        assert.deepEqual([totals.created, totals.failed, totals.pending], [2, 1, 1]);
        const leased = await claimDue(store, now);
        assert.deepEqual(
          leased.map((delivery) => delivery.snapshot.eventId),
          [second],
        );
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("an attempt that ends after its event was deleted is stale and changes nothing", () =>
      story(harness, { engine: false }, async ({ store, app }) => {
        await publishAt(store, app.id, START);
        const leased = await claimDue(store, START);
        await sweepAll(store, START + 31 * DAY);
        const ended = finish(store, leased, { state: "delivered" }, { at: START + 31 * DAY });
        await assert.rejects(ended, /stale/);
        assert.equal((await store.upkeep.totals()).delivered, 0);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("the sequence of the event log continues after all events were deleted", () =>
      story(harness, APP, async ({ store, app }) => {
        await publishAt(store, app.id, START);
        const before = await store.history.feed({ appRef: app.id, after: null, limit: 9 });
        assert.equal(before?.events.length, 1);
        await sweepAll(store, START + 31 * DAY);
        assert.deepEqual(
          (await store.history.feed({ appRef: app.id, after: null, limit: 9 }))?.events,
          [],
        );
        await publishAt(store, app.id, START + 31 * DAY);
        const after = before.next;
        const page = await store.history.feed({ appRef: app.id, after, limit: 9 });
        assert.equal(page?.events.length, 1);
      }));

    test("a message is deleted with the event that created it", () =>
      story(harness, APP, async ({ store, app }) => {
        await publishAt(store, app.id, START, receivedText({ id: "m1" }));
        const read = {
          type: "message.read",
          payloadText: '{"message":{"id":"m1"}}',
          canonical: { message: { id: "m1" } },
        };
        await publishAt(store, app.id, START + HOUR, read);
        // The instant is within the dedupe window, which therefore cannot be the cause of the deletion.
        await sweepAll(store, START + HOUR + 1, { retentionMs: HOUR });
        await assert.rejects(publishAt(store, app.id, START + HOUR, read), /unknown_message/);
      }));

    test("content with a shorter retention is blanked first, and its event stays", () =>
      story(harness, APP, async ({ store, app }) => {
        const brief = await publishAt(store, app.id, START, { retentionMs: HOUR });
        const other = await publishAt(store, app.id, START);
        const contents = async () =>
          await Promise.all(
            [brief, other].map(async (ref) => {
              const event = await store.history.getEvent({ appRef: app.id, ref });
              return event?.payloadText;
            }),
          );
        await sweepAll(store, START + HOUR - 1);
        assert.deepEqual(await contents(), ['{"amount":1}', '{"amount":1}']);
        await sweepAll(store, START + HOUR);
        assert.deepEqual(await contents(), [null, '{"amount":1}']);
      }));

    test("an eventId is new again once its window has passed, and not before", () =>
      story(harness, APP, async ({ store, app }) => {
        await publishAt(store, app.id, START, { eventId: "e1" });
        for (let now = START; now <= START + 2 * DAY; now += 6 * HOUR) await sweepAll(store, now);
        await assert.rejects(publishAt(store, app.id, START, { eventId: "e1" }), /conflict/);
        for (let now = START; now <= START + 6 * DAY; now += 6 * HOUR) await sweepAll(store, now);
        await publishAt(store, app.id, START, { eventId: "e1" });
      }));

    test("slices stay short while a backlog is deleted, and publishing continues between them", () =>
      story(harness, { engine: false }, async ({ app, endpointId, opened }) => {
        const count = 1_000;
        await opened.seedBacklog({ endpointId, count, dueAt: START, orderingKey: null });
        const { store } = opened;
        const now = START + 31 * DAY;
        const kept = { retentionMs: 30 * DAY, dedupeWindowMs: 2 * DAY };
        const ended = new Set<number>();
        let published = 0;
        for (let isBusy = true; isBusy; published++) {
          assert.ok(published < 500, "the sweep does not end");
          const { failed } = await store.upkeep.totals();
          ended.add(failed);
          // A slice without time ends after the first rows.
          const sliceMs = ended.size < 6 ? 0 : ENDLESS_MS;
          const [{ busy }] = await Promise.all([
            store.upkeep.sweep({ ...kept, now, sliceMs }),
            publishAt(store, app.id, now),
          ]);
          isBusy = busy;
        }
        assert.ok(ended.size >= 6, "all went in one slice");
        const { apps, problems } = await store.upkeep.check();
        assert.deepEqual(problems, []);
        assert.equal(apps[0]?.failed, count);
        assert.equal(apps[0]?.created, count + published);
      }));

    test("a delivery that ends while it is leased frees its place for the next lease", () =>
      story(
        harness,
        { endpoints: null, open: { leaseRoom: { endpoint: 1 } } },
        async ({ store, engine }) => {
          const { app } = await makeApp(store, {});
          const ended = await publishAt(store, app.id, START);
          await publishAt(store, app.id, START);
          assert.equal(engine.leased.length, 1);
          await store.history.expungeEvent({ appRef: app.id, eventId: ended, now: START });
          await publishAt(store, app.id, START);
          assert.equal(engine.leased.length, 2);
        },
      ));

    test("a sweep of a store with nothing to do says so", () =>
      story(harness, { engine: false }, async ({ store, app }) => {
        await mustPublish(store, app.id, [newEvent()]);
        // A slow machine would end a short slice early.
        assert.equal(await sweepAll(store, START, { sliceMs: 60_000 }), 1);
      }));
  });
}
