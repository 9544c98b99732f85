/** Contract: the history of attempts and deliveries. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { writeDetail } from "../../../src/core/delivery/attempt-detail.ts";
import type { EndpointStats } from "../../../src/store/interface/endpoints.ts";
import type { AttemptFilter, DeliveryStatus } from "../../../src/store/interface/history.ts";
import { delivered, newAttempt, receivedText, SAMPLE_DETAIL } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { claimDue, finish, firstPage, HOUR, MINUTE, nextId, publishAt } from "./steps.ts";
import { story } from "./story.ts";

const DELIVERED = { state: "delivered" } as const;
const FAILED = { state: "failed", reason: "exhausted" } as const;
const RETRIED = { state: "pending", slot: 2, dueAt: START + HOUR } as const;

export function testHistoryOfAttempts(harness: Harness): void {
  describe("history of attempts and deliveries", () => {
    test("attempts are listed by event and by endpoint, newest first, and filtered", () =>
      story(
        harness,
        { endpoints: [{ uid: "hook" }, {}], engine: false },
        async ({ store, app, endpoints }) => {
          const [first, second] = endpoints.map((endpoint) => endpoint.endpointId);
          const eventId = await publishAt(store, app.id, START, { tags: ["vip"] });
          const leased = await claimDue(store, START);
          const [mine] = leased.filter((delivery) => delivery.endpointId === first);
          const [other] = leased.filter((delivery) => delivery.endpointId === second);
          await finish(store, [mine ?? assert.fail()], RETRIED, { at: START + 1, statusCode: 503 });
          await finish(store, [other ?? assert.fail()], DELIVERED, { at: START + 2 });
          await finish(store, await claimDue(store, START + HOUR), DELIVERED, { at: START + HOUR });

          const ofEvent = async (
            endpointRef: string | null,
            filter: AttemptFilter = {},
            more = {},
          ) =>
            (
              await store.history.attemptsOfEvent({
                appRef: app.id,
                eventId,
                endpointRef,
                window: firstPage(more),
                filter,
              })
            )?.items.map((item) => item.at - START);
          assert.deepEqual(await ofEvent(null), [HOUR, 2, 1]);
          assert.deepEqual(await ofEvent("hook"), [HOUR, 1]);
          assert.deepEqual(await ofEvent(null, { statuses: ["failed"] }), [1]);
          assert.deepEqual(await ofEvent(null, { statusCodeClass: 500 }), [1]);
          assert.deepEqual(await ofEvent(null, { statusCodeClass: 0 }), []);
          assert.deepEqual(await ofEvent(null, { until: START + 2 }), [1]);
          assert.deepEqual(await ofEvent(null, { tag: "other" }), []);
          assert.deepEqual(await ofEvent(null, {}, { ascending: true, limit: 2 }), [1, 2]);
          assert.equal(await ofEvent("ep_x"), undefined);

          const ofEndpoint = async (filter: AttemptFilter = {}) =>
            (
              await store.history.attemptsOfEndpoint({
                appRef: app.id,
                endpointRef: "hook",
                window: firstPage(),
                filter,
                withEvent: true,
              })
            )?.items.map((item) => [item.at - START, item.event?.id === eventId]);
          assert.deepEqual(await ofEndpoint(), [
            [HOUR, true],
            [1, true],
          ]);
          assert.deepEqual(await ofEndpoint({ since: START + 2, tag: "vip" }), [[HOUR, true]]);
          assert.deepEqual(await ofEndpoint({ eventTypes: ["other"] }), []);
        },
      ));

    test("one attempt is read with its event, and its response can be expunged", () =>
      story(harness, { engine: false }, async ({ store, app, endpoints }) => {
        const eventId = await publishAt(store, app.id, START);
        await finish(store, await claimDue(store, START), FAILED, { at: START + 1, statusCode: 0 });
        const window = firstPage();
        const listed = { appRef: app.id, eventId, endpointRef: null, window, filter: {} };
        const attemptId = (await store.history.attemptsOfEvent(listed))?.items[0]?.id ?? "";
        const one = { appRef: app.id, eventId, attemptId };
        const attempt = await store.history.getAttempt(one);
        assert.deepEqual(
          { ...attempt, event: attempt?.event?.id },
          {
            id: attemptId,
            eventId,
            endpointId: endpoints[0]?.endpointId,
            at: START + 1,
            durationMs: 12,
            url: "https://example.com/hook",
            statusCode: 0,
            response: "ok",
            reason: null,
            succeeded: false,
            trigger: "scheduled",
            isResent: false,
            detail: null,
            event: eventId,
          },
        );
        assert.equal(await store.history.expungeAttempt(one), true);
        assert.equal((await store.history.getAttempt(one))?.response, null);
        const elsewhere = { ...one, eventId: await publishAt(store, app.id, START) };
        assert.equal(await store.history.getAttempt(elsewhere), null);
        assert.equal(await store.history.expungeAttempt(elsewhere), false);
      }));

    test("an attempt shows whether it was sent again on a new connection", () =>
      story(harness, { engine: false }, async ({ store, app }) => {
        const eventId = await publishAt(store, app.id, START);
        const [delivery] = await claimDue(store, START);
        assert.ok(delivery !== undefined);
        const recorded = delivered(delivery);
        const attempt = newAttempt({ isResent: true });
        await store.queue.record({ outcomes: [{ ...recorded, attempt }], now: START });
        const one = { appRef: app.id, eventId, attemptId: attempt.id };
        assert.equal((await store.history.getAttempt(one))?.isResent, true);
      }));

    test("an attempt keeps how it went on the wire until its answer is expunged", () =>
      story(harness, { engine: false }, async ({ store, app, endpoints }) => {
        const eventId = await publishAt(store, app.id, START);
        const [delivery] = await claimDue(store, START);
        assert.ok(delivery !== undefined);
        const attempt = newAttempt({ detail: writeDetail(SAMPLE_DETAIL) });
        const outcomes = [{ ...delivered(delivery), attempt }];
        await store.queue.record({ outcomes, now: START });
        const one = { appRef: app.id, eventId, attemptId: attempt.id };
        const endpointRef = endpoints[0]?.endpointId ?? "";
        const lists = { appRef: app.id, window: firstPage(), filter: {}, endpointRef };
        const loadDetails = async () => [
          (await store.history.getAttempt(one))?.detail,
          (await store.history.attemptsOfEvent({ ...lists, eventId }))?.items[0]?.detail,
          (await store.history.attemptsOfEndpoint({ ...lists, withEvent: false }))?.items[0]
            ?.detail,
        ];
        assert.deepEqual(await loadDetails(), Array(3).fill(SAMPLE_DETAIL));
        assert.equal(await store.history.expungeAttempt(one), true);
        assert.deepEqual(await loadDetails(), [null, null, null]);
      }));

    test("deliveries of an endpoint are its events with their states, each event once", () =>
      story(
        harness,
        { endpoints: [{ uid: "hook", dialect: "svix" }], engine: false },
        async ({ store, app, endpoints }) => {
          const ids = [await publishAt(store, app.id, START)];
          await finish(store, await claimDue(store, START), DELIVERED, { at: START });
          ids.push(await publishAt(store, app.id, START + MINUTE));
          await finish(store, await claimDue(store, START + MINUTE), FAILED, {
            at: START + MINUTE,
          });
          ids.push(await publishAt(store, app.id, START + 2 * MINUTE));
          assert.equal((await claimDue(store, START + 2 * MINUTE)).length, 1);
          ids.push(await publishAt(store, app.id, START + 3 * MINUTE));
          const list = async (filter: object, more: object = {}) => {
            const window = firstPage(more);
            const p = { appRef: app.id, endpointRef: "hook", window, filter };
            const page = await store.history.deliveriesOfEndpoint(p);
            return page?.items.map((item) => [
              ids.indexOf(item.event.id),
              item.status,
              item.nextAttemptAt,
            ]);
          };
          const pending = [3, "pending", START + 3 * MINUTE];
          assert.deepEqual(await list({}), [
            pending,
            [2, "sending", null],
            [1, "failed", null],
            [0, "delivered", null],
          ]);
          assert.deepEqual(await list({ statuses: ["pending", "failed"] }), [
            pending,
            [1, "failed", null],
          ]);
          assert.deepEqual(await list({ since: START + 3 * MINUTE }), [pending]);
          assert.deepEqual(await list({}, { after: ids[2], limit: 1 }), [[1, "failed", null]]);
          assert.deepEqual(await list({}, { after: ids[1], backward: true, limit: 1 }), [
            [2, "sending", null],
          ]);
          const ref = endpoints[0]?.endpointId ?? "";
          const change = { status: "paused" as const };
          await store.endpoints.update({ appRef: app.id, ref, change, now: START });
          assert.deepEqual((await list({}, { limit: 1 }))?.[0], [3, "parked", null]);
        },
      ));

    test("a delivery between two attempts is retrying until it is paused or sent again", () =>
      story(
        harness,
        { endpoints: [{ uid: "hook", dialect: "svix" }], engine: false },
        async ({ store, app, endpoints }) => {
          const { endpointId } = endpoints[0] as (typeof endpoints)[number];
          const eventId = await publishAt(store, app.id, START);
          const retry = { state: "pending", slot: 2, dueAt: START + MINUTE } as const;
          await finish(store, await claimDue(store, START), retry, { at: START });
          const range = { appRef: app.id, ref: endpointId, since: null, until: null };
          const window = firstPage();
          const seen = async (statuses?: readonly DeliveryStatus[]) => {
            const filter = statuses === undefined ? {} : { statuses };
            const list = { appRef: app.id, endpointRef: "hook", window, filter };
            const page = await store.history.deliveriesOfEndpoint(list);
            const one = await store.history.deliveriesOfEvent({ appRef: app.id, eventId, window });
            assert.equal(page?.items[0]?.status, statuses?.[0] ?? one?.items[0]?.status);
            assert.equal(page?.items[0]?.nextAttemptAt, one?.items[0]?.nextAttemptAt);
            const { pending, retrying } = (await store.endpoints.stats(range)) as EndpointStats;
            return [one?.items[0]?.status, one?.items[0]?.nextAttemptAt, pending, retrying];
          };
          assert.deepEqual(await seen(), ["retrying", START + MINUTE, 0, 1]);
          assert.deepEqual(await seen(["retrying"]), ["retrying", START + MINUTE, 0, 1]);
          const pending = { appRef: app.id, endpointRef: "hook", window };
          const none = { ...pending, filter: { statuses: ["pending"] as const } };
          assert.deepEqual((await store.history.deliveriesOfEndpoint(none))?.items, []);

          const ref = { appRef: app.id, ref: endpointId, now: START };
          await store.endpoints.update({ ...ref, change: { status: "paused" } });
          assert.deepEqual(await seen(), ["parked", null, 1, 0]);
          await store.endpoints.update({ ...ref, change: { status: "enabled" } });
          assert.deepEqual(await seen(), ["retrying", START + MINUTE, 0, 1]);
          const again = { appRef: app.id, eventId, endpointRef: endpointId };
          await store.queue.replay({ ...again, now: START + 1, idempotencyKey: null });
          assert.deepEqual(await seen(), ["pending", START + 1, 1, 0]);
        },
      ));

    test("deliveries of an event are listed with their endpoints", () =>
      story(
        harness,
        { endpoints: [{}, {}, {}, { eventTypes: ["other"] }], engine: false },
        async ({ store, app, endpoints }) => {
          const ids = endpoints.map((endpoint) => endpoint.endpointId);
          const eventId = await publishAt(store, app.id, START);
          const change = { status: "deleted" as const };
          await store.endpoints.update({ appRef: app.id, ref: ids[1] ?? "", change, now: START });
          const list = async (more: object) => {
            const window = firstPage(more);
            const page = await store.history.deliveriesOfEvent({ appRef: app.id, eventId, window });
            return [
              ...(page?.items ?? []).map((item) => [ids.indexOf(item.endpointId), item.status]),
              page?.done,
            ];
          };
          assert.deepEqual(await list({}), [
            [2, "pending"],
            [1, "cancelled"],
            [0, "pending"],
            true,
          ]);
          assert.deepEqual(await list({ limit: 1, after: ids[2] }), [[1, "cancelled"], false]);
          assert.deepEqual(await list({ limit: 1, after: ids[0], backward: true }), [
            [1, "cancelled"],
            false,
          ]);
          const unknown = { appRef: app.id, eventId: nextId("msg_"), window: firstPage() };
          assert.equal(await store.history.deliveriesOfEvent(unknown), null);
        },
      ));

    test("an event with several webhooks is one delivery of its endpoint, in the state of the least finished", () =>
      story(
        harness,
        { endpoints: [{ uid: "hook", dialect: "sendblue" }], engine: false },
        async ({ store, app }) => {
          const event = receivedText({ id: "m1" });
          const media = [1, 2, 3].map((n) => ({
            url: `https://x.example/${n}`,
            contentType: "image/png",
          }));
          const message = { ...event.canonical?.message, id: "m1", media };
          const id = await publishAt(store, app.id, START, { ...event, canonical: { message } });
          const leased = await claimDue(store, START);
          const parts = leased.filter((delivery) => delivery.snapshot.eventId === id);
          assert.equal(parts.length, 3);
          const list = async () => {
            const p = { appRef: app.id, endpointRef: "hook", window: firstPage(), filter: {} };
            const page = await store.history.deliveriesOfEndpoint(p);
            return page?.items.filter((item) => item.event.id === id).map((item) => item.status);
          };
          await finish(store, parts.slice(0, 2), DELIVERED, { at: START });
          assert.deepEqual(await list(), ["sending"]);
          await finish(store, parts.slice(2), FAILED, { at: START });
          assert.deepEqual(await list(), ["failed"]);
        },
      ));
  });
}
