/** Contract: the erasure of one phone number of an application. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Store } from "../../../src/store/store.ts";
import { findTraces, fullText, OPT_OUTS } from "./erasure.ts";
import { makeApp, mustPublish, newEvent, newLine, receivedText } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { runJobs, step } from "./jobs.ts";
import { publishForSnapshot } from "./message-steps.ts";
import { claimDue, finish, HOUR, nextId, publishAt, sweepAll } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const LINE = "+12065550199";
const NUMBER = "+12065550100";
/** Contains the digits of the number. */
const LONGER = "+912065550100";

async function start(store: Store, appRef: string, number = NUMBER) {
  return await store.jobs.eraseNumber({ appRef, number, id: nextId("qtask_"), now: START + HOUR });
}

/** Erases the number completely, and returns the number of erased events. */
async function erase(store: Store, appRef: string): Promise<number> {
  const job = (await start(store, appRef)) ?? assert.fail();
  assert.equal(await runJobs(store, START + HOUR), 0, "a delivery became due");
  const ended = await store.jobs.get({ appRef, id: job.id });
  assert.deepEqual([ended?.state, ended?.progress, ended?.endpointId], ["finished", 1, null]);
  return ended?.done ?? 0;
}

export function testErasedNumbers(harness: Harness): void {
  const open = OPT_OUTS;

  describe("the erasure of a number", () => {
    test("nothing of the number stays, and the others are unchanged", () =>
      story(harness, { ...EMPTY, open }, async ({ opened, store }) => {
        const { app } = await makeApp(store, {});
        const other = await makeApp(store, {});
        const appRef = app.id;
        await publishAt(store, appRef, START, fullText("m1"));
        const expunged = await publishAt(store, appRef, START, fullText("m2"));
        const read = { type: "message.read", canonical: { message: { id: "m1" } } };
        await publishAt(store, appRef, START, { ...read, payloadText: '{"message":{"id":"m1"}}' });
        await mustPublish(store, appRef, [
          newEvent({ payloadText: `{"phone":"\\u002b${NUMBER.slice(1)}"}` }),
          newEvent({ eventId: `event ${NUMBER}`, payloadText: "1" }),
          newEvent({ orderingKey: NUMBER, payloadText: "2" }),
          newEvent({
            channels: [`of ${NUMBER}`, "kept-channel"],
            tags: [NUMBER],
            payloadText: "3",
          }),
          newEvent({ payloadText: `{"phone":"${LONGER}"}` }),
          receivedText({ id: "m3", from: LONGER, text: "kept-text" }),
        ]);
        await publishAt(store, appRef, START, {
          type: "contact.updated",
          payloadText: JSON.stringify({ contact: { number: NUMBER, firstName: "secret-name" } }),
          canonical: { contact: NUMBER, contactFields: { firstName: "secret-name" } },
        });
        await store.history.expungeEvent({ appRef, eventId: expunged, now: START });
        await finish(store, await claimDue(store, START), { state: "delivered" }, { at: START });
        // Two failed by the expunge. Of the deliveries that are pending, those of the number fail.
        await publishAt(store, appRef, START, { ...fullText("m4"), tags: ["kept-tag"] });
        await publishAt(
          store,
          other.app.id,
          START,
          receivedText({ id: "m1", text: "foreign-text" }),
        );
        const secrets = ["secret-text", "secret-name", "media-token", "long-text"];
        const kept = [LONGER, "kept-channel", "kept-tag", "kept-text", "foreign-text", LINE];

        const erased = await erase(store, appRef);
        assert.equal(erased, 3 + 2 + 1 + 4 + 1 + 1);
        assert.equal((await store.upkeep.totals()).failed, 4);
        await sweepAll(store, START + HOUR);
        assert.deepEqual(await findTraces(opened, secrets), []);
        const traces = await findTraces(opened, kept);
        for (const text of kept) {
          assert.ok(
            traces.some((trace) => trace.startsWith(`${text} in `)),
            `${text} is gone`,
          );
        }
        await store.apps.delete({ ref: other.app.id, now: START + HOUR });
        await sweepAll(store, START + HOUR);
        assert.deepEqual(await findTraces(opened, [NUMBER]), []);
        const page = await store.history.listEvents({
          appRef,
          window: { after: null, limit: 50, backward: false, ascending: false },
          filter: {},
        });
        // The opt-out of the expunged message was blank before.
        const blank = page?.items.filter(({ payloadText }) => payloadText === null);
        assert.equal(blank?.length, erased + 1);
        assert.equal(await erase(store, appRef), 0);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("an opt-out applies after its conversation was erased, until the contact opts in", () =>
      story(harness, { open }, async ({ store, app, engine }) => {
        const appRef = app.id;
        const text = async (id: string, body: string, from = NUMBER) => {
          const event = receivedText({ id, text: body, from });
          const snapshot = await publishForSnapshot(store, engine, { appRef, event });
          return snapshot.conversation?.optedOut;
        };
        assert.equal(await text("m1", "STOP"), true);
        await erase(store, appRef);
        assert.equal(await text("m1", "Hello again"), true);
        assert.equal(await text("m2", "Hello", LONGER), false);
        await erase(store, appRef);
        assert.equal(await text("m3", "UNSTOP"), false);
        assert.equal(await text("m4", "Hello"), false);
        await erase(store, appRef);
        assert.equal(await text("m5", "Hello"), false);
      }));

    test("a text after the erasure is like the first of a new contact", () =>
      story(harness, async ({ store, app, engine }) => {
        const appRef = app.id;
        const event = () => receivedText({ id: "m1", text: "Hello" });
        const before = await publishForSnapshot(store, engine, { appRef, event: event() });
        await start(store, appRef);
        const after = await publishForSnapshot(store, engine, {
          appRef,
          event: {
            ...event(),
            canonical: { message: { ...event().canonical?.message, id: "m9" } },
          },
        });
        await runJobs(store, START + HOUR);
        assert.notEqual(after.contact?.contactId, before.contact?.contactId);
        assert.equal(after.conversation?.optedOut, false);
        const kept = await store.history.getEvent({ appRef, ref: after.eventId });
        assert.notEqual(kept?.payloadText, null);
        const gone = await store.history.getEvent({ appRef, ref: before.eventId });
        assert.equal(gone?.payloadText, null);
        const snowflake = before.message?.snowflake ?? 0n;
        assert.equal(await store.messages.get({ appRef, snowflake }), null);
      }));

    test("one number of an application is erased at a time, in slices, also across a restart", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const { app } = await makeApp(opened.store, {});
        const appRef = app.id;
        const events = Array.from({ length: 50 }, (_, i) => receivedText({ id: `m${i}` }));
        await mustPublish(opened.store, appRef, events);
        const job = (await start(opened.store, appRef)) ?? assert.fail();
        assert.equal((await start(opened.store, appRef))?.id, job.id);
        await assert.rejects(start(opened.store, appRef, LONGER), /Another number/);
        await step(opened.store, START + HOUR, { sliceMs: 0 });
        const halfway = await opened.store.jobs.get({ appRef, id: job.id });
        assert.deepEqual([halfway?.state, halfway?.done], ["running", 20]);
        await opened.reopen();
        await runJobs(opened.store, START + HOUR);
        assert.equal((await opened.store.jobs.get({ appRef, id: job.id }))?.done, 51);
        assert.equal(await start(opened.store, "nobody"), null);
      }));

    test("a cancelled erasure keeps no number, and a registered line is refused", () =>
      story(harness, EMPTY, async ({ opened, store }) => {
        const { app } = await makeApp(store);
        const appRef = app.id;
        const job = (await start(store, appRef)) ?? assert.fail();
        const cancelled = await store.jobs.cancel({ appRef, id: job.id, now: START + HOUR });
        assert.equal(cancelled?.state, "cancelled");
        await sweepAll(store, START + HOUR);
        assert.deepEqual(await findTraces(opened, [NUMBER]), []);
        const line = await store.lines.create({ line: newLine(appRef, { number: NUMBER }) });
        await assert.rejects(start(store, appRef), /registered line/);
        await store.lines.delete({ appRef, ref: line.id, now: START });
        assert.equal(await erase(store, appRef), 0);
        await sweepAll(store, START + HOUR);
        assert.deepEqual(await findTraces(opened, [NUMBER]), []);
      }));
  });
}
