import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OPERATOR_APP_ID, type AttemptNote } from "../../../src/core/events/operational-events.ts";
import type { Endpoint } from "../../../src/store/interface/endpoints.ts";
import type { RecordedOutcome } from "../../../src/store/interface/queue.ts";
import type { LeasedDelivery } from "../../../src/store/queue/leased-delivery.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  claimAll,
  makeApp,
  mustPublish,
  newAttempt,
  newEvent,
  outcome,
  startEngine,
} from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { listOperationalEvents, makeOperatorEndpoint, seedOperator } from "./operator.ts";
import { firstPage, HOUR, MINUTE, publishAt } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const EXHAUSTED: RecordedOutcome["next"] = { state: "failed", reason: "exhausted" };
const REFUSED = { statusCode: 401, succeeded: false };
const FAULTY = { statusCode: 503, succeeded: false };
const RETRIED: RecordedOutcome["next"] = { state: "pending", slot: 2, dueAt: START };

export function testOperationalEvents(harness: Harness): void {
  describe("operational events", () => {
    test("an outcome and its event are one commit, and the event is pending for the operator's endpoint", () =>
      story(harness, EMPTY, async ({ store }) => {
        const operator = await makeOperatorEndpoint(store);
        const { app, endpointId, leased } = await oneLeased(store, { uid: "hook" });
        const engine = await startEngine(store);
        const failed = withEvent(leased, EXHAUSTED, "message.attempt.exhausted");
        await store.queue.record({ outcomes: [failed], now: START + 5 });

        const [event] = await listOperationalEvents(store);
        assert.equal(event?.type, "message.attempt.exhausted");
        assert.deepEqual(JSON.parse(event?.payloadText ?? ""), {
          type: "message.attempt.exhausted",
          data: {
            appId: app.id,
            appUid: null,
            endpointId,
            msgId: leased.snapshot.eventId,
            msgEventId: "invoice-7",
            lastAttempt: {
              id: failed.attempt?.id,
              timestamp: new Date(START).toISOString(),
              responseStatusCode: 500,
            },
          },
        });
        assert.ok(engine.due.includes(operator.endpointId), "its owner was notified");
        const pending = await claimAll(store, engine.owner, {
          endpointId: operator.endpointId,
          now: START + 5,
        });
        assert.equal(pending[0]?.snapshot.eventId, event?.id);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("without an endpoint of the operator no event is created", () =>
      story(harness, EMPTY, async ({ store }) => {
        await seedOperator(store);
        const { leased } = await oneLeased(store);
        const outcomes = [withEvent(leased, EXHAUSTED, "message.attempt.exhausted")];
        await store.queue.record({ outcomes, now: START });
        assert.deepEqual(await listOperationalEvents(store), []);
      }));

    test("an outcome that came too late creates no event", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store);
        const { leased } = await oneLeased(store);
        const reported = withEvent(leased, EXHAUSTED, "message.attempt.exhausted");
        const outcomes = [{ ...reported, fence: reported.fence + 1 }];
        const { stale } = await store.queue.record({ outcomes, now: START });
        assert.equal(stale.length, 1);
        assert.deepEqual(await listOperationalEvents(store), []);
      }));

    test("an attempt that is not the delivery's own is reported with the delivery's last one", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store);
        const { endpointId, leased, owner } = await oneLeased(store);
        const first = { ...outcome(leased, RETRIED), attempt: newAttempt({ statusCode: 503 }) };
        await store.queue.record({ outcomes: [first], now: START });
        const [again] = await claimAll(store, owner, { endpointId });
        assert.ok(again);
        const last = withEvent(again, EXHAUSTED, "message.attempt.exhausted");
        await store.queue.record({ outcomes: [{ ...last, attempt: null }], now: START });
        const { data } = JSON.parse((await listOperationalEvents(store))[0]?.payloadText ?? "");
        assert.equal(data.lastAttempt.id, first.attempt.id);
        assert.equal(data.lastAttempt.responseStatusCode, 503);
      }));

    test("a delivery recovers once, and only from failures that were reported", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store);
        const reported = await oneLeased(store);
        const ordinary = await oneLeased(store);
        const deliver = async ({ endpointId, owner }: typeof reported) => {
          const [again] = await claimAll(store, owner, { endpointId });
          assert.ok(again);
          const done = withEvent(again, { state: "delivered" }, "message.attempt.recovered");
          await store.queue.record({ outcomes: [done], now: START });
          return (await listOperationalEvents(store)).length;
        };
        const outcomes = [
          { ...outcome(reported.leased, RETRIED), attempt: newAttempt(REFUSED) },
          { ...outcome(ordinary.leased, RETRIED), attempt: newAttempt(FAULTY) },
        ];
        await store.queue.record({ outcomes, now: START });
        assert.equal(await deliver(ordinary), 0);
        assert.equal(await deliver(reported), 1);
        const { app, endpointId, leased } = reported;
        const { eventId } = leased.snapshot;
        await store.queue.replay({ appRef: app.id, eventId, endpointRef: endpointId, now: START });
        assert.equal(await deliver(reported), 1);
      }));

    test("a change of status is reported once, and one without an effect is not", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store);
        const { app, endpointId } = await oneLeased(store);
        const disable = {
          appRef: app.id,
          ref: endpointId,
          change: { status: "disabled", disabledReason: "gone" },
          failingSince: START - HOUR,
          now: START,
        } as const;
        await store.endpoints.update(disable);
        await store.endpoints.update(disable);
        const reported = await listOperationalEvents(store);
        assert.deepEqual(
          reported.map(({ type }) => type),
          ["endpoint.disabled"],
        );
        const { data } = JSON.parse(reported[0]?.payloadText ?? "");
        assert.equal(data.trigger, "automatic");
        assert.equal(data.failSince, new Date(START - HOUR).toISOString());
      }));

    test("a refused change creates no event", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store);
        const { app, endpoints } = await makeApp(store, { uid: "taken" }, {});
        const refused = store.endpoints.update({
          appRef: app.id,
          ref: endpoints[1]?.endpointId ?? "",
          change: { status: "disabled", uid: "taken" },
          now: START,
        });
        await assert.rejects(refused, { code: "conflict" });
        assert.deepEqual(await listOperationalEvents(store), []);
      }));

    test("a full backlog is reported once per endpoint and hour, and not when its publish is refused", () =>
      story(
        harness,
        { endpoints: null, engine: false, open: { limits: { pendingDeliveries: 2 } } },
        async ({ store }) => {
          await makeOperatorEndpoint(store);
          const { app, endpoints } = await makeApp(store, {}, {});
          await mustPublish(store, app.id, [newEvent(), newEvent({ eventId: "e1" })]);
          assert.deepEqual(await listOperationalEvents(store), []);
          const refused = await store.accept.publish({
            appRef: app.id,
            createApp: null,
            events: [newEvent(), newEvent({ eventId: "e1" })],
            onDuplicate: "refuse",
            idempotencyKey: null,
            acceptedAt: START,
          });
          assert.equal(refused.kind, "refused");
          assert.deepEqual(await listOperationalEvents(store), []);

          await mustPublish(store, app.id, [newEvent(), newEvent()]);
          await publishAt(store, app.id, START + HOUR - 1);
          assert.equal((await listOperationalEvents(store)).length, 2);
          await publishAt(store, app.id, START + HOUR);
          const reported = (await listOperationalEvents(store)).map(({ payloadText }) =>
            JSON.parse(payloadText ?? ""),
          );
          assert.equal(reported.length, 4);
          assert.deepEqual(
            new Set(reported.map(({ data }) => data.endpointId)),
            new Set(endpoints.map(({ endpointId }) => endpointId)),
          );
          assert.deepEqual(new Set(reported.map(({ data }) => data.limit)), new Set([2]));
          assert.deepEqual((await store.upkeep.check()).problems, []);
        },
      ));

    test("in a storm some events are created, and the others are counted as suppressed", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store);
        const { app } = await makeApp(store, {});
        const engine = await startEngine(store);
        const events = Array.from({ length: 25 }, () => newEvent());
        await mustPublish(store, app.id, events);
        const storm = (now: number, leased: readonly LeasedDelivery[]) => {
          const outcomes = leased.map((each) =>
            withEvent(each, RETRIED, "message.attempt.failing"),
          );
          return store.queue.record({ outcomes, now });
        };
        assert.equal((await storm(START, engine.leased)).suppressed, 5);
        assert.equal((await listOperationalEvents(store)).length, 20);
        const endpointId = engine.leased[0]?.endpointId ?? "";
        const again = await claimAll(store, engine.owner, { endpointId, now: START + MINUTE });
        assert.equal((await storm(START + MINUTE, again)).suppressed, 5);
        assert.equal((await listOperationalEvents(store)).length, 40);
      }));

    test("changes of the operator's own endpoints create no event", () =>
      story(
        harness,
        { endpoints: null, engine: false, open: { limits: { pendingDeliveries: 1 } } },
        async ({ store }) => {
          const operator = await makeOperatorEndpoint(store);
          const { leased } = await oneLeased(store);
          const engine = await startEngine(store);
          const outcomes = [withEvent(leased, EXHAUSTED, "message.attempt.exhausted")];
          await store.queue.record({ outcomes, now: START });
          const [pending] = await claimAll(store, engine.owner, {
            endpointId: operator.endpointId,
          });
          assert.ok(pending);
          await store.endpoints.update({
            appRef: OPERATOR_APP_ID,
            ref: operator.endpointId,
            change: { status: "disabled" },
            now: START,
          });
          const failing = [withEvent(pending, RETRIED, "message.attempt.failing")];
          await store.queue.record({ outcomes: failing, now: START });
          assert.equal((await listOperationalEvents(store)).length, 1);
        },
      ));

    test("the operator's application is not listed and cannot be read, changed or deleted", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store);
        await seedOperator(store);
        const ref = OPERATOR_APP_ID;
        assert.deepEqual((await store.apps.list(firstPage())).items, []);
        assert.equal(await store.apps.get({ ref }), null);
        assert.equal(await store.apps.update({ ref, change: { name: "x" }, now: START }), null);
        assert.equal(await store.apps.delete({ ref, now: START }), false);
        const page = await store.endpoints.list({ ...firstPage(), appRef: ref, dialect: null });
        assert.equal(page?.items.length, 1);
      }));
  });
}

/** An application with one endpoint and one leased delivery. */
async function oneLeased(store: Store, fields: Partial<Endpoint> = {}) {
  const { app, endpoints } = await makeApp(store, fields);
  const engine = await startEngine(store);
  await mustPublish(store, app.id, [newEvent({ eventId: "invoice-7" })]);
  const [leased] = engine.leased;
  if (leased === undefined) throw new Error("nothing was leased");
  return { app, endpointId: endpoints[0]?.endpointId ?? "", leased, owner: engine.owner };
}

function withEvent(
  delivery: LeasedDelivery,
  next: RecordedOutcome["next"],
  type: Extract<AttemptNote["type"], `message.${string}`>,
): RecordedOutcome {
  return { ...outcome(delivery, next), operationalEvents: [{ type }] };
}
