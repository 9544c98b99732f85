/** Contract: a large publish is counted before it is written, and its deliveries are made in parts. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LIMITS } from "../../../src/core/limits.ts";
import { limitRefusal } from "../../../src/core/limits/limit.ts";
import { claimAll, delivered, makeApp, mustPublish } from "./fixtures.ts";
import { newEvent, publish, receivedText } from "./fixtures.ts";
import { claimNumbers, FEW_INLINE, numbered, part, runParts } from "./fan-out-steps.ts";
import { severalEvents, toNumbers } from "./fan-out-steps.ts";
import { START, type Harness } from "./harness.ts";
import { claimDue, ENDLESS_MS, finish, firstPage } from "./steps.ts";
import { story } from "./story.ts";

const TWO = [{}, {}];

export function testFanOuts(harness: Harness): void {
  describe("the count of a publish", () => {
    const limits = { deliveriesPerPublish: 5, pendingBytes: 1000 };

    test("beyond the limit nothing is written, and the refusal has the number and the limit", () =>
      story(harness, { endpoints: TWO, open: { limits } }, async ({ store, app, engine }) => {
        const refused = await publish(store, app.id, severalEvents(3));
        assert.ok(refused.kind === "refused");
        assert.deepEqual(
          [refused.code, refused.limit],
          ["body_too_large", "deliveries_per_publish"],
        );
        const wording = limitRefusal(LIMITS.deliveriesPerPublish, 5);
        assert.equal(refused.message, `${wording} The first 3 events would add 6 deliveries.`);
        assert.equal((await store.upkeep.totals()).created, 0);
        const window = firstPage();
        const events = await store.history.listEvents({ appRef: app.id, window, filter: {} });
        assert.deepEqual(events?.items, []);
        await mustPublish(store, app.id, severalEvents(2));
        assert.equal(engine.leased.length, 4);
      }));

    test("a derived event counts: the next event is refused, and the last one is not", () =>
      story(harness, { endpoints: TWO, open: { limits } }, async ({ store, app }) => {
        // Each text is from an unknown number, so it derives a new contact.
        const texts = [1, 2].map((n) => receivedText({ id: `t${n}`, from: `+1206555020${n}` }));
        const refused = await publish(store, app.id, texts);
        assert.ok(refused.kind === "refused");
        assert.match(refused.message, /The first 2 events would add 6 deliveries/);
        assert.equal((await store.upkeep.totals()).created, 0);
        await mustPublish(store, app.id, texts.slice(0, 1));
        assert.equal((await store.upkeep.totals()).created, 4);
      }));

    test("bytes that would exceed the quota are refused, with those that are not fanned out counted", () =>
      story(
        harness,
        { endpoints: TWO, open: { limits: { pendingBytes: 1000, inlineDeliveries: 1 } } },
        async ({ store, app }) => {
          const sized = (bytes: number) => newEvent({ payloadText: `"${"x".repeat(bytes - 2)}"` });
          await mustPublish(store, app.id, [sized(400)]);
          assert.equal((await store.upkeep.totals()).fanningOut, 2);
          const refused = await publish(store, app.id, [sized(100), sized(10)]);
          assert.ok(refused.kind === "refused");
          assert.deepEqual([refused.code, refused.limit], ["rate_limited", "pending_bytes"]);
          assert.match(refused.message, /The first 2 events would add 220 bytes/);
          await mustPublish(store, app.id, [sized(100)]);
          assert.equal((await store.upkeep.gauges()).pendingBytes, 1000);
          assert.deepEqual((await store.upkeep.check()).problems, []);
        },
      ));
  });

  describe("a large fan-out", () => {
    test("is answered with its count, made in parts in the order of the feed, and accounted for", () =>
      story(harness, { endpoints: TWO, open: { limits: FEW_INLINE } }, async (given) => {
        const { store, app, engine } = given;
        const [one, two] = given.endpoints.map(({ endpointId }) => endpointId);
        let created = 0;
        store.fanOuts.listen({ onCreated: () => (created += 1) });
        const result = await mustPublish(store, app.id, severalEvents(3));
        assert.deepEqual(
          result.events.map(({ deliveries }) => deliveries),
          [2, 2, 2],
        );
        assert.deepEqual([result.fanningOut, created, engine.leased.length], [6, 1, 0]);
        const totals = async () => {
          const { problems } = await store.upkeep.check();
          assert.deepEqual(problems, []);
          const { created, pending, fanningOut } = await store.upkeep.totals();
          return [created, pending, fanningOut];
        };
        assert.deepEqual(await totals(), [6, 0, 6]);
        assert.equal(await part(store, 3), 3);
        assert.deepEqual(await totals(), [6, 3, 3]);
        assert.deepEqual(await claimNumbers(store), [`${one} 1`, `${one} 2`, `${two} 1`].sort());
        assert.equal(await runParts(store, 2), 3);
        assert.deepEqual(await totals(), [6, 6, 0]);
        assert.deepEqual(await claimNumbers(store), [`${one} 3`, `${two} 2`, `${two} 3`].sort());
        const small = await mustPublish(store, app.id, [newEvent()]);
        assert.deepEqual([small.fanningOut, engine.leased.length], [undefined, 2]);
      }));

    test("later publishes of the application queue behind it, so ordering keys hold; others do not", () =>
      story(harness, { open: { limits: FEW_INLINE } }, async (given) => {
        const { store, app, endpointId, engine } = given;
        const { app: other } = await makeApp(store, {});
        const keyed = (n: number) => numbered(n, { orderingKey: "k" });
        await mustPublish(store, app.id, [1, 2, 3, 4].map(keyed));
        assert.equal((await mustPublish(store, app.id, [keyed(5)])).fanningOut, 1);
        assert.equal((await mustPublish(store, app.id, [numbered(6)])).fanningOut, 1);
        assert.equal((await mustPublish(store, other.id, [numbered(7)])).fanningOut, undefined);
        assert.deepEqual(toNumbers(engine.leased).length, 1);
        assert.equal(await runParts(store, 1), 6);
        for (const n of [1, 2, 3, 4, 5]) {
          const leased = await claimAll(store, engine.owner, { endpointId });
          const numbers = leased.map(({ snapshot }) => snapshot.payloadText);
          assert.deepEqual(numbers.toSorted(), n === 1 ? ["1", "6"] : [String(n)]);
          await store.queue.record({ outcomes: leased.map(delivered), now: START });
        }
      }));

    test("a publish that is refused leaves its application free", () =>
      story(
        harness,
        { open: { limits: { ...FEW_INLINE, deliveriesPerPublish: 10 } } },
        async (g) => {
          const { store, app } = g;
          const results = await Promise.all([
            publish(store, app.id, severalEvents(11)),
            mustPublish(store, app.id, [newEvent()]),
          ]);
          assert.equal(results[0].kind, "refused");
          assert.equal((await mustPublish(store, app.id, [newEvent()])).fanningOut, undefined);
        },
      ));

    test("applications take turns, and a node that follows continues at the cursor", () =>
      story(harness, { endpoints: TWO, open: { limits: FEW_INLINE } }, async ({ opened, app }) => {
        const { app: other } = await makeApp(opened.store, {});
        await mustPublish(opened.store, app.id, severalEvents(5));
        await mustPublish(opened.store, other.id, severalEvents(4));
        const made: number[] = [];
        let after = 0;
        for (let n = 0; n < 3; n++) {
          const stepped = await opened.store.fanOuts.step({
            now: START,
            after,
            limit: 3,
            sliceMs: ENDLESS_MS,
          });
          after = stepped.next ?? 0;
          const { apps } = await opened.store.upkeep.check();
          made.push(...apps.map(({ pending }) => pending));
        }
        assert.deepEqual(made, [3, 0, 3, 3, 6, 3]);
        await opened.reopen();
        assert.equal(await runParts(opened.store, 3), 5);
        const leased = await claimDue(opened.store, START);
        assert.equal(
          new Set(leased.map(({ endpointId, snapshot }) => `${endpointId} ${snapshot.eventId}`))
            .size,
          14,
        );
        assert.equal(leased.length, 14);
        await finish(opened.store, leased, { state: "delivered" }, { at: START });
        assert.deepEqual((await opened.store.upkeep.check()).problems, []);
      }));

    test("all webhooks of an endpoint are in one part", () =>
      story(
        harness,
        {
          endpoints: [{ dialect: "sendblue", eventTypes: ["receive"] }, {}],
          open: { limits: { inlineDeliveries: 1 } },
        },
        async ({ store, app }) => {
          const media = [1, 2, 3].map((n) => ({
            url: `https://example.com/${n}.png`,
            contentType: "image/png",
          }));
          const text = receivedText({ id: "t1" }, { derive: false });
          const message = { ...text.canonical?.message, media } as never;
          await mustPublish(store, app.id, [{ ...text, canonical: { message } }]);
          assert.equal(await part(store, 1), 3);
          assert.equal(await part(store, 1), 1);
          assert.equal(await runParts(store), 0);
        },
      ));

    test("an endpoint over its quota fails its deliveries at once, as in a small publish", () =>
      story(
        harness,
        { endpoints: TWO, open: { limits: { ...FEW_INLINE, pendingDeliveries: 2 } } },
        async ({ store, app }) => {
          await mustPublish(store, app.id, severalEvents(3));
          assert.equal(await runParts(store, 4), 6);
          const { created, pending, failed, fanningOut } = await store.upkeep.totals();
          assert.deepEqual([created, pending, failed, fanningOut], [6, 4, 2, 0]);
          assert.deepEqual((await store.upkeep.check()).problems, []);
        },
      ));
  });
}
