import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  makeApp,
  mustPublish,
  newApp,
  newEndpoint,
  newEvent,
  publish,
  receivedText,
} from "./fixtures.ts";
import { START } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { APP, EMPTY, story } from "./story.ts";

const DAY_MS = 24 * 3_600_000;

export function testIdempotency(harness: Harness): void {
  describe("idempotency", () => {
    const idempotencyKey = {
      scope: "key POST /msg",
      key: "k-1",
      bodyHash: "h-1",
      expiresAt: START + DAY_MS,
    };

    test("an Idempotency-Key used again with the same body returns the first answer", () =>
      story(harness, async ({ store, app, engine }) => {
        const events = [newEvent({ eventId: "a" }), newEvent()];
        const first = await mustPublish(store, app.id, events, { idempotencyKey });
        const repeat = [newEvent({ eventId: "a" }), newEvent()];
        const again = await mustPublish(store, app.id, repeat, {
          idempotencyKey,
          acceptedAt: START + 1000,
        });
        assert.equal(first.repeated, false);
        assert.deepEqual(again, { ...first, repeated: true });
        assert.equal(engine.leased.length, 2);
      }));

    test("an Idempotency-Key used with another body is refused", () =>
      story(harness, APP, async ({ app, opened }) => {
        await mustPublish(opened.store, app.id, [newEvent()], { idempotencyKey });
        const other = await publish(opened.store, app.id, [newEvent()], {
          idempotencyKey: { ...idempotencyKey, bodyHash: "h-2" },
        });
        assert.equal(other.kind === "refused" && other.code, "idempotency_mismatch");
      }));

    test("an Idempotency-Key expires after its time, and belongs to its scope", () =>
      story(harness, APP, async ({ app, opened }) => {
        await mustPublish(opened.store, app.id, [newEvent()], { idempotencyKey });
        const elsewhere = { ...idempotencyKey, scope: "key POST /other", bodyHash: "h-2" };
        const other = await mustPublish(opened.store, app.id, [newEvent()], {
          idempotencyKey: elsewhere,
        });
        assert.equal(other.repeated, false);
        const later = {
          ...idempotencyKey,
          bodyHash: "h-3",
          expiresAt: idempotencyKey.expiresAt + DAY_MS,
        };
        const next = await mustPublish(opened.store, app.id, [newEvent()], {
          idempotencyKey: later,
        });
        assert.equal(next.repeated, false);
      }));

    test("an Idempotency-Key is the same under the id and the uid of an application, and separate in another", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const { store } = opened;
        const app = newApp({ uid: "one" });
        await store.apps.create({ app, idempotencyKey: null });
        const { app: other } = await makeApp(store);
        const keyed = (appRef: string) =>
          mustPublish(store, appRef, [newEvent()], { idempotencyKey });
        const [first, again] = await Promise.all([keyed(app.id), keyed("one")]);
        assert.notEqual(first.repeated, again.repeated);
        assert.equal(first.events[0]?.id, again.events[0]?.id);
        assert.equal((await keyed(other.id)).repeated, false);
        const endpointKey = { ...idempotencyKey, scope: "key POST /endpoint" };
        const created = async (appRef: string) => {
          const endpoint = newEndpoint(app.id);
          return await store.endpoints.create({ appRef, endpoint, idempotencyKey: endpointKey });
        };
        const made = await created("one");
        assert.equal(made?.repeated, false);
        assert.deepEqual(await created(app.id), { ...made, repeated: true });
      }));

    test("a refused publish uses up no Idempotency-Key", () =>
      story(harness, APP, async ({ app, opened }) => {
        const twice = [newEvent({ eventId: "a" }), newEvent({ eventId: "a" })];
        assert.equal(
          (await publish(opened.store, app.id, twice, { idempotencyKey })).kind,
          "refused",
        );
        const result = await mustPublish(opened.store, app.id, [newEvent()], { idempotencyKey });
        assert.equal(result.repeated, false);
      }));

    test("fifty equal requests at once create one event", () =>
      story(harness, async ({ store, app, engine }) => {
        const results = await Promise.all(
          Array.from({ length: 50 }, () =>
            mustPublish(store, app.id, [newEvent()], { idempotencyKey }),
          ),
        );
        assert.equal(results.filter(({ repeated }) => !repeated).length, 1);
        assert.equal(new Set(results.map(({ events }) => events[0]?.id)).size, 1);
        assert.equal(engine.leased.length, 1);
      }));

    test("a repeated eventId is refused with every index and the id of the first event", () =>
      story(harness, APP, async ({ app, opened }) => {
        const first = newEvent({ eventId: "a" });
        await mustPublish(opened.store, app.id, [first]);
        const inBatch = newEvent({ eventId: "b" });
        const batch = [newEvent({ eventId: "a" }), inBatch, newEvent({ eventId: "b" }), newEvent()];
        const refused = await publish(opened.store, app.id, batch);
        assert.ok(refused.kind === "refused");
        assert.equal(refused.code, "conflict");
        assert.deepEqual(refused.duplicates, [
          { index: 0, id: first.id },
          { index: 2, id: inBatch.id },
        ]);
        assert.equal(
          await opened.store.history.getEvent({ appRef: app.id, ref: inBatch.id }),
          null,
        );
      }));

    test("onDuplicate skip returns the first ids and creates no second delivery", () =>
      story(harness, async ({ store, app, engine }) => {
        const first = newEvent({ eventId: "a" });
        const { events: known } = await mustPublish(store, app.id, [first]);
        const inBatch = newEvent({ eventId: "b" });
        const result = await mustPublish(
          store,
          app.id,
          [newEvent({ eventId: "a" }), inBatch, newEvent({ eventId: "b" })],
          { onDuplicate: "skip" },
        );
        assert.deepEqual(
          result.events.map(({ id, duplicate }) => ({ id, duplicate })),
          [
            { id: first.id, duplicate: true },
            { id: inBatch.id, duplicate: false },
            { id: inBatch.id, duplicate: true },
          ],
        );
        assert.equal(result.events[0]?.sequence, known[0]?.sequence);
        assert.equal(result.events[2]?.sequence, result.events[1]?.sequence);
        assert.equal(engine.leased.length, 2);
      }));

    test("two applications may use the same eventId", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const one = await makeApp(opened.store);
        const two = await makeApp(opened.store);
        await mustPublish(opened.store, one.app.id, [newEvent({ eventId: "a" })]);
        await mustPublish(opened.store, two.app.id, [newEvent({ eventId: "a" })]);
      }));

    test("an explicit opt-out replaces the derived one, in either order", () =>
      story(
        harness,
        { endpoints: [{ eventTypes: ["optout.changed"] }] },
        async ({ store, app, engine }) => {
          const explicit = (messageId: string) =>
            newEvent({
              type: "optout.changed",
              payloadText: `{"messageId":"${messageId}"}`,
              canonical: {
                line: "+12065550199",
                contact: "+12065550100",
                optOut: "STOP",
                messageId,
              },
            });
          await mustPublish(store, app.id, [
            receivedText({ id: "m-1", text: "STOP" }),
            explicit("m-1"),
          ]);
          assert.equal(engine.leased.length, 1);
          await mustPublish(store, app.id, [receivedText({ id: "m-2", text: "STOP" })]);
          await mustPublish(store, app.id, [explicit("m-2")]);
          assert.equal(engine.leased.length, 2);
          await mustPublish(store, app.id, [explicit("m-3")]);
          await mustPublish(store, app.id, [receivedText({ id: "m-3", text: "STOP" })]);
          assert.equal(engine.leased.length, 3);
        },
      ));
  });
}
