import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AppError } from "../../../src/core/error.ts";
import type { FeedPage } from "../../../src/store/interface/history.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, mustPublish, newEvent, receivedText } from "./fixtures.ts";
import { START } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { APP, story } from "./story.ts";

const HOUR_MS = 3_600_000;

export function testFeed(harness: Harness): void {
  describe("the event log", () => {
    test("a reader that polls while accepts overlap misses no event and gets each once, in order", () =>
      story(harness, APP, async ({ store, app }) => {
        const published: Promise<unknown>[] = [];
        const expected = new Set<string>();
        // Large and small accepts overlap: those that begin later often commit first where they can.
        for (let i = 0; i < 60; i++) {
          const size = i % 3 === 0 ? 200 : 1;
          const events = Array.from({ length: size }, () => newEvent());
          for (const { id } of events) expected.add(id);
          published.push(mustPublish(store, app.id, events));
        }
        const accepts = { overlap: true };
        const all = Promise.all(published).then(() => (accepts.overlap = false));
        const reader = createReader(store, app.id);
        while (accepts.overlap) await reader.poll();
        await all;
        await reader.poll();
        assert.equal(reader.ids.length, expected.size);
        assert.deepEqual(new Set(reader.ids), expected);
        assert.deepEqual(
          reader.sequences,
          reader.sequences.toSorted((a, b) => a - b),
        );
      }));

    test("derived events follow their parent in the log, and an application sees only its events", () =>
      story(harness, APP, async ({ store, app }) => {
        const other = await makeApp(store);
        await mustPublish(store, other.app.id, [newEvent()]);
        await mustPublish(store, app.id, [receivedText({ id: "m-1" })]);
        const feed = await store.history.feed({ appRef: app.id, after: null, limit: 10 });
        assert.deepEqual(
          feed?.events.map(({ type }) => type),
          ["message.received", "contact.created"],
        );
        assert.equal(await store.history.feed({ appRef: "nobody", after: null, limit: 10 }), null);
      }));

    test("a cursor shows no position, and one of another application is refused", () =>
      story(harness, APP, async ({ store, app }) => {
        const { app: other } = await makeApp(store);
        await mustPublish(store, app.id, [newEvent()]);
        await mustPublish(store, other.id, [newEvent()]);
        const read = (appRef: string, after: string | null) =>
          store.history.feed({ appRef, after, limit: 10 });
        const page = await read(app.id, null);
        const next = page?.next ?? assert.fail();
        assert.match(next, /^[\w-]{22}$/);
        assert.deepEqual(await read(app.id, next), { events: [], next, done: true });
        await assert.rejects(read(other.id, next), (error: AppError) => {
          assert.equal(error.code, "invalid_field");
          assert.deepEqual(error.problems[0]?.path, ["query", "after"]);
          return true;
        });
      }));

    test("reading begins after an event or at a time, and skips other types", () =>
      story(harness, APP, async ({ store, app }) => {
        const events = ["a.b", "c.d", "a.b", "c.d"].map((type) => newEvent({ type }));
        for (const [index, event] of events.entries()) {
          await mustPublish(store, app.id, [event], { acceptedAt: START + index * HOUR_MS });
        }
        const feed = { appRef: app.id, after: null, limit: 10 };
        const ids = (page: FeedPage | null) =>
          page?.events.map(({ id }) => events.findIndex((e) => e.id === id));
        assert.deepEqual(
          ids(await store.history.feed({ ...feed, after: events[1]?.id ?? "" })),
          [2, 3],
        );
        const since = START + 2 * HOUR_MS;
        assert.deepEqual(ids(await store.history.feed({ ...feed, filter: { since } })), [2, 3]);
        const filter = { eventTypes: ["a.b"] };
        const first = await store.history.feed({ ...feed, limit: 1, filter });
        assert.deepEqual([ids(first), first?.done], [[0], false]);
        const second = await store.history.feed({ ...feed, after: first?.next ?? null, filter });
        assert.deepEqual([ids(second), second?.done], [[2], true]);
        // The position is also past the last event, whose type was not requested.
        assert.deepEqual(
          ids(await store.history.feed({ ...feed, after: second?.next ?? null })),
          [],
        );
        const unknown = { ...feed, after: "msg_zzzzzzzzzzzzzzzzzzzzzzzzzzz" };
        const page = await store.history.feed(unknown);
        assert.deepEqual(page, { events: [], next: second?.next, done: true });
      }));
  });
}

function createReader(store: Store, appRef: string) {
  const ids: string[] = [];
  const sequences: number[] = [];
  let after: string | null = null;
  return {
    ids,
    sequences,
    async poll() {
      for (;;) {
        const page = await store.history.feed({ appRef, after, limit: 100 });
        for (const { id, sequence } of page?.events ?? []) {
          ids.push(id);
          sequences.push(sequence);
        }
        after = page?.next ?? after;
        if (page?.done !== false) return;
      }
    },
  };
}
