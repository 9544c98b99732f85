/** Contract: one text finds everything that it may be, in one application or over all. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, mustPublish, newApp, newEvent, receivedText } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { DAY, publishAt } from "./steps.ts";
import { APP, EMPTY, story } from "./story.ts";

const LINE = "+12065550199";
const [ADA, BOB] = ["+12065550101", "+12065550102"] as const;

async function findInApp(store: Store, appRef: string, query: string): Promise<string[]> {
  const found = await store.search.inApp({ appRef, query });
  return (found ?? assert.fail()).hits.map(({ kind, label }) => `${kind} ${label}`);
}

async function findEverywhere(store: Store, query: string): Promise<string[]> {
  const { hits } = await store.search.everywhere({ query });
  return hits.map(({ kind, id, appId }) => `${kind} ${id} ${appId}`);
}

export function testSearchHits(harness: Harness): void {
  describe("hits of a search", () => {
    test("are the texts of a number, and those that any id of a text names", () =>
      story(harness, APP, async ({ store, app }) => {
        const one = receivedText(
          { id: "m-1", from: ADA, to: LINE, text: "Your table" },
          { eventId: "e-1" },
        );
        const id = await publishAt(store, app.id, START, one);
        await publishAt(store, app.id, START + 1, receivedText({ id: "m-2", from: BOB, to: LINE }));
        const read = newEvent({ type: "message.read", canonical: { message: { id: "m-1" } } });
        await publishAt(store, app.id, START + 2, read);
        const text = `text ${ADA} → ${LINE}`;
        const made = "event contact.created";
        assert.deepEqual(await findInApp(store, app.id, ADA), [`contact ${ADA}`, text, made]);
        assert.deepEqual(await findInApp(store, app.id, "(206) 555-0101"), [`contact ${ADA}`]);
        assert.deepEqual(await findInApp(store, app.id, "0102"), [`contact ${BOB}`]);
        for (const isMasked of [true, false]) {
          const step = { appRef: app.id, query: "550102", isMasked };
          assert.equal((await store.search.inApp(step))?.hits.length, isMasked ? 0 : 1);
        }
        assert.deepEqual(await findInApp(store, app.id, "m-1"), [text]);
        const message = (await store.history.feed({ appRef: app.id, after: null, limit: 1 }))
          ?.events[0];
        assert.equal(message?.id, id);
        const { hits } =
          (await store.search.inApp({ appRef: app.id, query: "m-1" })) ?? assert.fail();
        const [hit] = hits;
        assert.equal(hit?.text, "Your table");
        const found = await store.messages.get({ appRef: app.id, snowflake: BigInt(hit?.id ?? 0) });
        const { handle, ksuid } = found?.message ?? assert.fail();
        for (const ref of [hit?.id ?? "", handle.toUpperCase(), ksuid, `sms_${ksuid}`]) {
          assert.deepEqual(await findInApp(store, app.id, ref), [text], ref);
        }
        for (const ref of [id, "e-1"]) {
          const event = "event message.received";
          const expected = ref === id ? [event] : [text, event];
          assert.deepEqual(await findInApp(store, app.id, ref), expected, ref);
        }
        assert.deepEqual(await findInApp(store, app.id, '"YOUR TAB"'), [text]);
        assert.deepEqual(await findInApp(store, app.id, "nothing"), []);
        assert.equal(await store.search.inApp({ appRef: "app_unknown", query: ADA }), null);
        assert.deepEqual(await findEverywhere(store, hit?.id ?? ""), [`text ${hit?.id} ${app.id}`]);
        assert.deepEqual(await findEverywhere(store, id), [`event ${id} ${app.id}`]);
      }));

    test("are those of every day, in the index and before it, in their application only", () =>
      story(harness, APP, async ({ opened, store, app }) => {
        const { app: other } = await makeApp(store);
        const days = [0, 1, 2, 3, 4];
        for (const day of days) {
          if (day === 3) await opened.sealAll();
          const at = START + day * DAY;
          const text = (id: string, from: string) => receivedText({ id, from, to: LINE });
          await publishAt(store, app.id, at, text(`m-${day}`, ADA));
          await publishAt(store, app.id, at, text(`b-${day}`, BOB));
          await publishAt(store, other.id, at, text(`o-${day}`, ADA));
        }
        const findInstants = async (query: string) => {
          const { hits } = (await store.search.inApp({ appRef: app.id, query })) ?? assert.fail();
          return hits.filter(({ kind }) => kind === "text").map(({ at }) => at);
        };
        const newestFirst = days.toReversed().map((day) => START + day * DAY);
        assert.deepEqual(await findInstants(ADA), newestFirst);
        for (const day of days)
          assert.deepEqual(await findInstants(`m-${day}`), [START + day * DAY]);
        assert.deepEqual(await findInstants("o-1"), []);
        assert.deepEqual(await findInstants("o-4"), []);
        await store.apps.delete({ ref: app.id, now: START });
        assert.equal(await store.search.inApp({ appRef: app.id, query: ADA }), null);
      }));

    test("are not events whose content is deleted, in the index and before it", () =>
      story(harness, APP, async ({ opened, store, app }) => {
        const publish = async (id: string) =>
          await publishAt(store, app.id, START, receivedText({ id, from: ADA, to: LINE }));
        const text = `text ${ADA} → ${LINE}`;
        const expectGone = async (eventId: string, query: string) => {
          assert.deepEqual(await findInApp(store, app.id, query), [text]);
          await store.history.expungeEvent({ appRef: app.id, eventId, now: START });
          assert.deepEqual(await findInApp(store, app.id, query), []);
        };
        const first = await publish("m-1");
        await opened.sealAll();
        await expectGone(first, "m-1");
        await expectGone(await publish("m-2"), "m-2");
      }));

    test("are found behind hundreds of newer events that have the text in another place", () =>
      story(harness, APP, async ({ store, app }) => {
        await publishAt(store, app.id, START, receivedText({ id: "m-1", from: LINE, to: BOB }));
        const others = Array.from({ length: 600 }, (_, i) =>
          receivedText({ id: `n-${i}`, from: ADA, to: LINE }),
        );
        await mustPublish(store, app.id, others, { acceptedAt: START + 1 });
        const found = await findInApp(store, app.id, LINE);
        assert.ok(found.includes(`text ${LINE} → ${BOB}`), String(found));
        assert.ok(!found.includes(`text ${ADA} → ${LINE}`));
      }));

    test("go on behind an event, and then come from older events alone", () =>
      story(harness, APP, async ({ store, app }) => {
        const ids: string[] = [];
        for (const [i, text] of ["Your table", "Another table", "The last table"].entries()) {
          const fields = { id: `m-${i}`, from: ADA, to: LINE, text };
          ids.push(await publishAt(store, app.id, START + i, receivedText(fields)));
        }
        for (const query of [ADA, '"table"']) {
          const words = async (after: string | null) => {
            const found = await store.search.inApp({ appRef: app.id, query, after });
            const { hits } = found ?? assert.fail();
            return hits.flatMap(({ kind, text }) => (kind === "event" ? [] : [text]));
          };
          const all = ["The last table", "Another table", "Your table"];
          assert.deepEqual(await words(null), query === ADA ? [null, ...all] : all);
          assert.deepEqual(await words(ids[2] ?? ""), all.slice(1));
          assert.deepEqual(await words(ids[0] ?? ""), []);
        }
      }));

    test("of words end early among many events, say how far, and go on", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const { app, endpoints } = await makeApp(opened.store, {});
        const { endpointId } = endpoints[0] ?? assert.fail();
        await opened.seedBacklog({ endpointId, count: 11_000, dueAt: START, orderingKey: null });
        const { store } = opened;
        await publishAt(store, app.id, START + 1, { payloadText: '{"rare":1}' });
        const found: string[] = [];
        let after: string | null = null;
        let parts = 0;
        do {
          const part = await store.search.inApp({ appRef: app.id, query: '"rare"', after });
          const { hits, searchedTo, next } = part ?? assert.fail();
          found.push(...hits.map(({ kind }) => kind));
          assert.equal(searchedTo, next === null ? null : START);
          after = next;
          parts += 1;
        } while (after !== null);
        assert.deepEqual(found, ["event"]);
        assert.ok(parts > 1);
      }));

    test("are applications and endpoints by their names, without those that are deleted", () =>
      story(harness, APP, async ({ store }) => {
        const blue = newApp({ name: "Blue Door", uid: "blue" });
        await store.apps.create({ app: blue, idempotencyKey: null });
        const url = "https://crm.example.com/hooks";
        const { app, endpoints } = await makeApp(store, { url }, { url, status: "deleted" });
        const [endpoint] = endpoints;
        const shown = `endpoint ${endpoint?.endpointId} ${app.id}`;
        assert.deepEqual(await findEverywhere(store, "blue"), [`app ${blue.id} ${blue.id}`]);
        assert.deepEqual(await findEverywhere(store, "DOOR"), [`app ${blue.id} ${blue.id}`]);
        assert.deepEqual(await findEverywhere(store, blue.id), [`app ${blue.id} ${blue.id}`]);
        assert.deepEqual(await findEverywhere(store, "CRM.example"), [shown]);
        assert.deepEqual(await findEverywhere(store, endpoint?.endpointId ?? ""), [shown]);
        assert.deepEqual(await findInApp(store, app.id, "crm.example"), [`endpoint ${url}`]);
        assert.deepEqual(await findInApp(store, blue.id, "crm.example"), []);
        assert.deepEqual(await findEverywhere(store, "b"), []);
        await store.apps.delete({ ref: blue.id, now: START });
        assert.deepEqual(await findEverywhere(store, "blue"), []);
      }));
  });
}
