/** Contract: the messages of a registered line and of its conversations, newest first. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NewEvent } from "../../../src/core/decide-types.ts";
import type { Store } from "../../../src/store/store.ts";
import { own, report } from "./completed-messages.ts";
import { makeApp, mustPublish, newEvent, newLine, receivedText } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { DAY, publishAt, sweepAll } from "./steps.ts";
import { APP, story } from "./story.ts";

const LINE = "+12065550199";
const [ADA, BOB] = ["+12065550101", "+12065550102"] as const;
const LARGE_TEXT = "x".repeat(5 * 1024 * 1024);

type Asked = Partial<Parameters<Store["messages"]["list"]>[0]>;

async function list(store: Store, appRef: string, more: Asked = {}) {
  const p = { appRef, line: LINE, fingerprint: null, start: 0, limit: 100, ...more };
  return await store.messages.list(p);
}

async function listIds(store: Store, appRef: string, more: Asked = {}) {
  const { messages, total } = (await list(store, appRef, more)) ?? { messages: [], total: -1 };
  return { ids: messages.map(({ message }) => message.id), total };
}

async function registerLine(store: Store, appId: string, number = LINE): Promise<void> {
  await store.lines.create({ line: newLine(appId, { number, username: `${appId} ${number}` }) });
}

function about(type: string, id: string): NewEvent {
  return newEvent({ type, canonical: { message: { id } } });
}

export function testMessageLists(harness: Harness): void {
  describe("lists of messages", () => {
    test("have the messages of a line or of a conversation as they are read one by one", () =>
      story(harness, APP, async ({ store, app }) => {
        await registerLine(store, app.id);
        await registerLine(store, app.id, BOB);
        for (const [i, from] of [ADA, BOB, ADA].entries()) {
          const event = receivedText({ id: `m${i}`, from, to: LINE });
          await publishAt(store, app.id, START + i, event);
        }
        await publishAt(store, app.id, START, receivedText({ id: "other", from: ADA, to: BOB }));
        await publishAt(store, app.id, START + 3, about("message.read", "m0"));
        const all = await list(store, app.id);
        assert.deepEqual(
          all?.messages.map(({ message }) => message.id),
          ["m2", "m1", "m0"],
        );
        assert.equal(all?.messages.at(-1)?.message.readAt, START + 3);
        for (const view of all?.messages ?? []) {
          const { snowflake } = view.message;
          assert.deepEqual(view, await store.messages.get({ appRef: app.id, snowflake }));
        }
        const fingerprint = all?.messages[0]?.conversation?.fingerprint ?? "";
        const ofAda = { ids: ["m2", "m0"], total: 2 };
        assert.deepEqual(await listIds(store, app.id, { fingerprint }), ofAda);
        assert.deepEqual(await listIds(store, app.id, { fingerprint: "0" }), { ids: [], total: 0 });
      }));

    test("are paged by number, and end at their total", () =>
      story(harness, APP, async ({ store, app }) => {
        await registerLine(store, app.id);
        for (const id of ["m0", "m1", "m2"]) {
          await publishAt(store, app.id, START, receivedText({ id, from: ADA, to: LINE }));
        }
        const page = async (start: number, limit: number) =>
          (await listIds(store, app.id, { start, limit })).ids;
        assert.deepEqual(await page(0, 2), ["m2", "m1"]);
        assert.deepEqual(await page(2, 2), ["m0"]);
        assert.deepEqual(await page(3, 2), []);
        assert.deepEqual(await page(1_000_000_000, 2), []);
        assert.equal((await listIds(store, app.id, { start: 9 })).total, 3);
      }));

    test("have no message of a line that was not registered, and none of another application", () =>
      story(harness, APP, async ({ store, app }) => {
        const { app: other } = await makeApp(store);
        assert.equal(await list(store, app.id), null);
        assert.equal(await list(store, "app_unknown"), null);
        await registerLine(store, other.id);
        for (const appRef of [app.id, other.id]) {
          const event = receivedText({ id: `of ${appRef}`, from: ADA, to: LINE });
          await publishAt(store, appRef, START, event);
        }
        await registerLine(store, app.id);
        assert.deepEqual(await listIds(store, app.id), { ids: [], total: 0 });
        const ofOther = { ids: [`of ${other.id}`], total: 1 };
        assert.deepEqual(await listIds(store, other.id), ofOther);
      }));

    test("lose a message that is deleted, or whose content is, or that retention deletes", () =>
      story(harness, APP, async ({ store, app }) => {
        await registerLine(store, app.id);
        const ids: string[] = [];
        for (const [i, id] of ["old", "expunged", "deleted", "kept"].entries()) {
          const event = receivedText({ id, from: ADA, to: LINE });
          ids.push(await publishAt(store, app.id, START + (i === 0 ? 0 : DAY + i), event));
        }
        // Created and deleted in one transaction.
        const gone = receivedText({ id: "gone", from: ADA, to: LINE });
        const both = [gone, about("message.deleted", "gone")];
        await mustPublish(store, app.id, both, { acceptedAt: START + DAY });
        assert.deepEqual((await listIds(store, app.id)).ids.toSorted(), [
          "deleted",
          "expunged",
          "kept",
          "old",
        ]);
        await publishAt(store, app.id, START + DAY + 9, about("message.deleted", "deleted"));
        const eventId = ids[1] ?? "";
        await store.history.expungeEvent({ appRef: app.id, eventId, now: START + DAY + 9 });
        await sweepAll(store, START + 3 * DAY, { retentionMs: 2 * DAY });
        assert.deepEqual(await listIds(store, app.id), { ids: ["kept"], total: 1 });
      }));

    test("have a message once that was first known from a report, also when it is completed", () =>
      story(harness, APP, async ({ store, app }) => {
        await registerLine(store, app.id);
        await publishAt(store, app.id, START, report("m1", "sent"));
        await publishAt(store, app.id, START, receivedText({ id: "m2", from: ADA, to: LINE }));
        assert.deepEqual((await listIds(store, app.id)).ids, ["m2", "m1"]);
        await publishAt(store, app.id, START, own("m1"));
        const after = await list(store, app.id);
        assert.deepEqual(
          after?.messages.map(({ message }) => [message.id, message.text]),
          [
            ["m1", "own-text"],
            ["m2", "Hello"],
          ],
        );
        assert.equal(after.total, 2);
      }));

    test("end a page early when its messages are large", () =>
      story(harness, APP, async ({ store, app }) => {
        await registerLine(store, app.id);
        for (const id of ["m0", "m1"]) {
          const event = receivedText({ id, from: ADA, to: LINE, text: LARGE_TEXT });
          await publishAt(store, app.id, START, event);
        }
        assert.deepEqual(await listIds(store, app.id), { ids: ["m1"], total: 2 });
        assert.deepEqual(await listIds(store, app.id, { start: 1 }), { ids: ["m0"], total: 2 });
      }));
  });
}
