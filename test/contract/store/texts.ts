/** Contract: lists of texts, and one text with its events and the verdict of each at each endpoint. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Verdict } from "../../../src/core/verdict.ts";
import type { TextFilter, TextStory } from "../../../src/store/interface/texts.ts";
import type { LeasedDelivery } from "../../../src/store/queue/leased-delivery.ts";
import type { Store } from "../../../src/store/store.ts";
import { own, report } from "./completed-messages.ts";
import { makeApp, newEvent, receivedText } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { DAY, finish, firstPage, MINUTE, publishAt, sweepAll } from "./steps.ts";
import { APP, story, type Story } from "./story.ts";

export const LINE = "+12065550199";
export const ADA = "+12065550100";
const BOB = "+12065550102";
export const UNKNOWN = "00000000-0000-4000-8000-000000000000";

async function list(store: Store, appRef: string, filter: TextFilter = {}, more = {}) {
  const page = await store.texts.list({ appRef, window: firstPage(more), filter, now: START });
  assert.ok(page !== null);
  return page;
}

async function listIds(store: Store, appRef: string, filter: TextFilter = {}, more = {}) {
  return (await list(store, appRef, filter, more)).items.map(({ message }) => message.id);
}

export async function findText(
  store: Store,
  appRef: string,
  ref: string,
): Promise<TextStory | null> {
  const found = await store.texts.find({ appRef, ref, now: START + MINUTE });
  assert.ok(found === null || "text" in found, "the search ended early");
  return found;
}

/** A text each way and a report, a minute apart. */
export async function converse({ store, app }: Story): Promise<readonly string[]> {
  return [
    await publishAt(store, app.id, START, own("out", { to: ADA })),
    await publishAt(store, app.id, START + 1, newEvent()),
    await publishAt(store, app.id, START + 2, receivedText({ id: "in", from: BOB, to: LINE })),
    await publishAt(store, app.id, START + 3, report("out", "delivered_to_handset", { to: ADA })),
  ];
}

export function toKinds(cells: readonly { readonly verdict: Verdict }[]): readonly string[] {
  return cells.map(({ verdict }) => verdict.kind);
}

