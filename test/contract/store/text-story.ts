/** Contract: one text with its events, and the verdict and the attempts of each at each endpoint. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toSnapshot } from "../../../src/store/accept/snapshot-text.ts";
import type { LeasedDelivery } from "../../../src/store/queue/leased-delivery.ts";
import { own, report } from "./completed-messages.ts";
import { makeApp, mustPublish, newEvent, outcome, receivedText } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { DAY, finish, MINUTE, publishAt, sweepAll } from "./steps.ts";
import { APP, story } from "./story.ts";
import { ADA, converse, findText as find, LINE, toKinds as kinds, UNKNOWN } from "./texts.ts";

export function testTextStory(harness: Harness): void {
  describe("one text", () => {
    test("is found by each of its ids and by the events about it, in its application only", () =>
      story(harness, APP, async (told) => {
        const { store, app } = told;
        const { app: other } = await makeApp(store);
        const [made, invoice, , reported] = await converse(told);
        const text = (await find(store, app.id, "out"))?.text;
        assert.equal(text?.eventId, made);
        const { snowflake, handle, ksuid } = text?.message ?? assert.fail();
        for (const ref of [`${snowflake}`, handle, ksuid, made, reported]) {
          assert.deepEqual((await find(store, app.id, ref ?? ""))?.text, text, ref);
          assert.equal(await find(store, other.id, ref ?? ""), null);
        }
        for (const ref of ["in-2", "12", UNKNOWN, invoice, "2srOrx2ZWZBpBUvZwXKQmoEYga6"]) {
          assert.equal(await find(store, app.id, ref ?? ""), null, ref);
        }
      }));

    test("is found by the publisher's id after the dedupe window", () =>
      story(harness, APP, async ({ store, app }) => {
        const made = await publishAt(store, app.id, START, own("out"));
        for (let day = 1; day <= 8; day++)
          await sweepAll(store, START + day * 3 * DAY, { retentionMs: 90 * DAY });
        assert.equal((await find(store, app.id, "out"))?.text.eventId, made);
      }));

    test("has its events in order with the verdict and the attempts of each cell", () =>
      story(
        harness,
        { endpoints: [{}, { dialect: "zipwhip" }] },
        async ({ store, app, engine, endpoints }) => {
          await publishAt(store, app.id, START, report("m", "sent", { to: ADA }));
          await publishAt(store, app.id, START + 1, own("m", { to: ADA }));
          await publishAt(store, app.id, START + 2, report("another", "sent", { to: ADA }));
          await publishAt(store, app.id, START + 3, report("m", "sent"));
          const ofNative = engine.leased.filter(
            ({ endpointId }) => endpointId === endpoints[0]?.endpointId,
          );
          const [retried, , failing] = ofNative as [LeasedDelivery, LeasedDelivery, LeasedDelivery];
          const later = { state: "pending", slot: 2, dueAt: START + MINUTE } as const;
          await finish(store, [retried], later, { at: START + 5 });
          const breaker = {
            openedAt: START + 6,
            probeAt: START + 6000,
            step: 0,
            failedAt: START + 6,
          };
          const opens = { ...outcome(failing, later), breaker };
          await store.queue.record({ outcomes: [opens], now: START + 6 });
          const found = await find(store, app.id, "m");
          assert.deepEqual(
            found?.events.map(({ type, status, isSuppressed }) => [type, status, isSuppressed]),
            [
              ["message.progress", "sent", false],
              ["contact.created", null, false],
              ["message.sent", null, false],
              ["message.progress", "sent", true],
            ],
          );
          assert.equal(found?.text.message.text, "own-text");
          const [first, , second, third] = found?.events ?? [];
          assert.deepEqual(kinds(first?.cells ?? []), ["breaker_open", "sending"]);
          assert.deepEqual(
            first?.cells.map(({ name }) => name),
            ["message.progress", "message/progress"],
          );
          assert.deepEqual(
            first?.cells[0]?.attempts.map(({ statusCode, at }) => [statusCode, at]),
            [[500, START + 5]],
          );
          assert.equal(second?.cells[0]?.verdict.since, START + 6);
          assert.deepEqual(kinds(third?.cells ?? []), ["stale", "stale"]);
          assert.deepEqual([found?.searchedTo, found?.hasMoreAttempts], [null, false]);
        },
      ));

    test("has the opt-out that was derived from it", () =>
      story(harness, async ({ store, app }) => {
        const made = await publishAt(
          store,
          app.id,
          START,
          receivedText({ id: "in", text: "stop", from: ADA, to: LINE }),
        );
        const found = await find(store, app.id, "in");
        const derived = found?.events.filter(({ derivedFrom }) => derivedFrom === made) ?? [];
        assert.ok(derived.some(({ type }) => type === "optout.changed"));
        const [optOut] = derived;
        assert.equal((await find(store, app.id, optOut?.id ?? ""))?.text.eventId, made);
      }));

    test("has a hundred events, and says up to when it searched", () =>
      story(harness, APP, async ({ store, app }) => {
        const events = Array.from({ length: 110 }, () =>
          newEvent({ type: "message.read", canonical: { message: { id: "out" } } }),
        );
        await publishAt(store, app.id, START, own("out"));
        await mustPublish(store, app.id, events, { acceptedAt: START + 1 });
        const found = await find(store, app.id, "out");
        assert.deepEqual([found?.events.length, found?.searchedTo], [100, START + 1]);
      }));

    test("goes on behind its hundred events, and repeats none of them", () =>
      story(harness, APP, async ({ store, app }) => {
        const reports = () =>
          Array.from({ length: 120 }, () => newEvent(report("out", "sent", { to: ADA })));
        // The text comes behind the first page of its reports, whose first one also made the contact.
        await mustPublish(store, app.id, reports(), { acceptedAt: START });
        const made = await publishAt(store, app.id, START + 1, own("out", { to: ADA }));
        await mustPublish(store, app.id, reports(), { acceptedAt: START + 2 });
        const ids: string[] = [];
        let after: string | null = null;
        const sizes: number[] = [];
        do {
          const found = await store.texts.find({ appRef: app.id, ref: made, after, now: START });
          const { events, searchedTo, next, text } =
            found !== null && "text" in found ? found : assert.fail();
          assert.equal(text.eventId, made);
          assert.equal(next === null, searchedTo === null);
          sizes.push(events.length);
          ids.push(...events.map(({ id }) => id));
          after = next;
        } while (after !== null);
        assert.ok(sizes.length > 1 && sizes.every((size) => size <= 100), String(sizes));
        const feed = await store.history.feed({ appRef: app.id, after: null, limit: 250 });
        const all = feed?.events.map(({ id }) => id) ?? [];
        assert.equal(new Set(ids).size, ids.length, "no event comes twice");
        assert.deepEqual(ids.toSorted(), all.toSorted());
      }));
  });

  describe("the content of a delivery", () => {
    test("is that of its event, until it is deleted, and only for its endpoint and part", () =>
      story(
        harness,
        { endpoints: [{ dialect: "chirp" }, {}] },
        async ({ store, app, endpoints }) => {
          const made = await publishAt(store, app.id, START, own("m"));
          const [chirp, native] = endpoints.map(({ endpointId }) => endpointId);
          const read = async (endpointRef = native, part: number | null = null, appRef = app.id) =>
            await store.history.deliveryContent({
              appRef,
              eventId: made,
              endpointRef: endpointRef ?? "",
              part,
            });
          const found = await read();
          assert.partialDeepStrictEqual(found, {
            endpointId: native,
            part: 0,
            attempts: 0,
            isReplay: false,
          });
          const { facts, participants } = found?.content ?? assert.fail();
          const snapshot = toSnapshot(facts, participants);
          assert.deepEqual(
            [snapshot.eventId, snapshot.appId, snapshot.message?.text],
            [made, app.id, "own-text"],
          );
          assert.deepEqual(await read(native, 0), found);
          assert.equal(await read(native, 1), null);
          assert.equal(await read(chirp), null, "Chirp has no such event");
          const { app: other } = await makeApp(store);
          assert.equal(await read(native, null, other.id), null);
          await store.history.expungeEvent({ appRef: app.id, eventId: made, now: START });
          assert.equal((await read())?.content, null);
        },
      ));
  });
}
