import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  claimAll,
  makeApp,
  mustPublish,
  newApp,
  newEvent,
  publish,
  receivedText,
} from "./fixtures.ts";
import type { AcceptedEvent } from "../../../src/store/interface/accept.ts";
import { START } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { APP, EMPTY, story } from "./story.ts";

export function testAccept(harness: Harness): void {
  describe("accepting events", () => {
    test("an accepted event is in the log after the store is closed and opened again", () =>
      story(harness, { engine: false }, async ({ app, opened }) => {
        const event = newEvent({
          payloadText: '{"n":12345678901234567890}',
          tags: ["a"],
          channels: ["b"],
        });
        await mustPublish(opened.store, app.id, [event]);
        await opened.reopen();
        const row = await opened.store.history.getEvent({ appRef: app.id, ref: event.id });
        assert.equal(row?.payloadText, '{"n":12345678901234567890}');
        assert.deepEqual(row?.tags, ["a"]);
        assert.deepEqual(row?.channels, ["b"]);
        assert.equal(row?.acceptedAt, START);
      }));

    test("ids that publishers chose are known after a restart, also behind thousands of others", () =>
      story(harness, APP, async ({ app, opened }) => {
        const batch = 1_000;
        const batches = 9;
        const first = newEvent({ eventId: "e-first" });
        const text = receivedText({ id: "m-first" });
        await mustPublish(opened.store, app.id, [first, text]);
        for (let made = 0; made <= batches; made += batches) {
          await opened.reopen();
          const again = await publish(opened.store, app.id, [newEvent({ eventId: "e-first" })]);
          assert.deepEqual(again.kind === "refused" && again.duplicates, [
            { index: 0, id: first.id },
          ]);
          const canonical = { message: { id: "m-first" } };
          const payloadText = JSON.stringify(canonical);
          const read = newEvent({ type: "message.read", payloadText, canonical });
          await mustPublish(opened.store, app.id, [read]);
          const found = { appRef: app.id, ref: "e-first" };
          assert.equal((await opened.store.history.getEvent(found))?.id, first.id);
          const next = made === 0 ? batches : 0;
          for (let n = 0; n < next; n++) {
            const ids = Array.from({ length: batch }, (_, i) => `e-${i}-${n}`);
            const others = ids.map((eventId) => newEvent({ eventId }));
            await mustPublish(opened.store, app.id, others);
          }
        }
      }));

    test("the result has each event's number of deliveries or the reason for none, also in a repeat", () =>
      story(
        harness,
        { endpoints: [{ eventTypes: ["a.wanted"] }], engine: false },
        async ({ store, app }) => {
          const wanted = newEvent({ type: "a.wanted", eventId: "w" });
          const unwanted = newEvent({ type: "b.unwanted", tags: ["mine"] });
          const idempotencyKey = {
            scope: "s",
            key: "k",
            bodyHash: "h",
            expiresAt: START + 24 * 3_600_000,
          };
          const counted = (events: readonly AcceptedEvent[]) =>
            events.map(({ deliveries, undelivered }) => [deliveries, undelivered]);
          const first = await mustPublish(store, app.id, [wanted, unwanted], { idempotencyKey });
          assert.deepEqual(counted(first.events), [
            [1, null],
            [0, "no_endpoint"],
          ]);
          const repeat = await mustPublish(store, app.id, [wanted, unwanted], { idempotencyKey });
          assert.deepEqual(
            repeat.events.map(({ deliveries }) => deliveries),
            [1, 0],
          );
          const again = newEvent({ type: "a.wanted", eventId: "w" });
          const skipped = await mustPublish(store, app.id, [again], { onDuplicate: "skip" });
          assert.deepEqual(counted(skipped.events), [[0, null]]);
          const row = await store.history.getEvent({ appRef: app.id, ref: unwanted.id });
          assert.deepEqual(row?.tags, ["mine", "hookline:no-endpoint"]);
        },
      ));

    test("an unknown application is refused, or created when the publish contains one", () =>
      story(harness, EMPTY, async ({ store }) => {
        const refused = await publish(store, "nobody", [newEvent()]);
        assert.equal(refused.kind === "refused" && refused.code, "not_found");

        const app = newApp({ uid: "customer-1" });
        const result = await mustPublish(store, "customer-1", [newEvent()], { createApp: app });
        assert.equal(result.appId, app.id);
        const second = newApp({ uid: "customer-1" });
        const again = await mustPublish(store, "customer-1", [newEvent()], { createApp: second });
        assert.equal(again.appId, app.id);
      }));

    test("a refused event refuses its whole publish and stores nothing, not even the application", () =>
      story(harness, EMPTY, async ({ store }) => {
        const unknown = newEvent({
          type: "message.read",
          payloadText: '{"message":{"id":"nobody"}}',
          canonical: { message: { id: "nobody" } },
        });
        const before = receivedText({ id: "m-1" });
        const result = await publish(store, "new", [before, unknown], {
          createApp: newApp({ uid: "new" }),
        });
        assert.ok(result.kind === "refused");
        assert.equal(result.code, "unknown_message");
        assert.equal(result.index, 1);
        assert.deepEqual(result.path, ["payload", "message", "id"]);
        assert.equal(await store.apps.get({ ref: "new" }), null);

        const { app } = await makeApp(store);
        assert.equal((await publish(store, app.id, [before, unknown])).kind, "refused");
        assert.equal(await store.history.getEvent({ appRef: app.id, ref: before.id }), null);
        // The message of the refused publish is still unknown.
        assert.equal((await publish(store, app.id, [unknown])).kind, "refused");
      }));

    test("a refused publish does not affect others of the same commit", () =>
      story(harness, APP, async ({ store, app }) => {
        const first = newEvent({ eventId: "e-1" });
        const twice = [newEvent({ eventId: "e-2" }), newEvent({ eventId: "e-2" })];
        const last = newEvent({ eventId: "e-3" });
        const results = await Promise.all([
          publish(store, app.id, [first]),
          publish(store, app.id, twice),
          publish(store, app.id, [last]),
        ]);
        assert.deepEqual(
          results.map(({ kind }) => kind),
          ["accepted", "refused", "accepted"],
        );
        assert.notEqual(await store.history.getEvent({ appRef: app.id, ref: last.id }), null);
      }));

    test("later events of a batch see the changes by earlier ones", () =>
      story(
        harness,
        { endpoints: [{ eventTypes: ["message.read"] }] },
        async ({ store, app, endpoints, engine }) => {
          const read = newEvent({
            type: "message.read",
            payloadText: '{"message":{"id":"m-1"}}',
            canonical: { message: { id: "m-1" } },
          });
          await mustPublish(store, app.id, [receivedText({ id: "m-1", text: "Hi" }), read]);
          assert.equal(engine.leased.length, 1);
          assert.equal(engine.leased[0]?.endpointId, endpoints[0]?.endpointId);
          assert.equal(engine.leased[0]?.snapshot.message?.text, "Hi");
          assert.notEqual(engine.leased[0]?.snapshot.message?.readAt, null);
        },
      ));

    test("a text from a new number creates one contact event", () =>
      story(
        harness,
        { endpoints: [{ eventTypes: ["contact.created"] }] },
        async ({ store, app, engine }) => {
          await mustPublish(store, app.id, [receivedText({ id: "m-1" })]);
          await mustPublish(store, app.id, [receivedText({ id: "m-2" })]);
          assert.equal(engine.leased.length, 1);
          assert.equal(engine.leased[0]?.snapshot.contact?.number, "+12065550100");
        },
      ));

    test("the snapshot of a delivery leased at accept equals the one of a later claim", () =>
      story(
        harness,
        { endpoints: [{ eventTypes: ["message.received"] }], open: { leaseRoom: { endpoint: 1 } } },
        async ({ store, app, endpointId, engine }) => {
          const event = receivedText(
            { id: "m-1", text: "Ünïcode \u0000 🦊" },
            { orderingKey: null },
          );
          await mustPublish(store, app.id, [event, newEvent()]);
          const [first] = engine.leased;
          assert.ok(first !== undefined);
          assert.equal(typeof first.snapshot.message?.snowflake, "bigint");
          const { deliveryId, shard, fence } = first;
          await store.queue.release({
            deliveries: [{ deliveryId, endpointId, shard, fence }],
            dueAt: START,
          });
          const [again] = await claimAll(store, engine.owner, { endpointId });
          assert.deepEqual(again, first);
        },
      ));

    test("deliveries of one event share one snapshot", () =>
      story(harness, { endpoints: [{}, {}] }, async ({ store, app, engine }) => {
        await mustPublish(store, app.id, [newEvent()]);
        assert.equal(engine.leased.length, 2);
        assert.equal(engine.leased[0]?.snapshot, engine.leased[1]?.snapshot);
      }));

    test("leased deliveries reach the engine before the publish resolves", () =>
      story(harness, async ({ store, app, engine }) => {
        const result = publish(store, app.id, [newEvent()]);
        let seen = -1;
        await result.then(() => (seen = engine.leased.length));
        assert.equal(seen, 1);
      }));

    test("at most leaseRoom deliveries per endpoint are leased, and the others are due", () =>
      story(
        harness,
        { endpoints: [{}, {}], open: { leaseRoom: { endpoint: 3 } } },
        async ({ store, app, endpoints, engine }) => {
          await mustPublish(store, app.id, [
            newEvent(),
            newEvent(),
            newEvent(),
            newEvent(),
            newEvent(),
          ]);
          assert.equal(engine.leased.length, 6);
          assert.deepEqual(
            engine.due.toSorted(),
            endpoints.map(({ endpointId }) => endpointId).toSorted(),
          );
          const due = await store.queue.dueEndpoints({
            owner: "node-a",
            now: START,
            limit: 10,
            except: [],
          });
          assert.equal(due.endpointIds.length, 2);
        },
      ));

    test("a full accept queue refuses with overloaded and stores nothing of the publish", async () => {
      const decide = {
        optOutMatch: "word",
        stopKeywords: [],
        unstopKeywords: [],
        largeTextBytes: 1e6,
      } as const;
      await using opened = await harness.open({
        accept: { decide },
        limits: { eventsWaitingInAll: 10 },
      });
      const { store } = opened;
      const { app } = await makeApp(store);
      const events = Array.from({ length: 8 }, () => newEvent());
      const refused = newEvent();
      const first = publish(store, app.id, events);
      await assert.rejects(publish(store, app.id, [refused, newEvent(), newEvent()]), {
        code: "overloaded",
        retryAfterSeconds: 1,
      });
      assert.equal((await first).kind, "accepted");
      assert.equal(await store.history.getEvent({ appRef: app.id, ref: refused.id }), null);
    });
  });
}
