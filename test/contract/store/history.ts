/** Contract: history in pages, filtered, both ways; expunged content. The event log has a separate file. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EventFilter } from "../../../src/store/interface/history.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, receivedText } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { story } from "./story.ts";
import { claimDue, firstPage, HOUR, publishAt } from "./steps.ts";

/** Positions of the listed ids in the order of creation, and whether the list is complete. */
function positions(
  ids: readonly string[],
  page: { items: readonly { id: string }[]; done: boolean } | null,
) {
  return [...(page?.items ?? []).map((item) => ids.indexOf(item.id)), page?.done];
}

async function fiveEvents(store: Store, appRef: string): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    ids.push(
      await publishAt(store, appRef, START + i * HOUR, {
        type: i % 2 === 0 ? "invoice.paid" : "invoice.due",
        channels: i === 1 ? ["eu"] : [],
        tags: i > 2 ? ["vip"] : [],
      }),
    );
  }
  return ids;
}

export function testHistory(harness: Harness): void {
  describe("history of events", () => {
    test("an event is read as it was published, by its id or the publisher's", () =>
      story(harness, { engine: false }, async ({ store, app }) => {
        const { app: other } = await makeApp(store);
        const id = await publishAt(store, app.id, START, {
          eventId: "inv-1",
          payloadText: '{"amount": 12345678901234567890}',
          channels: ["eu"],
          tags: ["vip"],
          orderingKey: "inv",
          deliverAt: START + HOUR,
        });
        const event = await store.history.getEvent({ appRef: app.id, ref: "inv-1" });
        assert.deepEqual(event, {
          id,
          sequence: event?.sequence,
          eventId: "inv-1",
          type: "invoice.paid",
          payloadText: '{"amount": 12345678901234567890}',
          contentType: "application/json",
          channels: ["eu"],
          tags: ["vip"],
          orderingKey: "inv",
          deliverAt: START + HOUR,
          acceptedAt: START,
        });
        assert.deepEqual(await store.history.getEvent({ appRef: app.id, ref: id }), event);
        assert.equal(await store.history.getEvent({ appRef: other.id, ref: id }), null);
        assert.equal(await store.history.getEvent({ appRef: other.id, ref: "inv-1" }), null);
      }));

    test("events are listed newest first, in pages both ways", () =>
      story(harness, { endpoints: [], engine: false }, async ({ store, app }) => {
        await publishAt(store, (await makeApp(store)).app.id, START);
        const ids = await fiveEvents(store, app.id);
        const list = async (more: object) => {
          const window = firstPage({ limit: 2, ...more });
          return positions(
            ids,
            await store.history.listEvents({ appRef: app.id, window, filter: {} }),
          );
        };
        assert.deepEqual(await list({}), [4, 3, false]);
        assert.deepEqual(await list({ after: ids[3] }), [2, 1, false]);
        assert.deepEqual(await list({ after: ids[1] }), [0, true]);
        assert.deepEqual(await list({ after: ids[0], backward: true }), [2, 1, false]);
        assert.deepEqual(await list({ after: ids[2], backward: true }), [4, 3, true]);
        assert.deepEqual(await list({ ascending: true }), [0, 1, false]);
        assert.deepEqual(await list({ after: ids[4], ascending: true, backward: true }), [
          2,
          3,
          false,
        ]);
        const unknown = { appRef: "x", window: firstPage(), filter: {} };
        assert.equal(await store.history.listEvents(unknown), null);
      }));

    test("events are filtered by type, channel, tag and time", () =>
      story(harness, { endpoints: [], engine: false }, async ({ store, app }) => {
        const ids = await fiveEvents(store, app.id);
        const list = async (filter: EventFilter, more: object = {}) =>
          positions(
            ids,
            await store.history.listEvents({ appRef: app.id, window: firstPage(more), filter }),
          );
        assert.deepEqual(await list({ eventTypes: ["invoice.due"] }), [3, 1, true]);
        assert.deepEqual(await list({ channel: "eu" }), [1, true]);
        assert.deepEqual(await list({ tag: "vip" }), [4, 3, true]);
        assert.deepEqual(await list({ tag: "vip" }, { limit: 1 }), [4, false]);
        assert.deepEqual(await list({ since: START + HOUR, until: START + 3 * HOUR }), [
          2,
          1,
          true,
        ]);
        assert.deepEqual(await list({ until: START }), [true]);
        assert.deepEqual(await list({ since: START + 4 * HOUR + 1 }), [true]);
      }));

    test("a filter with few matches reads a long list in bounded steps", () =>
      story(harness, { engine: false }, async ({ app, endpointId, opened }) => {
        await opened.seedBacklog({ endpointId, count: 45_000, dueAt: START, orderingKey: null });
        const { store } = opened;
        const rare = await publishAt(store, app.id, START, { tags: ["rare"] });
        const found: string[] = [];
        let pages = 0;
        let window = firstPage({ ascending: true });
        for (;;) {
          const filter = { tag: "rare" };
          const page = await store.history.listEvents({ appRef: app.id, window, filter });
          found.push(...(page?.items ?? []).map((item) => item.id));
          pages += 1;
          if (page === null || page.done) break;
          const after = page.next ?? assert.fail("the page has no position to continue from");
          window = firstPage({ ascending: true, after });
        }
        assert.deepEqual(found, [rare]);
        assert.ok(pages > 1, "one call read all rows");
      }));

    test("a page has at most a few megabytes of payload, and the next one continues", () =>
      story(harness, { endpoints: [], engine: false }, async ({ store, app }) => {
        const payloadText = JSON.stringify({ text: "x".repeat(1_000_000) });
        const ids: string[] = [];
        for (let i = 0; i < 10; i++)
          ids.push(await publishAt(store, app.id, START, { payloadText }));
        const list = async (more: object) => {
          const window = firstPage(more);
          return await store.history.listEvents({ appRef: app.id, window, filter: {} });
        };
        const first = await list({});
        assert.equal(first?.done, false);
        const last = first?.items.at(-1)?.id ?? assert.fail();
        const second = await list({ after: last });
        const listed = [...(first?.items ?? []), ...(second?.items ?? [])].map((item) => item.id);
        assert.deepEqual(listed, ids.toReversed());
        const back = await list({ after: ids[0] ?? "", backward: true });
        assert.equal(back?.done, false);
        assert.equal(back?.items.at(-1)?.id, ids[1]);
      }));

    test("the payload of a page is counted in octets of UTF-8", () =>
      story(harness, { endpoints: [], engine: false }, async ({ store, app }) => {
        const payloadText = JSON.stringify({ text: "日".repeat(1_000_000) });
        for (let i = 0; i < 3; i++) await publishAt(store, app.id, START, { payloadText });
        const window = firstPage();
        const page = await store.history.listEvents({ appRef: app.id, window, filter: {} });
        assert.deepEqual([page?.items.length, page?.done], [2, false]);
      }));

    test("expunging removes the content, keeps the event, and fails its pending deliveries", () =>
      story(harness, { engine: false }, async ({ store, app }) => {
        const text = receivedText({ id: "m1", text: "secret" });
        const eventId = await publishAt(store, app.id, START, { ...text, eventId: "e1" });
        const expunge = { appRef: app.id, eventId, now: START };
        assert.equal(await store.history.expungeEvent(expunge), true);
        const event = await store.history.getEvent({ appRef: app.id, ref: "e1" });
        assert.deepEqual([event?.id, event?.payloadText], [eventId, null]);
        assert.equal(await store.history.expungeEvent({ ...expunge, eventId: "msg_x" }), false);
        // The derived contact.created is a separate event, whose delivery is still pending.
        const leased = await claimDue(store, START);
        assert.deepEqual(
          leased.map((delivery) => delivery.snapshot.type),
          ["contact.created"],
        );
        const [delivery] =
          (await store.history.deliveriesOfEvent({ ...expunge, window: firstPage() }))?.items ?? [];
        assert.equal(delivery?.status, "failed");
        // A later report on the message no longer has the text.
        const progress = {
          type: "message.read",
          payloadText: '{"message":{"id":"m1"}}',
          canonical: { message: { id: "m1" } },
        };
        await publishAt(store, app.id, START + 1, progress);
        const [read] = await claimDue(store, START + 1);
        assert.equal(read?.snapshot.message?.text, "");
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));
  });
}
