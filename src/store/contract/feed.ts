import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Store } from "../store.ts";
import { makeApp, mustPublish, newEvent, receivedText } from "./fixtures.ts";
import type { Harness } from "./harness.ts";

export function testFeed(harness: Harness): void {
  describe("the feed", () => {
    test("a reader that polls while accepts overlap misses none and sees each once, in order", async () => {
      await using opened = await harness.open();
      const { store } = opened;
      const { app } = await makeApp(store);
      const published: Promise<unknown>[] = [];
      const expected = new Set<string>();
      // Large and small accepts overlap: the ones begun later often commit first where they can.
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
    });

    test("derived events are in the feed after their parent, and apps see only their own", async () => {
      await using opened = await harness.open();
      const { store } = opened;
      const { app } = await makeApp(store);
      const other = await makeApp(store);
      await mustPublish(store, other.app.id, [newEvent()]);
      await mustPublish(store, app.id, [receivedText({ id: "m-1" })]);
      const feed = await store.history.feed({ appRef: app.id, after: 0, limit: 10 });
      assert.deepEqual(
        feed?.map(({ type }) => type),
        ["message.received", "contact.created"],
      );
      assert.equal(await store.history.feed({ appRef: "nobody", after: 0, limit: 10 }), null);
    });
  });
}

function createReader(store: Store, appRef: string) {
  const ids: string[] = [];
  const sequences: number[] = [];
  return {
    ids,
    sequences,
    async poll() {
      for (;;) {
        const after = sequences.at(-1) ?? 0;
        const page = (await store.history.feed({ appRef, after, limit: 100 })) ?? [];
        for (const { id, sequence } of page) {
          ids.push(id);
          sequences.push(sequence);
        }
        if (page.length === 0) return;
      }
    },
  };
}
