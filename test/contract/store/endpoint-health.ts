/** Contract: the health of endpoints, and their list with the worst first. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { MINUTE_MS, RESULT_AT, SERIES_SUMS } from "../../../src/core/series/series.ts";
import type { HealthState } from "../../../src/store/interface/endpoints.ts";
import type { Store } from "../../../src/store/store.ts";
import { delivered, makeApp, mustPublish, newAttempt, newEvent } from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { claimDue, HOUR } from "./steps.ts";
import { story } from "./story.ts";

const NOW = START + HOUR;

type Listing = Partial<Parameters<Store["endpoints"]["listByHealth"]>[0]>;

async function list(store: Store, p: Listing = {}) {
  const all = { appRef: null, states: null, dialect: null, text: null, after: null, limit: 100 };
  const page = await store.endpoints.listByHealth({ ...all, now: NOW, ...p });
  return page ?? assert.fail("the application is unknown");
}

const idsOf = async (store: Store, p: Listing = {}) =>
  (await list(store, p)).items.map(({ endpoint }) => endpoint.endpointId);

/** Records outcomes of the endpoint's due deliveries, each with these changes. */
async function record(store: Store, endpointId: string, changes: readonly object[]): Promise<void> {
  const leased = (await claimDue(store, NOW)).filter((one) => one.endpointId === endpointId);
  assert.equal(leased.length, changes.length);
  const outcomes = leased.map((delivery, i) => ({ ...delivered(delivery), ...changes[i] }));
  assert.deepEqual((await store.queue.record({ outcomes, now: NOW })).stale, []);
}

const failingSince = { failingSince: START, firstGoneAt: null, warnedAt: null };

/** One endpoint per state, in the order of the list. */
async function makeEach(store: Store) {
  const { app, endpoints } = await makeApp(
    store,
    ...["open", "gone", "asked", "failing", "paused", "off", "fine"].map((name) => ({
      url: `https://${name}.example/hooks`,
      description: `The ${name} one`,
    })),
  );
  const ids = endpoints.map(({ endpointId }) => endpointId);
  const [open, gone, asked, failing, paused, off] = ids as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const update = (ref: string, change: object) =>
    store.endpoints.update({ appRef: app.id, ref, change, now: START + 5 });
  await update(paused, { status: "paused" });
  await update(off, { status: "disabled", disabledReason: "by_user" });
  await mustPublish(store, app.id, [newEvent()]);
  const leased = await claimDue(store, NOW);
  const states: Record<string, object> = {
    [open]: { breaker: { openedAt: START, probeAt: NOW + 9, step: 0, failedAt: START } },
    [asked]: { pausedUntil: NOW + 1 },
    [failing]: { health: failingSince },
  };
  const outcomes = leased.map((one) => ({ ...delivered(one), ...states[one.endpointId] }));
  await store.queue.record({ outcomes, now: NOW });
  await update(gone, { status: "disabled", disabledReason: "gone" });
  return { app, ids };
}

