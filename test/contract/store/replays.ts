/** Contract: the deliveries and events that each kind of job makes due. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NewEvent } from "../../../src/core/decide-types.ts";
import type { ReplayFilter } from "../../../src/store/interface/jobs.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, mustPublish, newEndpoint, newEvent, receivedText } from "./fixtures.ts";
import { START } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { newJob, runJobs, startJob } from "./jobs.ts";
import { claimDue, DAY, ENDLESS_MS, finish, HOUR, publishAt } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const FAILED = { state: "failed", reason: "exhausted" } as const;
const DELIVERED = { state: "delivered" } as const;
const PARKED = {
  created: 1,
  delivered: 0,
  pending: 0,
  parked: 1,
  failed: 0,
  cancelled: 0,
  fanningOut: 0,
};

/** Creates the endpoint after the events. Returns the events that a replay of missed events sends. */
async function publishMissed(
  store: Store,
  events: readonly NewEvent[],
  fields: Parameters<typeof newEndpoint>[1] = {},
): Promise<readonly string[]> {
  const { app } = await makeApp(store);
  for (const event of events) await mustPublish(store, app.id, [event]);
  const endpoint = newEndpoint(app.id, fields);
  await store.endpoints.create({ appRef: app.id, endpoint, idempotencyKey: null });
  const { endpointId: endpointRef } = endpoint;
  await startJob(store, { appRef: app.id, endpointRef, job: newJob("endpoint.replay") });
  await runJobs(store, START);
  const leased = await claimDue(store, START);
  assert.ok(leased.every(({ trigger }) => trigger === "manual"));
  assert.deepEqual((await store.upkeep.check()).problems, []);
  return leased.map(({ snapshot }) => snapshot.eventId);
}

