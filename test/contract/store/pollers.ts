/** Contract: pollers of an application, and the cursors of their consumers. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Poller } from "../../../src/store/interface/pollers.ts";
import type { Store } from "../../../src/store/store.ts";
import { findTraces } from "./erasure.ts";
import { makeApp, mustPublish, newEvent } from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { firstPage, idempotencyKey, nextId, sweepAll, DAY } from "./steps.ts";
import { APP, story } from "./story.ts";

const newPoller = (fields: Partial<Poller> = {}) => ({
  id: nextId("poll_"),
  uid: null,
  isEnabled: true,
  eventTypes: null,
  channels: null,
  metadata: {},
  createdAt: START,
  updatedAt: START,
  ...fields,
});

async function makePoller(store: Store, appRef: string, fields: Partial<Poller> = {}) {
  const poller = newPoller(fields);
  const made = await store.pollers.create({ appRef, poller, idempotencyKey: null });
  return made?.value ?? assert.fail("the app is unknown");
}

const A = { cursor: "a", nextCursor: "b", since: null } as const;
const B = { cursor: "b", nextCursor: null, since: START } as const;

export function testPollers(harness: Harness): void {
  describe("a poller", () => {
    test("is found by id and uid, listed, changed and deleted", () =>
      story(harness, APP, async ({ store, app }) => {
        const fields = { uid: "one", eventTypes: ["a.b"], channels: ["x"], metadata: { k: "v" } };
        const made = await makePoller(store, app.id, fields);
        assert.deepEqual(made.eventTypes, ["a.b"]);
        const at = { appRef: app.id };
        for (const ref of [made.id, "one"]) {
          assert.deepEqual(await store.pollers.get({ ...at, ref }), made);
        }
        const second = await makePoller(store, app.id);
        const window = firstPage({ ascending: true, limit: 1 });
        const page = await store.pollers.list({ ...at, ...window });
        assert.deepEqual(page, { items: [made], done: false });
        const rest = await store.pollers.list({ ...at, ...window, after: made.id });
        assert.deepEqual(rest, { items: [second], done: true });
        const change = { uid: "two", isEnabled: false, eventTypes: null };
        const changed = await store.pollers.update({ ...at, ref: "one", change, now: START + 1 });
        assert.deepEqual(changed, { ...made, ...change, updatedAt: START + 1 });
        assert.deepEqual(await store.pollers.get({ ...at, ref: "two" }), changed);
        assert.equal(await store.pollers.get({ ...at, ref: "one" }), null);
        const { app: other } = await makeApp(store);
        assert.equal(await store.pollers.get({ appRef: other.id, ref: made.id }), null);
        assert.equal(await store.pollers.delete({ appRef: other.id, ref: made.id }), false);
        assert.equal(await store.pollers.delete({ ...at, ref: made.id }), true);
        assert.equal(await store.pollers.get({ ...at, ref: made.id }), null);
      }));

    test("begins behind the events that were accepted before it", () =>
      story(harness, APP, async ({ store, app }) => {
        const [before, after] = [newEvent(), newEvent()];
        await mustPublish(store, app.id, [before]);
        const { startCursor } = await makePoller(store, app.id);
        await mustPublish(store, app.id, [after]);
        const read = async (cursor: string | null) =>
          (await store.history.feed({ appRef: app.id, after: cursor, limit: 9 }))?.events.map(
            ({ id }) => id,
          );
        assert.deepEqual(await read(startCursor), [after.id]);
        const oldest = await store.pollers.oldestCursor({ appRef: app.id });
        assert.deepEqual(await read(oldest), [before.id, after.id]);
      }));

    test("has a uid that no other one of its application has", () =>
      story(harness, APP, async ({ store, app }) => {
        const one = await makePoller(store, app.id, { uid: "one" });
        const taken = { code: "conflict" };
        await assert.rejects(makePoller(store, app.id, { uid: "one" }), taken);
        const two = await makePoller(store, app.id, { uid: "two" });
        const update = (ref: string, uid: string | null) =>
          store.pollers.update({ appRef: app.id, ref, change: { uid }, now: START });
        await assert.rejects(update(two.id, "one"), taken);
        await update(one.id, "one");
        await update(one.id, null);
        await update(two.id, "one");
        const { app: other } = await makeApp(store);
        await makePoller(store, other.id, { uid: "one" });
      }));

    test("is created once per Idempotency-Key", () =>
      story(harness, APP, async ({ store, app }) => {
        const create = (poller: ReturnType<typeof newPoller>) =>
          store.pollers.create({ appRef: app.id, poller, idempotencyKey: idempotencyKey("k") });
        const first = await create(newPoller());
        const again = await create(newPoller());
        assert.deepEqual(again, { repeated: true, value: first?.value });
      }));

    test("is one of few that an application may have", () =>
      story(harness, { ...APP, open: { limits: { pollers: 1 } } }, async ({ store, app }) => {
        const made = await makePoller(store, app.id);
        await assert.rejects(
          makePoller(store, app.id),
          /may have 1 destination\. .*destinations\.$/,
        );
        assert.equal((await store.apps.limits({ ref: app.id }))?.used.pollers, 1);
        await store.pollers.delete({ appRef: app.id, ref: made.id });
        await makePoller(store, app.id);
      }));
  });

  describe("a consumer of a poller", () => {
    test("keeps its cursors, which only the caller that has seen them moves", () =>
      story(harness, APP, async ({ opened, app }) => {
        const { id: pollerId } = await makePoller(opened.store, app.id);
        const at = { appRef: app.id, pollerId, consumer: "c" };
        const move = (p: { before?: typeof A | typeof B | null; after: typeof A | typeof B }) =>
          opened.store.pollers.moveConsumer({ ...at, ...p, now: START });
        assert.equal(await opened.store.pollers.consumer(at), null);
        assert.equal(await move({ before: A, after: B }), false);
        assert.equal(await move({ before: null, after: A }), true);
        assert.equal(await move({ before: null, after: B }), false);
        assert.equal(await move({ before: B, after: B }), false);
        await opened.reopen();
        assert.deepEqual(await opened.store.pollers.consumer(at), A);
        assert.equal(await move({ before: A, after: B }), true);
        assert.equal(await move({ before: A, after: A }), false);
        assert.deepEqual(await opened.store.pollers.consumer(at), B);
        assert.equal(await move({ after: A }), true);
        assert.deepEqual(await opened.store.pollers.consumer(at), A);
        assert.equal(await opened.store.pollers.consumer({ ...at, consumer: "d" }), null);
      }));

    test("is moved by one of two polls at the same time", () =>
      story(harness, APP, async ({ store, app }) => {
        const { id: pollerId } = await makePoller(store, app.id);
        const at = { appRef: app.id, pollerId, consumer: "c", now: START };
        const both = await Promise.all([
          store.pollers.moveConsumer({ ...at, before: null, after: A }),
          store.pollers.moveConsumer({ ...at, before: null, after: B }),
        ]);
        assert.equal(both.filter(Boolean).length, 1);
        const kept = both[0] ? A : B;
        assert.deepEqual(await store.pollers.consumer(at), kept);
        const next = await Promise.all(
          [1, 2].map((since) =>
            store.pollers.moveConsumer({ ...at, before: kept, after: { ...A, since } }),
          ),
        );
        assert.equal(next.filter(Boolean).length, 1);
      }));

    test("is one of few that an application may have, and ends with its poller", () =>
      story(
        harness,
        { ...APP, open: { limits: { pollerConsumers: 2 } } },
        async ({ store, app }) => {
          const [one, two] = [await makePoller(store, app.id), await makePoller(store, app.id)];
          const move = (pollerId: string, consumer: string) =>
            store.pollers.moveConsumer({
              appRef: app.id,
              pollerId,
              consumer,
              after: A,
              now: START,
            });
          const used = async () => (await store.apps.limits({ ref: app.id }))?.used.pollerConsumers;
          assert.equal(await move(one.id, "a"), true);
          assert.equal(await move(two.id, "a"), true);
          await assert.rejects(
            move(two.id, "b"),
            /may have 2 consumers together.*poller_consumers\.$/,
          );
          assert.equal(await move(two.id, "a"), true);
          assert.equal(await used(), 2);
          await store.pollers.delete({ appRef: app.id, ref: one.id });
          assert.equal(await used(), 1);
          assert.equal(await move(one.id, "a"), false);
          assert.equal(await move(two.id, "b"), true);
        },
      ));

    test("is erased with its application", () =>
      story(harness, APP, async ({ opened, app }) => {
        const { store } = opened;
        const secret = "poller-of-a-deleted-app";
        const poller = await makePoller(store, app.id, { uid: secret, metadata: { a: secret } });
        const at = { appRef: app.id, pollerId: poller.id, consumer: secret };
        await store.pollers.moveConsumer({ ...at, after: A, now: START });
        await store.apps.delete({ ref: app.id, now: START });
        assert.equal(await store.pollers.get({ appRef: app.id, ref: poller.id }), null);
        await sweepAll(store, START + DAY);
        await store.ping();
        assert.deepEqual(await findTraces(opened, [secret]), []);
      }));
  });

  test("a feed of several channels has the events with one of them", () =>
    story(harness, APP, async ({ store, app }) => {
      const events = [["x"], ["y", "z"], [], ["z"]].map((channels) => newEvent({ channels }));
      await mustPublish(store, app.id, events);
      const read = async (filter: object) =>
        (await store.history.feed({ appRef: app.id, after: null, limit: 9, filter }))?.events.map(
          ({ id }) => events.findIndex((event) => event.id === id),
        );
      assert.deepEqual(await read({ channels: ["x", "y"] }), [0, 1]);
      assert.deepEqual(await read({ channels: ["y", "z"], channel: "y" }), [1]);
      assert.deepEqual(await read({ channels: [] }), []);
    }));
}
