import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { claimAll, delivered, makeApp, mustPublish } from "./fixtures.ts";
import { newEvent, outcome, publish, startEngine } from "./fixtures.ts";
import { START } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { sweepAll } from "./steps.ts";
import { story } from "./story.ts";

const LIMIT = 1000;
/** A payload of this many bytes. */
const sized = (bytes: number) => newEvent({ payloadText: `"${"x".repeat(bytes - 2)}"` });

export function testPendingBytes(harness: Harness): void {
  describe("the pending bytes of an application", () => {
    test("beyond the limit a publish stores nothing, other applications continue, and the limit is freed again", () =>
      story(
        harness,
        { endpoints: [{}, {}], engine: false, open: { limits: { pendingBytes: LIMIT } } },
        async ({ store, app }) => {
          const { app: other } = await makeApp(store, {});
          const engine = await startEngine(store);
          // Two endpoints: each payload counts twice.
          await mustPublish(store, app.id, [sized(300)]);
          await mustPublish(store, app.id, [sized(200)]);
          const refused = await publish(store, app.id, [sized(10)]);
          assert.equal(refused.kind === "refused" && refused.code, "rate_limited");
          // Waiting helps no publish that is beyond the limit alone.
          const alone = await publish(store, other.id, [sized(LIMIT + 1)]);
          assert.equal(alone.kind === "refused" && alone.code, "body_too_large");
          const { pendingBytes, mostPendingBytes } = await store.upkeep.gauges();
          assert.deepEqual([pendingBytes, mostPendingBytes], [1000, 1000]);
          assert.equal((await store.upkeep.totals()).created, 4);
          await mustPublish(store, other.id, [sized(10)]);

          const outcomes = engine.leased.slice(0, 2).map(delivered);
          await store.queue.record({ outcomes, now: START });
          await mustPublish(store, app.id, [sized(10)]);
          assert.deepEqual((await store.upkeep.check()).problems, []);
        },
      ));

    test("the bytes are octets of UTF-8, at publish and after a replay", () =>
      story(
        harness,
        { open: { limits: { pendingBytes: LIMIT } } },
        async ({ store, app, endpointId, engine }) => {
          const payloadText = JSON.stringify("Grüße 😀 日本");
          const octets = Buffer.byteLength(payloadText);
          assert.ok(octets > payloadText.length);
          const event = newEvent({ payloadText });
          await mustPublish(store, app.id, [event]);
          assert.equal((await store.upkeep.gauges()).pendingBytes, octets);
          await store.queue.record({ outcomes: engine.leased.map(delivered), now: START });
          assert.equal((await store.upkeep.gauges()).pendingBytes, 0);
          const replay = { appRef: app.id, eventId: event.id, endpointRef: endpointId, now: START };
          await store.queue.replay(replay);
          assert.equal((await store.upkeep.gauges()).pendingBytes, octets);
        },
      ));

    test("the bytes follow replays, failures, expunged and deleted data, and survive a restart", () =>
      story(
        harness,
        {
          endpoints: [{}, { eventTypes: ["none"] }],
          engine: false,
          open: { limits: { pendingBytes: LIMIT, pendingDeliveries: 3 } },
        },
        async ({ app, endpoints, opened }) => {
          const [first, second] = endpoints.map(({ endpointId }) => endpointId) as [string, string];
          const engine = await startEngine(opened.store);
          const pendingBytes = async () => {
            const { pendingBytes } = await opened.store.upkeep.gauges();
            assert.deepEqual((await opened.store.upkeep.check()).problems, []);
            return pendingBytes;
          };
          const events = [sized(100), sized(100), sized(100), sized(100)];
          const { backlogFull } = await mustPublish(opened.store, app.id, events);
          assert.equal(backlogFull, 1);
          assert.equal(await pendingBytes(), 300, "a delivery that failed at once is not pending");
          const failed = outcome(engine.leased[0] as never, {
            state: "failed",
            reason: "exhausted",
          });
          await opened.store.queue.record({ outcomes: [failed], now: START });
          assert.equal(await pendingBytes(), 200);
          const replay = { appRef: app.id, now: START };
          for (const { id: eventId } of [events[0], events[3]] as { id: string }[]) {
            await opened.store.queue.replay({ ...replay, eventId, endpointRef: first });
          }
          assert.equal(await pendingBytes(), 400);
          const missed = { eventId: events[0]?.id ?? "", endpointRef: second };
          await opened.store.queue.replay({ ...replay, ...missed });
          assert.equal(await pendingBytes(), 500);

          await sweepAll(opened.store, START);
          await opened.reopen();
          await mustPublish(opened.store, app.id, [{ ...sized(250), type: "none" }]);
          assert.equal((await publish(opened.store, app.id, [sized(260)])).kind, "refused");
          await opened.store.history.expungeEvent({
            appRef: app.id,
            eventId: events[1]?.id ?? "",
            now: START,
          });
          await startEngine(opened.store, "node-b");
          assert.ok((await claimAll(opened.store, "node-b", { endpointId: second })).length > 0);
          const change = { status: "deleted" } as const;
          await opened.store.endpoints.update({ appRef: app.id, ref: first, change, now: START });
          await sweepAll(opened.store, START);
          assert.equal(await pendingBytes(), 350, "the bytes of the second endpoint alone");
        },
      ));
  });
}
