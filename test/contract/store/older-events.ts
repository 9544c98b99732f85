/** Contract: an endpoint that lists an older name of an event gets it in the older form, on every attempt. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OLDER_FORM } from "../../../src/core/events/dialect-events.ts";
import { makeApp, mustPublish, newEndpoint, receivedText } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { newJob, runJobs, startJob } from "./jobs.ts";
import { claimDue, finish, firstPage, HOUR, publishAt } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const OLDER = { dialect: "chirp", eventTypes: ["MESSAGE_CREATED"] } as const;
const CURRENT = { ...OLDER, eventTypes: ["messages.sms.received"] } as const;
const RETRY = { state: "pending", slot: 2, dueAt: START + HOUR } as const;

export function testOlderEvents(harness: Harness): void {
  describe("events under their older names", () => {
    test("a retry has the form of the first attempt, although the names have changed", () =>
      story(harness, { endpoints: [OLDER], engine: false }, async ({ store, app, endpointId }) => {
        await publishAt(store, app.id, START, receivedText({ id: "m1" }));
        const first = await claimDue(store, START);
        assert.deepEqual(toForms(first), [OLDER_FORM]);
        const change = { eventTypes: CURRENT.eventTypes };
        await store.endpoints.update({ appRef: app.id, ref: endpointId, change, now: START });
        await finish(store, first, RETRY, { at: START });
        assert.deepEqual(toForms(await claimDue(store, START + HOUR)), [OLDER_FORM]);
        await publishAt(store, app.id, START + HOUR, receivedText({ id: "m2" }));
        assert.deepEqual(toForms(await claimDue(store, START + HOUR)), [0]);
      }));

    test("deliveries in the older form are listed once each, in pages", () =>
      story(harness, { endpoints: [OLDER], engine: false }, async ({ store, app, endpointId }) => {
        const ids: string[] = [];
        for (const id of ["m1", "m2", "m3"]) {
          ids.unshift(await publishAt(store, app.id, START, receivedText({ id })));
        }
        const list = async (after: string | null) => {
          const window = firstPage({ after, limit: 2 });
          const p = { appRef: app.id, endpointRef: endpointId, window, filter: {} };
          const page = await store.history.deliveriesOfEndpoint(p);
          return page?.items.map(({ event }) => event.id);
        };
        assert.deepEqual(await list(null), ids.slice(0, 2));
        assert.deepEqual(await list(ids[1] ?? ""), ids.slice(2));
      }));

    test("a replay of missed events uses the form of the names that the endpoint lists", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app } = await makeApp(store);
        await mustPublish(store, app.id, [receivedText({ id: "m1" })]);
        for (const [fields, form] of [
          [OLDER, OLDER_FORM],
          [CURRENT, 0],
        ] as const) {
          const endpoint = newEndpoint(app.id, fields);
          await store.endpoints.create({ appRef: app.id, endpoint, idempotencyKey: null });
          const { endpointId: endpointRef } = endpoint;
          await startJob(store, { appRef: app.id, endpointRef, job: newJob("endpoint.replay") });
          await runJobs(store, START);
          const mine = (await claimDue(store, START)).filter(
            (one) => one.endpointId === endpointRef,
          );
          assert.deepEqual(toForms(mine), [form]);
        }
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("a replay of one event to an endpoint without it uses the form of its names", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app } = await makeApp(store);
        const event = receivedText({ id: "m1" });
        await mustPublish(store, app.id, [event]);
        const endpoint = newEndpoint(app.id, OLDER);
        await store.endpoints.create({ appRef: app.id, endpoint, idempotencyKey: null });
        const { endpointId: endpointRef } = endpoint;
        await store.queue.replay({ appRef: app.id, eventId: event.id, endpointRef, now: START });
        assert.deepEqual(toForms(await claimDue(store, START)), [OLDER_FORM]);
      }));
  });
}

function toForms(leased: readonly { readonly webhookIndex: number }[]): readonly number[] {
  return leased.map(({ webhookIndex }) => webhookIndex);
}