export function testEndpointHealth(harness: Harness): void {
  describe("the health of endpoints", () => {
    test("lists the worst first, with its state, over all applications and for one", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId }) => {
        const { app: sick, ids } = await makeEach(store);
        const expected: readonly HealthState[] = [
          "breaker_open",
          "switched_off",
          "asked_to_wait",
          "failing",
          "paused",
          "disabled",
          "ok",
        ];
        const { items, next } = await list(store, { appRef: sick.id });
        assert.deepEqual(
          items.map(({ endpoint }) => endpoint.endpointId),
          ids,
        );
        assert.deepEqual(
          items.map(({ view }) => view.state),
          expected,
        );
        assert.equal(next, null);
        assert.deepEqual(await idsOf(store), [...ids, endpointId]);
        assert.deepEqual(await idsOf(store, { appRef: app.id }), [endpointId]);
        assert.deepEqual((await list(store)).items.at(-1)?.app, {
          id: app.id,
          uid: app.uid,
          name: app.name,
        });
        for (const [index, state] of expected.slice(0, -1).entries()) {
          assert.deepEqual(await idsOf(store, { states: [state] }), [ids[index]], state);
        }
        assert.deepEqual(await idsOf(store, { states: ["ok"] }), [ids[6], endpointId]);
      }));

    test("pages through all of them once, with every size of a page", () =>
      story(harness, { engine: false }, async ({ store, endpointId }) => {
        const { app, ids } = await makeEach(store);
        for (const [appRef, expected] of [
          [null, [...ids, endpointId]],
          [app.id, ids],
        ] as const) {
          for (const limit of [1, 3, 6, 7]) {
            const seen: string[] = [];
            let after: string | null = null;
            do {
              const page: Awaited<ReturnType<typeof list>> = await list(store, {
                appRef,
                limit,
                after,
              });
              seen.push(...page.items.map(({ endpoint }) => endpoint.endpointId));
              after = page.next;
            } while (after !== null);
            assert.deepEqual(seen, expected, `pages of ${limit}`);
          }
        }
      }));

    test("finds them by API and by a part of the URL or description, in any case", () =>
      story(harness, { engine: false }, async ({ store, endpointId }) => {
        const { ids } = await makeEach(store);
        assert.deepEqual(await idsOf(store, { text: "GONE.example" }), [ids[1]]);
        assert.deepEqual(await idsOf(store, { text: "the fine" }), [ids[6]]);
        assert.deepEqual(await idsOf(store, { text: endpointId.toLowerCase() }), [endpointId]);
        assert.deepEqual(await idsOf(store, { text: "%" }), []);
        assert.deepEqual(await idsOf(store, { dialect: "chirp" }), []);
        assert.equal((await idsOf(store, { dialect: "svix" })).length, 8);
      }));

    test("is unknown for an unknown application", () =>
      story(harness, { engine: false }, async ({ store }) => {
        const p = { states: null, dialect: null, text: null, after: null, limit: 9, now: NOW };
        assert.equal(await store.endpoints.listByHealth({ ...p, appRef: "app_none" }), null);
      }));

    test("shows the waiting deliveries, the last success and failure, and the last hour", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId }) => {
        await mustPublish(store, app.id, [newEvent(), newEvent(), newEvent()]);
        const failed = newAttempt({
          at: NOW - 1,
          succeeded: false,
          statusCode: 503,
          durationMs: 9,
        });
        const succeeded = newAttempt({ at: NOW - 2, durationMs: 5 });
        await record(store, endpointId, [
          { attempt: succeeded },
          {
            attempt: failed,
            next: { state: "pending", slot: 2, dueAt: NOW + HOUR },
            health: failingSince,
          },
          {
            attempt: newAttempt({ at: NOW - 3 }),
            next: { state: "pending", slot: 2, dueAt: NOW + HOUR },
          },
        ]);
        const counts = Array.from({ length: SERIES_SUMS }, () => 0);
        counts[RESULT_AT.ok] = 4;
        const at = NOW - (NOW % MINUTE_MS);
        await store.series.append({
          sums: [at, at - HOUR - MINUTE_MS].map((minute) => ({ endpointId, at: minute, counts })),
          accepted: [],
          backlogs: null,
        });
        const views = await store.endpoints.healths({
          endpointIds: [endpointId, "ep_unknown"],
          now: NOW,
        });
        assert.deepEqual([...views.keys()], [endpointId]);
        const view = views.get(endpointId) ?? assert.fail("it is unknown");
        assert.deepEqual([view.waiting, view.waitingIsExact], [2, true]);
        assert.deepEqual([view.lastFailure?.at, view.lastFailure?.statusCode], [NOW - 1, 503]);
        assert.ok((view.lastSuccess?.at ?? NOW) < NOW - 1);
        assert.deepEqual(view.health, failingSince);
        assert.equal(view.hour[RESULT_AT.ok], 4);
      }));

    test("counts no more than 10,000 waiting deliveries", () =>
      story(harness, { engine: false }, async ({ opened, endpointId }) => {
        await opened.seedBacklog({ endpointId, count: 10_001, dueAt: START, orderingKey: null });
        const { endpoints } = opened.store;
        const view = (await endpoints.healths({ endpointIds: [endpointId], now: NOW })).get(
          endpointId,
        );
        assert.deepEqual([view?.waiting, view?.waitingIsExact], [10_000, false]);
      }));
  });
}
