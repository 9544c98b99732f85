/** Contract: a message that is first known from a report is completed by its own event, and lives with it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NewEvent } from "../../../src/core/decide-types.ts";
import type { Message } from "../../../src/core/snapshot.ts";
import { mustPublish, newEvent, publish, startEngine } from "./fixtures.ts";
import { findTraces } from "./erasure.ts";
import { type Harness, START } from "./harness.ts";
import { publishForSnapshot, requireMessage } from "./message-steps.ts";
import { DAY, HOUR, publishAt, sweepAll } from "./steps.ts";
import { story } from "./story.ts";

const WHOLE = { channel: "sms", from: "+12065550199", to: "+12065550100" } as const;
const MEDIA = [{ url: "https://media.example/own-token.png", contentType: "image/png" }];
type Status = NonNullable<Message["status"]>;

export function report(id: string, status: Status, more: object = {}): NewEvent {
  const message = { ...WHOLE, direction: "outbound", ...more, id, status } as const;
  return newEvent({
    type: "message.progress",
    payloadText: JSON.stringify({ message }),
    canonical: { message },
  });
}

export function own(id: string, more: object = {}): NewEvent {
  const given = { ...WHOLE, direction: "outbound", text: "own-text", media: MEDIA } as const;
  const message = { ...given, ...more, id };
  return newEvent({
    type: "message.sent",
    payloadText: JSON.stringify({ message }),
    canonical: { message },
  });
}

export function testCompletedMessages(harness: Harness): void {
  describe("a message that is first known from a report", () => {
    test("is completed and delivered by its own event, in the register as in the snapshot", () =>
      story(harness, async ({ store, app, engine }) => {
        const appRef = app.id;
        const event = report("m1", "sent");
        const first = requireMessage(await publishForSnapshot(store, engine, { appRef, event }));
        const named = { appRef, snowflake: first.snowflake };
        assert.deepEqual(await store.messages.attachments(named), []);
        const snapshot = await publishForSnapshot(store, engine, { appRef, event: own("m1") });
        const message = requireMessage(snapshot);
        const { isFromReport: _, ...kept } = first;
        assert.deepEqual(message, { ...kept, text: "own-text", media: MEDIA });
        assert.deepEqual((await store.messages.get(named))?.message, message);
        const [attachment, ...others] = (await store.messages.attachments(named)) ?? [];
        assert.deepEqual([attachment?.fileName, others], ["own-token.png", []]);
        const later = report("m1", "delivered_to_handset");
        const after = await publishForSnapshot(store, engine, { appRef, event: later });
        assert.deepEqual(after.message, {
          ...message,
          status: "delivered_to_handset",
          deliveredAt: START,
        });
        const refused = await publish(store, appRef, [own("m1")]);
        assert.equal(refused.kind === "refused" && refused.code, "conflict");
      }));

    test("keeps attachments that the report brought", () =>
      story(harness, async ({ store, app, engine }) => {
        const appRef = app.id;
        const media = [{ url: "https://media.example/report.png", contentType: "image/png" }];
        const event = report("m1", "sent", { media });
        const { snowflake } = requireMessage(
          await publishForSnapshot(store, engine, { appRef, event }),
        );
        const before = await store.messages.attachments({ appRef, snowflake });
        await publishForSnapshot(store, engine, { appRef, event: own("m1") });
        assert.deepEqual(await store.messages.attachments({ appRef, snowflake }), before);
        assert.equal(before?.length, 1);
        const [attachment] = before;
        assert.notEqual(await store.messages.attachment({ key: attachment?.key ?? "" }), null);
      }));

    test("is completed in the publish that reports on it, and by either of two publishes at once", () =>
      story(harness, async ({ store, app, engine }) => {
        const appRef = app.id;
        await mustPublish(store, appRef, [
          report("m1", "sent"),
          own("m1"),
          report("m1", "delivered_to_handset"),
        ]);
        const ids = Array.from({ length: 20 }, (_, n) => `n${n}`);
        await Promise.all(
          ids.flatMap((id, n) => {
            const both = [report(id, "sent"), own(id)];
            return (n % 2 === 0 ? both : both.toReversed()).map((event) =>
              mustPublish(store, appRef, [event]),
            );
          }),
        );
        const snapshots = engine.leased.map(({ snapshot }) => snapshot);
        for (const id of ["m1", ...ids]) {
          const ofMessage = snapshots.filter(({ message }) => message?.id === id);
          assert.equal(ofMessage.length, id === "m1" ? 3 : 2, id);
          const [snowflake, ...others] = new Set(ofMessage.map((one) => one.message?.snowflake));
          assert.deepEqual(others, [], id);
          const view = await store.messages.get({ appRef, snowflake: snowflake ?? 0n });
          const { text, status, isFromReport } = view?.message ?? assert.fail();
          const expected = id === "m1" ? "delivered_to_handset" : "sent";
          assert.deepEqual([text, status, isFromReport], ["own-text", expected, undefined], id);
        }
      }));

    test("of two own events at once, one completes it and the other is a conflict", () =>
      story(harness, async ({ store, app, engine }) => {
        const ids = Array.from({ length: 20 }, (_, n) => `m${n}`);
        await mustPublish(
          store,
          app.id,
          ids.map((id) => report(id, "sent")),
        );
        const results = await Promise.all(
          ids.flatMap((id) => [own(id), own(id)].map((event) => publish(store, app.id, [event]))),
        );
        const codes = results.map((result) => (result.kind === "refused" ? result.code : ""));
        assert.equal(codes.filter((code) => code === "").length, ids.length);
        assert.equal(codes.filter((code) => code === "conflict").length, ids.length);
        const sent = engine.leased.filter(({ snapshot }) => snapshot.type === "message.sent");
        assert.equal(new Set(sent.map(({ snapshot }) => snapshot.message?.id)).size, ids.length);
      }));

    test("is unchanged when a publish with its own event is refused", () =>
      story(harness, async ({ store, app, engine }) => {
        const appRef = app.id;
        const event = report("m1", "sent");
        const { snowflake } = requireMessage(
          await publishForSnapshot(store, engine, { appRef, event }),
        );
        const unknown = newEvent({ type: "message.read", canonical: { message: { id: "none" } } });
        assert.equal((await publish(store, appRef, [own("m1"), unknown])).kind, "refused");
        const view = await store.messages.get({ appRef, snowflake });
        assert.deepEqual([view?.message.text, view?.message.isFromReport], ["", true]);
        await mustPublish(store, appRef, [own("m1")]);
      }));

    test("lives as long as its own event, and its text goes with the content of that event", () =>
      story(harness, { engine: false }, async ({ opened, store, app }) => {
        const engine = await startEngine(store);
        const appRef = app.id;
        const event = report("m1", "sent");
        const { snowflake } = requireMessage(
          await publishForSnapshot(store, engine, { appRef, event }),
        );
        const ownEvent = own("m1");
        await publishAt(store, appRef, START + DAY, ownEvent);
        await publishAt(store, appRef, START + DAY, own("m2", { text: "kept-text", media: [] }));
        await store.history.expungeEvent({ appRef, eventId: event.id, now: START + DAY });
        await sweepAll(store, START + 30 * DAY + HOUR);
        const view = await store.messages.get({ appRef, snowflake });
        assert.equal(view?.message.text, "own-text");
        assert.equal((await store.messages.attachments({ appRef, snowflake }))?.length, 1);
        const now = START + 30 * DAY + HOUR;
        await store.history.expungeEvent({ appRef, eventId: ownEvent.id, now });
        await sweepAll(store, now);
        assert.equal(await store.messages.get({ appRef, snowflake }), null);
        assert.deepEqual(await findTraces(opened, ["own-text", "own-token"]), []);
        assert.notDeepEqual(await findTraces(opened, ["kept-text"]), []);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));
  });
}
