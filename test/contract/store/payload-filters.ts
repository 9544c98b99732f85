/** Contract: payload filters of endpoints, at the publish, in parts of a fan-out and in replays. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { NewEvent } from "../../../src/core/decide-types.ts";
import { LIMITS } from "../../../src/core/limits.ts";
import type { Endpoint } from "../../../src/store/interface/endpoints.ts";
import type { Store } from "../../../src/store/store.ts";
import { FEW_INLINE, runParts } from "./fan-out-steps.ts";
import { mustPublish, newEndpoint, newEvent, publish } from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { newJob, runJobs, startJob } from "./jobs.ts";
import { claimDue } from "./steps.ts";
import { APP, story } from "./story.ts";

const paid = (amount: number, fields: Partial<NewEvent> = {}): NewEvent =>
  newEvent({ payloadText: `{"amount":${amount}}`, ...fields });
const LARGE = "amount > `100`";

/** The amounts of all deliveries that are due, with the path of their endpoint. */
async function dueAmounts(
  store: Store,
  endpoints: readonly Endpoint[],
): Promise<readonly string[]> {
  const uids = new Map(endpoints.map(({ endpointId, uid }) => [endpointId, uid]));
  const leased = await claimDue(store, START);
  return leased
    .map(({ endpointId, snapshot }) => `${uids.get(endpointId)} ${snapshot.payloadText}`)
    .toSorted();
}

