/** Contract: messages by the server's id, and their data besides the body. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Media, Snapshot } from "../../../src/core/snapshot.ts";
import { makeApp, newEvent, newLine, receivedText, startEngine } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import {
  requireMessage,
  readBySnowflake,
  publishForSnapshot,
  textWithMedia,
} from "./message-steps.ts";
import { DAY, publishAt, sweepAll } from "./steps.ts";
import { story } from "./story.ts";

const LINE = "+12065550199";
const CONTACT = "+12065550100";

export function testMessages(harness: Harness): void {
  describe("messages", () => {
    test("a message is read by the server's id in its current state, with its line and contact", () =>
      story(harness, async ({ store, app, engine }) => {
        const event = receivedText({ id: "m1", text: "Hello" });
        const snapshot = await publishForSnapshot(store, engine, { appRef: app.id, event });
        const { message, contact, line, conversation } = snapshot;
        const { snowflake } = requireMessage(snapshot);
        const get = { appRef: app.id, snowflake };
        const view = { message, contact, line, conversation };
        assert.deepEqual(await store.messages.get(get), view);
        const registered = await store.lines.create({ line: newLine(app.id, { number: LINE }) });
        await publishAt(store, app.id, START + 1, {
          type: "contact.updated",
          canonical: { contact: CONTACT, contactFields: { firstName: "Ada" } },
        });
        await publishAt(store, app.id, START + 1, {
          type: "optout.changed",
          canonical: { line: LINE, contact: CONTACT, optOut: "STOP" },
        });
        await publishAt(store, app.id, START + 2, {
          type: "message.read",
          canonical: { message: { id: "m1" } },
        });
        assert.deepEqual(await store.messages.get(get), {
          message: { ...message, readAt: START + 2 },
          contact: { ...contact, firstName: "Ada" },
          line: { ...line, lineId: registered.id },
          conversation: { ...conversation, optedOut: true },
        });
      }));

    test("a text sent from a name has the line of its event", () =>
      story(harness, async ({ store, app, engine }) => {
        const given = { id: "m1", channel: "sms", from: "ACME", to: CONTACT, text: "Hi" } as const;
        const event = newEvent({
          type: "message.sent",
          payloadText: JSON.stringify({ message: given, line: LINE }),
          canonical: { message: { ...given, media: [], direction: "outbound" }, line: LINE },
        });
        const snapshot = await publishForSnapshot(store, engine, { appRef: app.id, event });
        const { snowflake } = requireMessage(snapshot);
        const view = await store.messages.get({ appRef: app.id, snowflake });
        assert.deepEqual(view?.line, snapshot.line);
        assert.equal(view?.line?.number, LINE);
        assert.equal(view.contact?.number, CONTACT);
      }));

    test("ids of messages are exact as doubles, and ids of any length can be queried", () =>
      story(harness, async ({ store, app, engine }) => {
        const events = Array.from({ length: 9 }, (_, i) => receivedText({ id: `m${i}` }));
        for (const event of events) await publishAt(store, app.id, START, event);
        const made = engine.leased.flatMap(({ snapshot }) =>
          snapshot.type === "message.received" ? [requireMessage(snapshot)] : [],
        );
        assert.equal(made.length, 9);
        assert.equal(new Set(made.map(({ snowflake }) => snowflake)).size, 9);
        for (const { id, snowflake } of made) {
          assert.equal(BigInt(Number(snowflake)), snowflake);
          const view = await store.messages.get({ appRef: app.id, snowflake });
          assert.equal(view?.message.id, id);
          assert.equal(view.message.snowflake, snowflake);
        }
        const most = made.reduce(
          (most, { snowflake }) => (snowflake > most ? snowflake : most),
          0n,
        );
        for (const snowflake of [most + 1n, 0n, -1n, 2n ** 63n - 1n, 2n ** 63n, 10n ** 40n]) {
          assert.equal(await store.messages.get({ appRef: app.id, snowflake }), null);
          assert.equal(await store.messages.attachments({ appRef: app.id, snowflake }), null);
        }
      }));

    test("a message belongs to its application, and is deleted with it", () =>
      story(harness, { engine: false }, async ({ store, app }) => {
        const { app: other } = await makeApp(store, {});
        const engine = await startEngine(store);
        const event = textWithMedia("m1", [
          { url: "https://x.example/1", contentType: "image/png" },
        ]);
        const { snowflake } = requireMessage(
          await publishForSnapshot(store, engine, { appRef: app.id, event }),
        );
        const foreign = { appRef: other.id, snowflake };
        assert.equal(await store.messages.get(foreign), null);
        assert.equal(await store.messages.attachments(foreign), null);
        const own = { appRef: app.id, snowflake };
        const [attachment] = (await store.messages.attachments(own)) ?? [];
        const { key } = attachment ?? assert.fail();
        assert.notEqual(await store.messages.attachment({ key }), null);
        await store.apps.delete({ ref: app.id, now: START });
        assert.equal(await store.messages.get(own), null);
        assert.equal(await store.messages.attachments(own), null);
        assert.equal(await store.messages.attachment({ key }), null);
        assert.equal(await store.messages.attachedText({ key }), null);
      }));

    test("the whole of a long text comes first, then the media in their order", async () => {
      const decide = {
        optOutMatch: "word",
        stopKeywords: ["stop"],
        unstopKeywords: ["start"],
        largeTextBytes: 10,
      } as const;
      await using opened = await harness.open({
        accept: { decide },
        limits: { eventsWaitingInAll: 1_000 },
      });
      const { store } = opened;
      const { app } = await makeApp(store, {});
      const engine = await startEngine(store);
      const text = "Grüße, länger als zehn Byte";
      const media: Media[] = Array.from({ length: 12 }, (_, i) => ({
        url: `https://media.example/${i}/photo.jpg?sig=1`,
        contentType: "image/jpeg",
        ...(i === 0 ? { fileName: "../given name.jpg", sizeBytes: 70_000 } : {}),
      }));
      const event = textWithMedia("m1", media, text);
      const snapshot = await publishForSnapshot(store, engine, { appRef: app.id, event });
      const { snowflake, textAttachment } = requireMessage(snapshot);
      const listed = (await store.messages.attachments({ appRef: app.id, snowflake })) ?? [];
      const [first, second] = listed;
      const sizeBytes = Buffer.byteLength(text);
      const whole = {
        key: textAttachment?.key,
        fileName: "message.txt",
        contentType: "text/plain",
        sizeBytes,
        createdAt: START,
      };
      assert.deepEqual(first, whole);
      const { key, ...named } = second ?? assert.fail();
      const contentType = "image/jpeg";
      const given = { fileName: "given_name.jpg", contentType, sizeBytes: 70_000 };
      assert.deepEqual(named, { ...given, createdAt: START });
      assert.deepEqual(
        listed.slice(2).map(({ fileName, sizeBytes: size }) => [fileName, size]),
        media.slice(1).map(() => ["photo.jpg", null]),
      );
      const stored = await Promise.all(
        listed.map((attachment) => store.messages.attachment({ key: attachment.key })),
      );
      assert.deepEqual(stored[0], { ...whole, appId: app.id, url: null });
      assert.deepEqual(
        stored.slice(1).map((found) => found?.url),
        media.map(({ url }) => url),
      );
      const texts = await Promise.all(
        listed.map((attachment) => store.messages.attachedText({ key: attachment.key })),
      );
      assert.deepEqual(texts, [new Uint8Array(Buffer.from(text)), ...media.map(() => null)]);
      assert.equal(await store.messages.attachedText({ key: `${key}x` }), null);
      // Each key has 24 random bytes, so that it cannot be guessed from another one.
      assert.ok(listed.every((attachment) => /^[\w-]{32}$/.test(attachment.key)));
      assert.equal(new Set(listed.map((attachment) => attachment.key)).size, 13);
      assert.equal(await store.messages.attachment({ key: `${key}x` }), null);
    });

    test("a later event of the message adds no attachments, and an example creates none", () =>
      story(harness, async ({ store, app, endpoints, engine }) => {
        const event = textWithMedia("m1", [
          { url: "https://x.example/1", contentType: "image/png" },
        ]);
        const appRef = app.id;
        const { snowflake } = requireMessage(
          await publishForSnapshot(store, engine, { appRef, event }),
        );
        await publishAt(store, appRef, START, {
          ...event,
          id: newEvent().id,
          type: "message.read",
        });
        assert.equal((await store.messages.attachments({ appRef, snowflake }))?.length, 1);
        const onlyEndpointId = endpoints[0]?.endpointId ?? "";
        const example = { ...event, id: newEvent().id, onlyEndpointId };
        const shown = requireMessage(
          await publishForSnapshot(store, engine, { appRef, event: example }),
        );
        assert.equal(await store.messages.get({ appRef, snowflake: shown.snowflake }), null);
      }));

    test("expunging the event that created a message removes message and attachments", () =>
      story(harness, async ({ store, app, engine }) => {
        const appRef = app.id;
        const media = [{ url: "https://x.example/1", contentType: "image/png" }];
        const made = async (id: string) => {
          const event = textWithMedia(id, media);
          return await publishForSnapshot(store, engine, { appRef, event });
        };
        const [gone, kept] = [await made("m1"), await made("m2")];
        const toKey = async (snapshot: Snapshot) => {
          const p = { appRef, snowflake: requireMessage(snapshot).snowflake };
          return (await store.messages.attachments(p))?.[0]?.key ?? null;
        };
        const key = (await toKey(gone)) ?? assert.fail();
        await store.history.expungeEvent({ appRef, eventId: gone.eventId, now: START });
        const { snowflake } = requireMessage(gone);
        assert.equal(await store.messages.get({ appRef, snowflake }), null);
        assert.equal(await store.messages.attachments({ appRef, snowflake }), null);
        assert.equal(await store.messages.attachment({ key }), null);
        assert.notEqual(await toKey(kept), null);
        // A later report on the message restores nothing.
        await publishAt(store, appRef, START, readBySnowflake("m1", snowflake));
        assert.equal(await store.messages.get({ appRef, snowflake }), null);
      }));

    test("a message and its attachments are deleted with the event that created it", () =>
      story(harness, async ({ store, app, engine }) => {
        const appRef = app.id;
        const media = [{ url: "https://x.example/1", contentType: "image/png" }];
        const event = textWithMedia("m1", media);
        const { snowflake } = requireMessage(
          await publishForSnapshot(store, engine, { appRef, event }),
        );
        const [attachment] = (await store.messages.attachments({ appRef, snowflake })) ?? [];
        const { key } = attachment ?? assert.fail();
        await sweepAll(store, START + 30 * DAY);
        assert.notEqual(await store.messages.attachment({ key }), null);
        await sweepAll(store, START + 30 * DAY + 1);
        assert.equal(await store.messages.get({ appRef, snowflake }), null);
        assert.equal(await store.messages.attachment({ key }), null);
      }));
  });
}
