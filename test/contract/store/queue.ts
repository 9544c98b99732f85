import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AppError } from "../../../src/core/error.ts";
import type { RecordedOutcome } from "../../../src/store/interface/queue.ts";
import { claimAll, delivered, mustPublish, newAttempt, newEvent, outcome } from "./fixtures.ts";
import { START } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { story } from "./story.ts";

const HOUR_MS = 3_600_000;

export function testQueue(harness: Harness): void {
  describe("the queue", () => {
    test("without an engine deliveries are due, soonest endpoint first, and claimed oldest first", () =>
      story(
        harness,
        { endpoints: [{ eventTypes: ["a"] }, { eventTypes: ["b"] }], engine: false },
        async ({ store, app, endpoints }) => {
          const [a, b] = endpoints.map(({ endpointId }) => endpointId) as [string, string];
          const events = [
            newEvent({ type: "b" }),
            newEvent({ type: "a" }),
            newEvent({ type: "a" }),
          ];
          await mustPublish(store, app.id, [events[1] as never], { acceptedAt: START + 1 });
          await mustPublish(store, app.id, [events[0] as never], { acceptedAt: START });
          await mustPublish(store, app.id, [events[2] as never], { acceptedAt: START + 2 });
          await store.shards.hold({ owner: "n", atMost: 256, leaseMs: 15_000 });
          const due = await store.queue.dueEndpoints({
            owner: "n",
            now: START + 5,
            limit: 9,
            except: [],
          });
          assert.deepEqual(due, { endpointIds: [b, a], nextDueAt: null });
          const { leased, more } = await store.queue.claim({
            owner: "n",
            now: START + 5,
            endpoints: [{ endpointId: a, room: 1 }],
          });
          assert.deepEqual(
            leased.map(({ snapshot }) => snapshot.eventId),
            [events[1]?.id],
          );
          assert.deepEqual(more, [a]);
          assert.equal(leased[0]?.slot, 1);
          assert.equal(leased[0]?.attempts, 0);
          assert.equal(leased[0]?.baseAt, START + 1);
        },
      ));

    test("a claim carries about 4 MiB for one endpoint, in octets of UTF-8, and reports that more is due", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId }) => {
        const payloadText = `"${"€".repeat(1024 * 1024)}"`;
        for (let i = 0; i < 3; i++) await mustPublish(store, app.id, [newEvent({ payloadText })]);
        await store.shards.hold({ owner: "n", atMost: 256, leaseMs: 15_000 });
        const ask = { owner: "n", now: START, endpoints: [{ endpointId, room: 9 }] };
        const first = await store.queue.claim(ask);
        assert.equal(first.leased.length, 2, "the second payload ends above the limit");
        assert.deepEqual(first.more, [endpointId]);
        const second = await store.queue.claim(ask);
        assert.equal(second.leased.length, 1);
        assert.deepEqual(second.more, []);
      }));

    test("dueEndpoints leaves out the given endpoints, and returns the next due time", () =>
      story(
        harness,
        { endpoints: [{ eventTypes: ["a"] }, { eventTypes: ["b"] }], engine: false },
        async ({ store, app, endpoints }) => {
          const [a, b] = endpoints.map(({ endpointId }) => endpointId) as [string, string];
          await mustPublish(store, app.id, [newEvent({ type: "a" })]);
          const later = START + HOUR_MS;
          await mustPublish(store, app.id, [newEvent({ type: "b", deliverAt: later })]);
          await store.shards.hold({ owner: "n", atMost: 256, leaseMs: 15_000 });
          const ask = { owner: "n", now: START, limit: 9 };
          assert.deepEqual(await store.queue.dueEndpoints({ ...ask, except: [] }), {
            endpointIds: [a],
            nextDueAt: later,
          });
          assert.deepEqual(await store.queue.dueEndpoints({ ...ask, except: [a, b] }), {
            endpointIds: [],
            nextDueAt: null,
          });
        },
      ));

    test("a delivery is not leased before its deliverAt, and its schedule starts there", () =>
      story(harness, async ({ store, app, endpointId, engine }) => {
        await mustPublish(store, app.id, [newEvent({ deliverAt: START + HOUR_MS })]);
        assert.equal(engine.leased.length, 0);
        assert.equal((await claimAll(store, engine.owner, { endpointId })).length, 0);
        const [claimed] = await claimAll(store, engine.owner, { endpointId, now: START + HOUR_MS });
        assert.equal(claimed?.baseAt, START + HOUR_MS);
      }));

    test("a leased delivery is not claimed again", () =>
      story(harness, async ({ store, app, endpointId, engine }) => {
        await mustPublish(store, app.id, [newEvent()]);
        assert.equal(engine.leased.length, 1);
        assert.equal((await claimAll(store, engine.owner, { endpointId })).length, 0);
      }));

    test("a recorded retry is due at its time, with its slot and one attempt more", () =>
      story(harness, async ({ store, app, endpointId, engine }) => {
        await mustPublish(store, app.id, [newEvent()]);
        const [first] = engine.leased;
        assert.ok(first !== undefined);
        const next = { state: "pending", slot: 2, dueAt: START + 5000 } as const;
        await store.queue.record({ outcomes: [outcome(first, next)], now: START + 10 });
        const due = await store.queue.dueEndpoints({
          owner: "node-a",
          now: START,
          limit: 9,
          except: [],
        });
        assert.deepEqual(due, { endpointIds: [], nextDueAt: START + 5000 });
        assert.equal(
          (await claimAll(store, engine.owner, { endpointId, now: START + 4999 })).length,
          0,
        );
        const [again] = await claimAll(store, engine.owner, { endpointId, now: START + 5000 });
        assert.deepEqual(again, { ...first, slot: 2, attempts: 1, dueAt: START + 5000 });
        const attempts = await store.history.attemptsOfEvent({
          appRef: app.id,
          eventId: first.snapshot.eventId,
          endpointRef: null,
          window: { after: null, limit: 10, backward: false, ascending: false },
          filter: {},
        });
        assert.deepEqual(
          attempts?.items.map(({ succeeded }) => succeeded),
          [false],
        );
      }));

    test("an attempt that failed by the server's fault is not counted", () =>
      story(harness, async ({ store, app, endpointId, engine }) => {
        await mustPublish(store, app.id, [newEvent()]);
        const [first] = engine.leased;
        assert.ok(first !== undefined);
        const next = { state: "pending", slot: 1, dueAt: START } as const;
        const ours = { ...outcome(first, next), attempt: null };
        const { due } = await store.queue.record({ outcomes: [ours], now: START });
        assert.deepEqual(due, [endpointId]);
        const [again] = await claimAll(store, engine.owner, { endpointId });
        assert.equal(again?.attempts, 0);
      }));

    test("a finished delivery is gone from the queue, and a second outcome for it is stale", () =>
      story(harness, async ({ store, app, endpointId, engine }) => {
        await mustPublish(store, app.id, [newEvent()]);
        const [first] = engine.leased;
        assert.ok(first !== undefined);
        assert.deepEqual(await store.queue.record({ outcomes: [delivered(first)], now: START }), {
          stale: [],
          due: [],
          suppressed: 0,
        });
        assert.equal((await claimAll(store, engine.owner, { endpointId })).length, 0);
        const { stale } = await store.queue.record({ outcomes: [delivered(first)], now: START });
        assert.deepEqual(stale, [first.deliveryId]);
      }));

    test("an outcome that cannot be written is a bug and not an outage, and the others can be written", () =>
      story(harness, async ({ store, app, engine }) => {
        await mustPublish(store, app.id, [newEvent(), newEvent()]);
        const [bad, good] = engine.leased.map(delivered) as [RecordedOutcome, RecordedOutcome];
        const unwritable = { ...bad, attempt: newAttempt({ at: START + 0.5 }) };
        await assert.rejects(
          store.queue.record({ outcomes: [good, unwritable], now: START }),
          (error: Error) => !(error instanceof AppError) || error.code === "internal",
        );
        const { stale } = await store.queue.record({ outcomes: [good, bad], now: START });
        assert.deepEqual(stale, []);
      }));

    test("released deliveries are due again without an attempt", () =>
      story(harness, async ({ store, app, endpointId, engine }) => {
        await mustPublish(store, app.id, [newEvent()]);
        await store.queue.release({ deliveries: engine.leased, dueAt: START + 100 });
        assert.ok(engine.due.includes(endpointId));
        const [again] = await claimAll(store, engine.owner, { endpointId, now: START + 100 });
        assert.equal(again?.attempts, 0);
        assert.equal(again?.slot, 1);
      }));

    test("a paused endpoint has no work; once enabled it does, with its schedule moved by the pause", () =>
      story(harness, async ({ store, app, endpointId, engine }) => {
        const ref = { appRef: app.id, ref: endpointId };
        await store.endpoints.update({ ...ref, change: { status: "paused" }, now: START });
        await mustPublish(store, app.id, [newEvent()], { acceptedAt: START });
        assert.equal(engine.leased.length, 0);
        assert.equal((await claimAll(store, engine.owner, { endpointId })).length, 0);
        const ask = { owner: "node-a", now: START + HOUR_MS, limit: 9, except: [] };
        assert.deepEqual((await store.queue.dueEndpoints(ask)).endpointIds, []);
        const now = START + HOUR_MS;
        await store.endpoints.update({ ...ref, change: { status: "enabled" }, now });
        assert.deepEqual((await store.queue.dueEndpoints(ask)).endpointIds, [endpointId]);
        const [claimed] = await claimAll(store, engine.owner, { endpointId, now });
        assert.equal(claimed?.baseAt, START + HOUR_MS);
        assert.equal(claimed?.endpointVersion, 3);
      }));

    test("a replay reopens a finished delivery as a manual attempt of the same event", () =>
      story(
        harness,
        { endpoints: [{ uid: "hook" }] },
        async ({ store, app, endpointId, engine }) => {
          await mustPublish(store, app.id, [newEvent()]);
          const [first] = engine.leased;
          assert.ok(first !== undefined);
          await store.queue.record({ outcomes: [delivered(first)], now: START });
          const { eventId } = first.snapshot;
          const now = START + HOUR_MS;
          const replay = { appRef: app.id, eventId, endpointRef: "hook", now };
          assert.deepEqual(await store.queue.replay(replay), { eventId, endpointId });
          const [again] = await claimAll(store, engine.owner, { endpointId, now });
          assert.equal(again?.trigger, "manual");
          assert.deepEqual(again?.snapshot, first.snapshot);
          assert.equal(again?.deliveryId, first.deliveryId);
          assert.equal(again?.baseAt, now);
          assert.equal(await store.queue.replay({ ...replay, eventId: "msg_none" }), null);
          assert.equal(await store.queue.replay({ ...replay, endpointRef: "none" }), null);
        },
      ));

    test("a replay to an endpoint that never had the event creates the delivery", () =>
      story(
        harness,
        { endpoints: [{ eventTypes: ["other"] }] },
        async ({ store, app, endpointId, engine }) => {
          const { events } = await mustPublish(store, app.id, [newEvent()]);
          const eventId = events[0]?.id ?? "";
          await store.queue.replay({
            appRef: app.id,
            eventId,
            endpointRef: endpointId,
            now: START,
          });
          const [made] = await claimAll(store, engine.owner, { endpointId });
          assert.equal(made?.snapshot.eventId, eventId);
        },
      ));
  });
}
