/**
 * Contract: events that name their message by the server's id, which is valid as long as the message exists.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { makeApp, receivedText, startEngine } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { requireMessage, readBySnowflake, publishForSnapshot } from "./message-steps.ts";
import { DAY, HOUR, publishAt, sweepAll } from "./steps.ts";
import { story } from "./story.ts";

export function testNamedMessages(harness: Harness): void {
  describe("an event that names its message by the server's id", () => {
    test("finds it when the publisher's id is forgotten, or belongs to another message by now", () =>
      story(harness, async ({ store, app, engine }) => {
        const appRef = app.id;
        const event = receivedText({ id: "m1", text: "first" });
        const { snowflake } = requireMessage(
          await publishForSnapshot(store, engine, { appRef, event }),
        );
        for (let now = START; now <= START + 6 * DAY; now += 6 * HOUR) await sweepAll(store, now);
        const at = START + 6 * DAY;
        const byId = { type: "message.read", canonical: { message: { id: "m1" } } };
        await assert.rejects(publishAt(store, appRef, at, byId), /unknown_message/);
        const reused = receivedText({ id: "m1", text: "second" });
        const second = await publishForSnapshot(store, engine, { appRef, event: reused, at });
        const read = readBySnowflake("m1", snowflake);
        const snapshot = await publishForSnapshot(store, engine, {
          appRef,
          event: read,
          at: at + 1,
        });
        const { text, readAt, snowflake: shown } = requireMessage(snapshot);
        assert.deepEqual([text, readAt, shown], ["first", at + 1, snowflake]);
        const toReadAt = async (id: bigint) =>
          (await store.messages.get({ appRef, snowflake: id }))?.message.readAt;
        assert.equal(await toReadAt(snowflake), at + 1);
        assert.equal(await toReadAt(requireMessage(second).snowflake), null);
        // The publisher's id still leads to its latest message.
        await publishAt(store, appRef, at + 2, byId);
        assert.equal(await toReadAt(requireMessage(second).snowflake), at + 2);
      }));

    test("is refused when the message is unknown, another application's or deleted, and creates none", () =>
      story(harness, { engine: false }, async ({ store, app }) => {
        const { app: other } = await makeApp(store, {});
        const engine = await startEngine(store);
        const event = receivedText({ id: "m1" });
        const { snowflake } = requireMessage(
          await publishForSnapshot(store, engine, { appRef: app.id, event }),
        );
        const refused = async (appRef: string, id: bigint, at = START) => {
          const read = readBySnowflake("m1", id);
          // The payload has the whole message, from which an event with an unknown id would create one.
          const message = { ...event.canonical?.message, id: "m1" };
          const publishing = publishAt(store, appRef, at, { ...read, canonical: { message } });
          await assert.rejects(publishing, /unknown_message/);
        };
        await refused(other.id, snowflake);
        await refused(app.id, snowflake + 1n);
        await refused(app.id, 10n ** 40n);
        await sweepAll(store, START + 31 * DAY);
        await refused(app.id, snowflake, START + 31 * DAY);
      }));
  });
}