export function testReplays(harness: Harness): void {
  describe("recovering an endpoint", () => {
    test("makes exactly the failed deliveries in the given time due", () =>
      story(harness, { endpoints: [{}, {}], engine: false }, async ({ store, app, endpoints }) => {
        const [mine, other] = endpoints.map(({ endpointId }) => endpointId) as [string, string];
        const ids: string[] = [];
        for (const hour of [0, 1, 2, 3]) {
          ids.push(await publishAt(store, app.id, START + hour * HOUR));
          const leased = await claimDue(store, START + hour * HOUR);
          const isLate = hour === 2;
          await finish(store, leased, isLate ? DELIVERED : FAILED, { at: START + hour * HOUR });
        }
        const params = { since: START + HOUR, until: START + 3 * HOUR };
        const job = newJob("endpoint.recover", params, START + DAY);
        await startJob(store, { appRef: app.id, endpointRef: mine, job });
        assert.equal(await runJobs(store, START + DAY), 1);
        const leased = await claimDue(store, START + DAY);
        assert.deepEqual(
          leased.map(({ endpointId, snapshot }) => [endpointId, snapshot.eventId]),
          [[mine, ids[1]]],
        );
        assert.notEqual(mine, other);
      }));

    test("pending deliveries become due now and keep their slot, schedule and deliverAt", () =>
      story(harness, { engine: false }, async ({ store, app, endpoints }) => {
        const ref = endpoints[0]?.endpointId ?? "";
        await publishAt(store, app.id, START);
        const retry = { state: "pending", slot: 9, dueAt: START + 6 * HOUR } as const;
        await finish(store, await claimDue(store, START), retry, { at: START });
        const later = newEvent({ deliverAt: START + 5 * HOUR });
        await mustPublish(store, app.id, [later], { acceptedAt: START });
        const filter = { state: "pending", keepsSchedule: true } as const;
        const job = newJob("endpoint.bulk-replay", { filter }, START + HOUR);
        await startJob(store, { appRef: app.id, endpointRef: ref, job });
        assert.equal(await runJobs(store, START + HOUR), 1);
        const [leased, ...others] = await claimDue(store, START + HOUR);
        assert.deepEqual([leased?.slot, leased?.baseAt, leased?.trigger], [9, START, "scheduled"]);
        assert.deepEqual(others, []);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("parked deliveries leave at once when the endpoint is enabled", () =>
      story(harness, { engine: false }, async ({ store, app, endpoints }) => {
        const ref = endpoints[0]?.endpointId ?? "";
        await publishAt(store, app.id, START);
        const retry = { state: "pending", slot: 9, dueAt: START + 6 * HOUR } as const;
        await finish(store, await claimDue(store, START), retry, { at: START });
        const update = { appRef: app.id, ref, now: START };
        await store.endpoints.update({ ...update, change: { status: "disabled" } });
        const job = newJob("endpoint.recover");
        await startJob(store, { appRef: app.id, endpointRef: ref, job });
        assert.equal(await runJobs(store, START), 1);
        assert.deepEqual(await store.upkeep.totals(), PARKED);
        assert.deepEqual(await claimDue(store, START + 1), []);
        await store.endpoints.update({ ...update, change: { status: "enabled" } });
        const [leased] = await claimDue(store, START + 1);
        assert.deepEqual([leased?.slot, leased?.trigger], [1, "manual"]);
      }));

    test("skips events without content, or that retention is about to delete", () =>
      story(harness, { engine: false }, async ({ store, app, endpoints }) => {
        const endpointRef = endpoints[0]?.endpointId ?? "";
        const blank = await publishAt(store, app.id, START);
        await publishAt(store, app.id, START);
        await finish(store, await claimDue(store, START), FAILED, { at: START });
        await store.history.expungeEvent({ appRef: app.id, eventId: blank, now: START });
        const job = newJob("endpoint.recover");
        await startJob(store, { appRef: app.id, endpointRef, job });
        const late = { limit: 9, perSecond: 9, sliceMs: ENDLESS_MS, keptSince: START + 1 };
        assert.equal((await store.jobs.step({ ...late, now: START })).done, 0);
        await startJob(store, { appRef: app.id, endpointRef, job: newJob("endpoint.recover") });
        assert.equal(await runJobs(store, START), 1);
      }));
  });

  describe("replaying missed events of an endpoint", () => {
    test("sends the events that now match and had no delivery, in order", () =>
      story(harness, EMPTY, async ({ store }) => {
        const wanted = [1, 2, 3].map(() => newEvent({ type: "a.b", channels: ["x"] }));
        const others = [
          newEvent({ type: "c.d", channels: ["x"] }),
          newEvent({ type: "a.b" }),
          newEvent({ type: "a.b", channels: ["x"], historical: true }),
          newEvent({ type: "a.b", channels: ["x"], onlyEndpointId: "ep_another" }),
        ];
        const fields = { eventTypes: ["a.b"], channels: ["x"] };
        assert.deepEqual(
          await publishMissed(store, [...others, ...wanted], fields),
          wanted.map(({ id }) => id),
        );
      }));

    test("an endpoint with historical events enabled gets them", () =>
      story(harness, EMPTY, async ({ store }) => {
        const event = newEvent({ historical: true });
        assert.deepEqual(await publishMissed(store, [event], { wantsHistory: true }), [event.id]);
      }));

    test("events that had a delivery in any state are not sent again", () =>
      story(harness, { engine: false }, async ({ store, app, endpoints }) => {
        const ref = endpoints[0]?.endpointId ?? "";
        const seen = await publishAt(store, app.id, START);
        await finish(store, await claimDue(store, START), FAILED, { at: START });
        const update = { appRef: app.id, ref, now: START };
        await store.endpoints.update({ ...update, change: { status: "disabled" } });
        const missed = await publishAt(store, app.id, START);
        await store.endpoints.update({ ...update, change: { status: "enabled" } });
        for (const expected of [[missed], []]) {
          const job = newJob("endpoint.replay");
          await startJob(store, { appRef: app.id, endpointRef: ref, job });
          await runJobs(store, START);
          const leased = await claimDue(store, START);
          assert.deepEqual(
            leased.map(({ snapshot }) => snapshot.eventId),
            expected,
          );
        }
        assert.notEqual(seen, missed);
      }));

    test("a dialect gets the events that it has a webhook for, with all webhooks, of its lines", () =>
      story(harness, EMPTY, async ({ store }) => {
        const picture = { url: "https://example.com/a.png", contentType: "image/png" };
        const from = "+12065550100";
        const given = { id: "m-1", channel: "sms" as const, from, to: "+12065550199", text: "" };
        const message = { ...given, direction: "inbound" as const, media: [picture, picture] };
        const text = receivedText({ id: "m-1" }, { canonical: { message } });
        const elsewhere = receivedText({ id: "m-2", to: "+12065550111" });
        const foreign = newEvent({ type: "invoice.paid" });
        const events = [text, elsewhere, foreign];
        const fields = { dialect: "sendblue" as const, lines: ["+12065550199"] };
        const missed = await publishMissed(store, events, { ...fields, eventTypes: ["receive"] });
        assert.deepEqual(missed, [text.id, text.id]);
      }));

    test("a status that its dialect reported already is not sent again, nor one without news", () =>
      story(harness, EMPTY, async ({ store }) => {
        const statuses = ["sent", "delivered_to_carrier", "sent", "delivered_to_handset"] as const;
        const message = outbound("m-1");
        const payloadText = JSON.stringify({ message });
        const makeEvents = () => [
          newEvent({ type: "message.sent", payloadText, canonical: { message } }),
          ...statuses.map((status) =>
            newEvent({
              type: "message.progress",
              payloadText: `{"message":{"id":"m-1","status":"${status}"}}`,
              canonical: { message: { id: "m-1", status } },
            }),
          ),
        ];
        const missedBy = async (fields: Parameters<typeof publishMissed>[2]) => {
          const events = makeEvents();
          const missed = await publishMissed(store, events, fields);
          return missed.map((id) => events.findIndex((event) => event.id === id));
        };
        assert.deepEqual(
          await missedBy({ dialect: "sendblue", eventTypes: ["outbound"] }),
          [0, 1, 4],
        );
        assert.deepEqual(await missedBy({ eventTypes: ["message.progress"] }), [1, 2, 4]);
      }));

    test("events are not sent before their time", () =>
      story(harness, EMPTY, async ({ store }) => {
        const event = newEvent({ deliverAt: START + HOUR });
        assert.deepEqual(await publishMissed(store, [event]), []);
        assert.equal((await claimDue(store, START + HOUR)).length, 1);
      }));
  });

  describe("replaying in bulk", () => {
    test("makes delivered and failed deliveries due, and applies every filter", () =>
      story(harness, { engine: false }, async ({ store, app, endpoints }) => {
        const endpointRef = endpoints[0]?.endpointId ?? "";
        const ok = newEvent({ type: "a.b", channels: ["x"] });
        const refused = newEvent({ type: "c.d", tags: ["t"] });
        const silent = newEvent({ type: "c.d" });
        const waiting = newEvent({ type: "a.b" });
        for (const [event, end, statusCode] of [
          [ok, DELIVERED, 200],
          [refused, FAILED, 404],
          [silent, FAILED, 0],
          [waiting, { state: "pending", slot: 2, dueAt: START + 9 * HOUR }, 500],
        ] as const) {
          await mustPublish(store, app.id, [event]);
          await finish(store, await claimDue(store, START), end, { at: START, statusCode });
        }
        const cases: [ReplayFilter, NewEvent[]][] = [
          [{ eventTypes: ["a.b"] }, [ok]],
          [{ channel: "x" }, [ok]],
          [{ tag: "t" }, [refused]],
          [{ state: "failed" }, [refused, silent]],
          [{ state: "delivered" }, [ok]],
          [{ state: "pending" }, [waiting]],
          [{ statusCodeClass: 400 }, [refused]],
          [{ statusCodeClass: 0 }, [silent]],
          [{ state: "failed", eventTypes: ["a.b"] }, []],
          [{}, [ok, refused, silent]],
        ];
        for (const [filter, expected] of cases) {
          const job = newJob("endpoint.bulk-replay", { filter });
          await startJob(store, { appRef: app.id, endpointRef, job });
          await runJobs(store, START);
          const leased = await claimDue(store, START);
          assert.deepEqual(
            leased.map(({ snapshot }) => snapshot.eventId),
            expected.map(({ id }) => id),
            JSON.stringify(filter),
          );
          // The states are restored, so that every case begins alike.
          for (const delivery of leased) {
            const { eventId } = delivery.snapshot;
            const statusCode = eventId === ok.id ? 200 : eventId === refused.id ? 404 : 0;
            const end =
              eventId === ok.id
                ? DELIVERED
                : eventId === waiting.id
                  ? ({ state: "pending", slot: 2, dueAt: START + 9 * HOUR } as const)
                  : FAILED;
            await finish(store, [delivery], end, { at: START, statusCode });
          }
        }
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));
  });
}

function outbound(id: string) {
  const [from, to] = ["+12065550199", "+12065550100"];
  return {
    id,
    channel: "sms" as const,
    from,
    to,
    text: "Hi",
    media: [],
    direction: "outbound" as const,
  };
}
