import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { RecordedOutcome } from "../../../src/store/interface/queue.ts";
import {
  claimAll,
  delivered,
  makeApp,
  mustPublish,
  newEndpoint,
  newEvent,
  outcome,
  startEngine,
} from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { listOperationalEvents, listReported, makeOperatorEndpoint } from "./operator.ts";
import { MINUTE } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const TYPE = "message.attempt.log";
const RETRIED: RecordedOutcome["next"] = { state: "pending", slot: 2, dueAt: START };

export function testAttemptLog(harness: Harness): void {
  describe("the operator's log of attempts", () => {
    test("the attempts of one commit are one event, in that commit, and each has Svix's fields", () =>
      story(harness, EMPTY, async ({ store }) => {
        const operator = await makeOperatorEndpoint(store, [TYPE]);
        const { app, endpoints } = await makeApp(store, {}, {});
        const engine = await startEngine(store);
        await mustPublish(store, app.id, [newEvent({ eventId: "invoice-7" })]);
        const [first, second] = engine.leased;
        assert.ok(first && second);
        const outcomes = [outcome(first, RETRIED), delivered(second)];
        await store.queue.record({ outcomes, now: START + 5 });

        const [event, ...others] = await listOperationalEvents(store);
        assert.deepEqual(others, []);
        const { type, data } = JSON.parse(event?.payloadText ?? "");
        assert.equal(type, TYPE);
        const common = {
          orgId: "org_hookline",
          appId: app.id,
          appUid: null,
          msgId: first.snapshot.eventId,
          msgEventId: "invoice-7",
          msgCreated: new Date(START).toISOString(),
          eventType: "invoice.paid",
          attemptCount: 1,
          attemptStart: new Date(START).toISOString(),
          attemptEnd: new Date(START + 12).toISOString(),
        };
        const [failed, succeeded] = outcomes.map(({ endpointId, attempt }) => {
          return { ...common, endpointId, attemptId: attempt?.id };
        });
        assert.deepEqual(data, [
          { ...failed, responseStatusCode: 500, status: 2 },
          { ...succeeded, responseStatusCode: 200, status: 0 },
        ]);
        assert.equal(endpoints.length, 2);
        const pending = await claimAll(store, engine.owner, {
          endpointId: operator.endpointId,
          now: START + 5,
        });
        assert.equal(pending[0]?.snapshot.eventId, event?.id);

        // The attempt that delivers the log is not logged: that would never end.
        await store.queue.record({ outcomes: pending.map(delivered), now: START + MINUTE });
        assert.equal((await listOperationalEvents(store)).length, 1);
        const [again] = await claimAll(store, engine.owner, { endpointId: first.endpointId });
        assert.ok(again);
        await store.queue.record({ outcomes: [delivered(again)], now: START + MINUTE });
        const counts = await listReported(store, (list) =>
          (list as unknown as { attemptCount: number }[]).map(({ attemptCount }) => attemptCount),
        );
        assert.deepEqual(counts, [
          [TYPE, [1, 1]],
          [TYPE, [2]],
        ]);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("an endpoint without a list of types does not get it, and then it is not stored", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store, null);
        const { app } = await makeApp(store);
        const engine = await startEngine(store);
        const record = async (now: number) => {
          const made = await store.endpoints.create({
            appRef: app.id,
            endpoint: newEndpoint(app.id),
            idempotencyKey: null,
          });
          assert.ok(made);
          await mustPublish(store, app.id, [newEvent()]);
          const outcomes = engine.leased.splice(0).map(delivered);
          assert.ok(outcomes.length > 0);
          await store.queue.record({ outcomes, now });
        };
        const countLogs = async () =>
          (await listOperationalEvents(store)).filter((event) => event.type === TYPE).length;
        await record(START);
        assert.equal(await countLogs(), 0);
        const asking = await makeOperatorEndpoint(store, [TYPE]);
        await record(START + MINUTE);
        assert.equal(await countLogs(), 1);
        const pending = await claimAll(store, engine.owner, {
          endpointId: asking.endpointId,
          now: START + MINUTE,
        });
        assert.equal(pending.length, 1);
      }));

    test("an outcome that came too late, or used up no attempt, is not logged", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store, [TYPE]);
        const { app } = await makeApp(store, {}, {});
        const engine = await startEngine(store);
        await mustPublish(store, app.id, [newEvent()]);
        const [first, second] = engine.leased;
        assert.ok(first && second);
        const late = { ...delivered(first), fence: first.fence + 1 };
        const outcomes = [late, { ...outcome(second, RETRIED), attempt: null }];
        await store.queue.record({ outcomes, now: START });
        assert.deepEqual(await listOperationalEvents(store), []);
      }));

    test("an event has at most 100 attempts", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store, [TYPE]);
        const { app } = await makeApp(store, {});
        const engine = await startEngine(store);
        const events = Array.from({ length: 250 }, () => newEvent());
        await mustPublish(store, app.id, events);
        const outcomes = engine.leased.map(delivered);
        assert.equal(outcomes.length, 250);
        await store.queue.record({ outcomes, now: START });
        const sizes = await listReported(store, (list) => (list as unknown as object[]).length);
        assert.deepEqual(
          sizes.map(([, size]) => size),
          [100, 100, 50],
        );
      }));
  });
}