export function testPayloadFilters(harness: Harness): void {
  const two = [{ uid: "all" }, { uid: "large", filter: LARGE }];

  describe("a payload filter", () => {
    test("selects the events for whose payload it is true, beside endpoints without one", () =>
      story(harness, { endpoints: two, engine: false }, async ({ store, app, endpoints }) => {
        const { events, filterSteps } = await mustPublish(store, app.id, [
          paid(1),
          paid(101),
          paid(1, { payloadText: '{"amount":"many"}' }),
          paid(1, { payloadText: "no json", contentType: "text/plain" }),
        ]);
        assert.deepEqual(
          events.map(({ deliveries }) => deliveries),
          [1, 2, 1, 1],
        );
        assert.ok((filterSteps ?? 0) > 0);
        const large = (await dueAmounts(store, endpoints)).filter((one) => one.startsWith("large"));
        assert.deepEqual(large, ['large {"amount":101}']);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("is applied as it is after a change, and no longer once it is removed", () =>
      story(harness, { endpoints: [{ filter: LARGE }] }, async ({ store, app, endpointId }) => {
        const deliveriesOf = async (event: NewEvent) =>
          (await mustPublish(store, app.id, [event])).events[0]?.deliveries;
        const change = (filter: string | null) =>
          store.endpoints.update({
            appRef: app.id,
            ref: endpointId,
            change: { filter },
            now: START,
          });
        assert.equal(await deliveriesOf(paid(1)), 0);
        await change("amount == `1`");
        assert.equal(await deliveriesOf(paid(1)), 1);
        assert.equal(await deliveriesOf(paid(101)), 0);
        const found = await store.endpoints.get({ appRef: app.id, ref: endpointId });
        assert.equal(found?.filter, "amount == `1`");
        await change(null);
        assert.equal(await deliveriesOf(paid(101)), 1);
      }));

    test("does not hold back an event that is meant for its endpoint alone", () =>
      story(harness, { endpoints: [{ filter: LARGE }] }, async ({ store, app, endpointId }) => {
        const { events } = await mustPublish(store, app.id, [
          paid(1, { onlyEndpointId: endpointId }),
        ]);
        assert.equal(events[0]?.deliveries, 1);
      }));

    test("is applied to a large publish, whose deliveries are made in parts", () =>
      story(
        harness,
        { endpoints: two, engine: false, open: { limits: FEW_INLINE } },
        async ({ store, app, endpoints }) => {
          const events = [1, 101, 2, 102].map((amount) => paid(amount));
          assert.equal((await mustPublish(store, app.id, events)).fanningOut, 6);
          assert.equal(await runParts(store, 2), 6);
          const large = (await dueAmounts(store, endpoints)).filter((one) => one.startsWith("l"));
          assert.deepEqual(large, ['large {"amount":101}', 'large {"amount":102}']);
          assert.deepEqual((await store.upkeep.check()).problems, []);
        },
      ));

    test("is applied by a replay of missed events, of which there may be many", () =>
      story(harness, APP, async ({ store, app }) => {
        const amounts = Array.from({ length: 40 }, (_, i) => (i % 8 === 0 ? 101 + i : i));
        await mustPublish(
          store,
          app.id,
          amounts.map((amount) => paid(amount)),
        );
        const endpoint = newEndpoint(app.id, { uid: "large", filter: LARGE });
        await store.endpoints.create({ appRef: app.id, endpoint, idempotencyKey: null });
        const { endpointId: endpointRef } = endpoint;
        await startJob(store, { appRef: app.id, endpointRef, job: newJob("endpoint.replay") });
        await runJobs(store, START);
        assert.deepEqual(
          await dueAmounts(store, [endpoint]),
          amounts
            .filter((amount) => amount > 100)
            .map((amount) => `large {"amount":${amount}}`)
            .toSorted(),
        );
      }));
  });

  describe("the limits of payload filters", () => {
    test("endpoints with one are counted, and one more than the limit is refused", () =>
      story(
        harness,
        { ...APP, open: { limits: { payloadFilters: 1 } } },
        async ({ store, app }) => {
          const create = (filter: string | null) =>
            store.endpoints.create({
              appRef: app.id,
              endpoint: newEndpoint(app.id, { filter }),
              idempotencyKey: null,
            });
          const used = async () => (await store.apps.limits({ ref: app.id }))?.used.payloadFilters;
          const change = (made: typeof first, fields: Partial<Endpoint>) =>
            store.endpoints.update({
              appRef: app.id,
              ref: made?.value.endpointId ?? "",
              change: fields,
              now: START,
            });
          const first = await create(LARGE);
          const second = await create(null);
          const refusal = /may have 1 payload filter\. .* Limit: payload_filters\.$/;
          await assert.rejects(create(LARGE), refusal);
          await assert.rejects(change(second, { filter: "a" }), refusal);
          await change(first, { filter: "amount", description: "changed" });
          assert.equal(await used(), 1);
          await change(first, { status: "deleted" });
          assert.equal(await used(), 0);
          await change(second, { filter: "a" });
          assert.deepEqual((await store.upkeep.check()).problems, []);
          await store.apps.delete({ ref: app.id, now: START });
          assert.deepEqual((await store.upkeep.check()).problems, []);
        },
      ));

    test("a publish whose filters take too many steps is refused whole, and one event never is", () =>
      story(
        harness,
        {
          endpoints: [{ filter: "a[?@ == `2`]" }],
          engine: false,
          open: { limits: { filterStepsPerPublish: 3_000 } },
        },
        async ({ store, app }) => {
          const payloadText = JSON.stringify({ a: Array.from({ length: 500 }, () => 1) });
          const events = (count: number) =>
            Array.from({ length: count }, () => newEvent({ payloadText }));
          const { filterSteps = 0 } = await mustPublish(store, app.id, events(1));
          assert.ok(filterSteps > 1_500 && filterSteps < 3_000, String(filterSteps));
          await mustPublish(store, app.id, events(2));
          const refused = await publish(store, app.id, events(3));
          assert.ok(refused.kind === "refused");
          assert.deepEqual(
            [refused.code, refused.limit],
            ["body_too_large", LIMITS.filterStepsPerPublish.name],
          );
          assert.match(refused.message, /The first 3 events would add \d+ steps\.$/);
          const window = { after: null, limit: 10, backward: false, ascending: false };
          const listed = await store.history.listEvents({ appRef: app.id, window, filter: {} });
          assert.equal(listed?.items.length, 3);
        },
      ));
  });
}