export function testTexts(harness: Harness): void {
  describe("texts", () => {
    test("are listed once, newest first, after their last change, and only those of the application", () =>
      story(harness, APP, async (told) => {
        const { store, app } = told;
        const { app: other } = await makeApp(store);
        const [made] = await converse(told);
        await publishAt(store, other.id, START + 4, own("of another"));
        const { items, done, searchedTo } = await list(store, app.id);
        assert.deepEqual(
          [items.map(({ message }) => message.id), done, searchedTo],
          [["in", "out"], true, null],
        );
        const out = items[1];
        assert.equal(out?.message.status, "delivered_to_handset");
        assert.equal(out?.message.text, "own-text");
        assert.deepEqual([out?.eventId, out?.acceptedAt], [made, START]);
        assert.equal(items[0]?.message.text, "Hello", "the words of an unchanged text");
        assert.equal(
          await store.texts.list({ appRef: "app_x", window: firstPage(), filter: {}, now: START }),
          null,
        );
      }));

    test("are filtered by number, line, direction, channel, status and time", () =>
      story(harness, APP, async (told) => {
        const { store, app } = told;
        await converse(told);
        const cases: readonly (readonly [TextFilter, readonly string[]])[] = [
          [{ number: ADA }, ["out"]],
          [{ number: BOB }, ["in"]],
          [{ number: LINE }, []],
          [{ line: LINE }, ["in", "out"]],
          [{ line: ADA }, []],
          [{ direction: "inbound" }, ["in"]],
          [{ channel: "sms" }, ["in", "out"]],
          [{ channel: "whatsapp" }, []],
          [{ statuses: ["delivered_to_handset"] }, ["out"]],
          [{ statuses: ["sent"] }, []],
          [{ since: START + 1 }, ["in"]],
          [{ until: START + 1 }, ["out"]],
          [{ number: ADA, direction: "inbound" }, []],
        ];
        for (const [filter, ids] of cases) {
          assert.deepEqual(await listIds(store, app.id, filter), ids, JSON.stringify(filter));
        }
      }));

    test("are paged in both directions", () =>
      story(harness, APP, async ({ store, app }) => {
        const made: string[] = [];
        for (const [i, id] of ["a", "b", "c"].entries()) {
          made.push(await publishAt(store, app.id, START + i, own(id)));
        }
        const first = await list(store, app.id, {}, { limit: 2 });
        assert.deepEqual(
          [first.items.map(({ eventId }) => eventId), first.done],
          [[made[2], made[1]], false],
        );
        assert.deepEqual(await listIds(store, app.id, {}, { limit: 2, after: made[1] }), ["a"]);
        const back = { limit: 2, after: made[0], backward: true };
        assert.deepEqual(await listIds(store, app.id, {}, back), ["c", "b"]);
      }));

    test("have a mark for each endpoint, also where nothing was delivered", () =>
      story(
        harness,
        { endpoints: [{}, { eventTypes: ["message.received"] }, { dialect: "sendblue" }] },
        async (told) => {
          const { store, app, engine, endpoints } = told;
          await converse(told);
          const leased = engine.leased.filter(({ snapshot }) => snapshot.message?.id === "out");
          assert.equal(leased.length, 4);
          const [first] = leased as [LeasedDelivery];
          await finish(
            store,
            [first],
            { state: "failed", reason: "refused" },
            { at: START + 9, statusCode: 404 },
          );
          const page = await list(store, app.id);
          const out = page.items[1];
          assert.deepEqual(
            page.endpoints.map(({ id, dialect }) => [id, dialect]),
            endpoints.map(({ endpointId, dialect }) => [endpointId, dialect]),
          );
          assert.equal(page.hasMoreEndpoints, false);
          assert.deepEqual(toKinds(out?.marks ?? []), ["failed_final", "other_type", "sending"]);
          assert.deepEqual(out?.marks[0]?.verdict, {
            kind: "failed_final",
            since: START + 9,
            statusCode: 404,
          });
          assert.equal(out?.marks[2]?.name, "outbound");
          assert.deepEqual(await listIds(store, app.id, { marks: ["failed"] }), ["out"]);
          assert.deepEqual(await listIds(store, app.id, { marks: ["parked"] }), []);
          const endpointRef = endpoints[1]?.endpointId ?? "";
          const ofOne = await list(store, app.id, { marks: ["waiting"], endpointRef });
          assert.deepEqual(
            ofOne.items.map(({ message }) => message.id),
            ["in"],
          );
          assert.deepEqual(
            ofOne.endpoints.map(({ id }) => id),
            [endpointRef],
          );
          assert.deepEqual(await listIds(store, app.id, { endpointRef: "ep_unknown" }), []);
        },
      ));

    test("a full application has marks of fifty endpoints, first of those with deliveries", () =>
      story(harness, APP, async ({ store }) => {
        const idle = Array.from({ length: 60 }, () => ({ eventTypes: ["invoice.sent"] }));
        const { app, endpoints } = await makeApp(store, ...idle, {});
        await publishAt(store, app.id, START, own("out"));
        const page = await list(store, app.id);
        assert.deepEqual([page.endpoints.length, page.hasMoreEndpoints], [50, true]);
        const asking = endpoints.at(-1)?.endpointId;
        assert.ok(
          page.items[0]?.marks.some(
            ({ endpointId, verdict }) => endpointId === asking && verdict.kind === "due",
          ),
        );
      }));

    test("a deleted content is shown as such, and its text is empty", () =>
      story(harness, async (told) => {
        const { store, app } = told;
        const [made = ""] = await converse(told);
        await store.history.expungeEvent({ appRef: app.id, eventId: made, now: START });
        const [, out] = (await list(store, app.id)).items;
        assert.deepEqual([out?.isExpunged, out?.message.text, out?.message.to], [true, "", ADA]);
        assert.deepEqual(toKinds(out?.marks ?? []), ["expunged"]);
        const found = await findText(store, app.id, made);
        assert.equal(found?.text.isExpunged, true);
        assert.equal(found?.events[0]?.id, made);
        await sweepAll(store, START + 3 * DAY, { retentionMs: 2 * DAY });
        assert.deepEqual(await listIds(store, app.id), []);
        assert.equal(await findText(store, app.id, made), null);
      }));
  });
}

/** An index of all events would find each of these at once. */
export function testLongTexts(harness: Harness): void {
  describe("texts among many events", () => {
    test("a list that examines 10,000 events says how far it searched, and continues", () =>
      story(harness, async (told) => {
        const { opened, app, endpointId } = told;
        await opened.seedBacklog({ endpointId, count: 12_500, dueAt: START, orderingKey: null });
        const { store } = opened;
        await publishAt(store, app.id, START, own("out"));
        let page = await list(store, app.id, { line: BOB });
        assert.deepEqual([page.items, page.done], [[], false]);
        // A page may end early on a slow machine.
        while (!page.done) {
          assert.ok(page.searchedTo !== null && page.next !== undefined);
          page = await list(store, app.id, {}, { after: page.next });
          assert.deepEqual(page.items, []);
        }
        assert.equal(page.searchedTo, null);
        const unknown = { appRef: app.id, ref: UNKNOWN, now: START };
        const searched = await store.texts.find(unknown);
        assert.ok(searched !== null && !("text" in searched) && searched.searchedTo > 0);
      }));
  });
}
