/** Contract: the content of an event, with the event that it was derived from and those derived from it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readMatched } from "../../../src/store/accept/event-matching.ts";
import { toSnapshot } from "../../../src/store/accept/snapshot-text.ts";
import { makeApp, newEvent, receivedText } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { publishAt } from "./steps.ts";
import { APP, story } from "./story.ts";
import { ADA, LINE } from "./texts.ts";

export function testEventContent(harness: Harness): void {
  describe("the content of an event", () => {
    test("names its relatives, in its application only", () =>
      story(harness, APP, async ({ store, app }) => {
        const text = { ...receivedText({ id: "in", text: "stop", from: ADA, to: LINE }) };
        const made = await publishAt(store, app.id, START, { ...text, eventId: "own-1" });
        const read = (ref: string, appRef = app.id) => store.history.eventContent({ appRef, ref });
        const found = (await read("own-1")) ?? assert.fail();
        assert.deepEqual(
          [found.id, found.derivedFrom, found.derived.map(({ type }) => type)],
          [made, null, ["contact.created", "optout.changed"]],
        );
        const { facts, matched } = found;
        const snapshot = toSnapshot(facts ?? assert.fail(), matched.participants);
        assert.deepEqual(
          [snapshot.appId, snapshot.eventId, snapshot.acceptedAt, snapshot.message?.text],
          [app.id, made, START, "stop"],
        );
        assert.equal(readMatched(matched).line, LINE);
        for (const { id, type } of found.derived) {
          const derived = await read(id);
          assert.deepEqual(
            [derived?.matched.type, derived?.derivedFrom, derived?.derived],
            [type, { id: made, type: "message.received" }, []],
          );
        }
        const { app: other } = await makeApp(store);
        assert.deepEqual([await read(made, other.id), await read("unknown")], [null, null]);
        assert.equal(await read(made, "unknown"), null);
      }));

    test("has no content once it is deleted, and its relatives still", () =>
      story(harness, APP, async ({ store, app }) => {
        const text = receivedText({ id: "in", text: "stop", from: ADA, to: LINE });
        const made = await publishAt(store, app.id, START, text);
        await store.history.expungeEvent({ appRef: app.id, eventId: made, now: START });
        const found = await store.history.eventContent({ appRef: app.id, ref: made });
        assert.deepEqual([found?.facts, found?.derived.length], [null, 2]);
      }));

    test("of a type that is not read has no participants", () =>
      story(harness, APP, async ({ store, app }) => {
        const event = newEvent({ type: "order.paid", canonical: null });
        const made = await publishAt(store, app.id, START, event);
        const found = await store.history.eventContent({ appRef: app.id, ref: made });
        assert.deepEqual([found?.matched.participants, found?.derived], [null, []]);
        assert.equal(found?.facts?.payloadText, event.payloadText);
      }));
  });
}
