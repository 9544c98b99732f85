/** Contract: deliveries by the time at which they failed. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { writeFailureCursor } from "../../../src/core/delivery/failure-cursor.ts";
import type { FailedDelivery, FailureFilter } from "../../../src/store/interface/failures.ts";
import type { PageRequest } from "../../../src/store/page.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, mustPublish, newAttempt, newEndpoint, newEvent, outcome } from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { newJob, runJobs, startJob } from "./jobs.ts";
import { claimDue, DAY, finish, firstPage, HOUR, MINUTE, publishAt } from "./steps.ts";
import { APP, EMPTY, story } from "./story.ts";

const FAILED = { state: "failed", reason: "exhausted" } as const;
const FINAL = { state: "failed", reason: "refused" } as const;
const RETRIED = { state: "pending", slot: 2, dueAt: START + HOUR } as const;

type Asked = { appRef: string | null; endpointRef?: string; filter?: FailureFilter };

async function list(store: Store, p: Asked, window: Partial<PageRequest> = {}) {
  const { appRef, endpointRef = null, filter = {} } = p;
  return await store.failures.list({ appRef, endpointRef, window: firstPage(window), filter });
}

async function listIds(store: Store, p: Asked) {
  return (await list(store, p))?.items.map(({ eventId }) => eventId);
}

function cursorOf(item: FailedDelivery | undefined): string {
  if (item === undefined) throw new Error("the page is empty");
  return writeFailureCursor({ ...item, endpointId: item.endpoint.id });
}

/** An event of which the only delivery fails at this instant. */
async function failAt(
  store: Store,
  appRef: string,
  p: {
    readonly at: number;
    readonly type?: string;
    readonly statusCode?: number;
    readonly next?: typeof FAILED | typeof FINAL;
  },
): Promise<string> {
  const id = await publishAt(store, appRef, START, p.type === undefined ? {} : { type: p.type });
  const { at, next = FAILED, statusCode = 500 } = p;
  await finish(store, await claimDue(store, at), next, { at, statusCode });
  return id;
}

export function testFailures(harness: Harness): void {
  describe("failed deliveries", () => {
    test("the newest failure is first, with its attempts, its reason and the last answer", () =>
      story(harness, { engine: false }, async ({ store, app, endpoints }) => {
        const eventId = await publishAt(store, app.id, START, { type: "custom.made" });
        const leased = await claimDue(store, START);
        await finish(store, leased, RETRIED, { at: START, statusCode: 404 });
        const again = await claimDue(store, START + HOUR);
        await finish(store, again, FAILED, { at: START + HOUR, statusCode: 503 });
        const early = await failAt(store, app.id, { at: START + 5, next: FINAL, statusCode: 410 });
        await publishAt(store, app.id, START);
        await finish(store, await claimDue(store, START), { state: "delivered" }, { at: START });

        const page = await list(store, { appRef: app.id });
        assert.equal(page?.done, true);
        assert.equal(page?.searchedTo, null);
        const [first, second] = page?.items ?? [];
        const { endpointId: id, url } = endpoints[0] ?? assert.fail();
        assert.deepEqual(first, {
          eventId,
          eventType: "custom.made",
          endpoint: { id, url, status: "enabled" },
          app: { id: app.id, uid: app.uid, name: app.name },
          part: 0,
          failedAt: START + HOUR,
          attempts: 2,
          end: "exhausted",
          lastAttempt: { statusCode: 503, reason: null },
        });
        assert.deepEqual(
          [second?.eventId, second?.end, second?.lastAttempt],
          [early, "final", { statusCode: 410, reason: null }],
        );
        assert.equal(page?.items.length, 2);
      }));

    test("pages of both directions have each failure of one instant once", () =>
      story(harness, { endpoints: [{}, {}], engine: false }, async ({ store, app }) => {
        const ofPublish = Array.from({ length: 4 }, () => newEvent());
        await mustPublish(store, app.id, ofPublish);
        await finish(store, await claimDue(store, START), FAILED, { at: START + 7 });
        await failAt(store, app.id, { at: START + 6 });
        await failAt(store, app.id, { at: START + 8 });
        for (const appRef of [app.id, null]) {
          const all = (await list(store, { appRef }))?.items.map(cursorOf) ?? [];
          assert.equal(new Set(all).size, 12);
          const seen: string[] = [];
          for (let after: string | null = null; ; after = seen.at(-1) ?? null) {
            const page = await list(store, { appRef }, { after, limit: 3 });
            seen.push(...(page?.items.map(cursorOf) ?? []));
            if (page?.done !== false) break;
          }
          assert.deepEqual(seen, all);
          const back: string[] = [];
          for (let after = all.at(-1) ?? ""; ; after = back[0] ?? "") {
            const page = await list(store, { appRef }, { after, limit: 3, backward: true });
            back.unshift(...(page?.items.map(cursorOf) ?? []));
            if (page?.done !== false) break;
          }
          assert.deepEqual(back, all.slice(0, -1));
        }
      }));

    test("filters select by time, reason, status, event type and endpoint", () =>
      story(harness, { endpoints: [{ uid: "hook" }], engine: false }, async ({ store, app }) => {
        const appRef = app.id;
        const at = (minutes: number) => START + minutes * MINUTE;
        const broken = await failAt(store, appRef, { at: at(1), statusCode: 503 });
        const gone = await failAt(store, appRef, { at: at(2), statusCode: 410, next: FINAL });
        const typed = await failAt(store, appRef, { at: at(3), statusCode: 0, type: "custom.one" });
        const late = await publishAt(store, appRef, START);
        const [leased] = await claimDue(store, at(4));
        const { attempt, ...rest } = outcome(leased ?? assert.fail(), FAILED);
        const timeout = { ...attempt, ...newAttempt(), statusCode: 0, reason: "timeout" };
        const outcomes = [{ ...rest, attempt: { ...timeout, at: at(4), succeeded: false } }];
        await store.queue.record({ outcomes, now: at(4) });
        const select = (filter: FailureFilter, more = {}) =>
          listIds(store, { appRef, filter, ...more });
        assert.deepEqual(await select({}), [late, typed, gone, broken]);
        assert.deepEqual(await select({ failedSince: at(2) }), [late, typed, gone]);
        assert.deepEqual(await select({ failedSince: at(2), failedUntil: at(4) }), [typed, gone]);
        assert.deepEqual(await select({ reasons: ["final"] }), [gone]);
        assert.deepEqual(await select({ reasons: ["5xx", "timeout"] }), [late, broken]);
        assert.deepEqual(await select({ reasons: ["refused"] }), []);
        assert.deepEqual(await select({ statusCodeClasses: [400, 500] }), [gone, broken]);
        assert.deepEqual(await select({ statusCodeClasses: [0] }), [late, typed]);
        assert.deepEqual(await select({ eventTypes: ["custom.one", "other"] }), [typed]);
        assert.deepEqual(await select({}, { endpointRef: "hook" }), [late, typed, gone, broken]);
        assert.deepEqual(await select({}, { endpointRef: "none" }), []);
        assert.equal(await listIds(store, { appRef: "app_x" }), undefined);
      }));

    test("an application never has failures of another one, and the operator has all", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId }) => {
        const mine = await failAt(store, app.id, { at: START + 1 });
        const other = await makeApp(store, {});
        const theirs = await failAt(store, other.app.id, { at: START + 2 });
        assert.deepEqual(await listIds(store, { appRef: app.id }), [mine]);
        const otherId = other.endpoints[0]?.endpointId ?? "";
        assert.deepEqual(await listIds(store, { appRef: app.id, endpointRef: otherId }), []);
        assert.deepEqual(await listIds(store, { appRef: null }), [theirs, mine]);
        assert.deepEqual(await listIds(store, { appRef: null, endpointRef: endpointId }), [mine]);
        await store.apps.delete({ ref: other.app.id, now: START + 3 });
        assert.deepEqual(await listIds(store, { appRef: null }), [mine]);
      }));

    test("a delivery that is sent again leaves the list, and returns when it fails again", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId }) => {
        const appRef = app.id;
        const [one, two] = [
          await failAt(store, appRef, { at: START + 1 }),
          await failAt(store, appRef, { at: START + 2 }),
        ];
        const before = (await list(store, { appRef }))?.items[0];
        await store.queue.replay({ appRef, eventId: two, endpointRef: endpointId, now: START + 3 });
        assert.deepEqual(await listIds(store, { appRef }), [one]);
        // The cursor of a delivery that left the list is still its place.
        const after = cursorOf(before);
        const rest = await list(store, { appRef }, { after });
        assert.deepEqual(
          rest?.items.map(({ eventId }) => eventId),
          [one],
        );
        await finish(store, await claimDue(store, START + 4), FAILED, { at: START + 4 });
        await startJob(store, { appRef, endpointRef: endpointId, job: newJob("endpoint.recover") });
        assert.equal(await runJobs(store, START + 5), 2);
        assert.deepEqual(await listIds(store, { appRef }), []);
        const leased = await claimDue(store, START + DAY);
        await finish(store, leased, { state: "delivered" }, { at: START + DAY });
        assert.deepEqual(await listIds(store, { appRef: null }), []);
      }));

    test("deliveries that end without an attempt are listed, too", () =>
      story(
        harness,
        { ...APP, open: { limits: { pendingDeliveries: 1 } } },
        async ({ store, app }) => {
          const endpoint = newEndpoint(app.id);
          await store.endpoints.create({ appRef: app.id, endpoint, idempotencyKey: null });
          const kept = await publishAt(store, app.id, START + 1);
          const full = await publishAt(store, app.id, START + 2);
          await store.history.expungeEvent({ appRef: app.id, eventId: kept, now: START + 3 });
          for (const appRef of [app.id, null]) {
            const found = await list(store, { appRef });
            assert.deepEqual(
              found?.items.map(({ eventId, end, lastAttempt }) => [eventId, end, lastAttempt]),
              [
                [kept, "content_expunged", null],
                [full, "backlog_full", null],
              ],
            );
          }
        },
      ));

    test("a filter that few deliveries pass ends early, says so, and goes on", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const { app, endpoints } = await makeApp(opened.store, {});
        const { endpointId } = endpoints[0] ?? assert.fail();
        const count = 11_000;
        await opened.seedBacklog({ endpointId, count, dueAt: START, orderingKey: null });
        const { store } = opened;
        for (let left = count; left > 0;) {
          const leased = await claimDue(store, START + MINUTE);
          left -= leased.length;
          await finish(store, leased, FAILED, { at: START + MINUTE + left });
        }
        const wanted = await failAt(store, app.id, { at: START + 1, type: "custom.rare" });
        const filter = { eventTypes: ["custom.rare"] };
        let after: string | null = null;
        const found: string[] = [];
        let pages = 0;
        for (; ; pages++) {
          const page = await list(store, { appRef: app.id, filter }, { after });
          found.push(...(page?.items.map(({ eventId }) => eventId) ?? []));
          if (page?.done !== false) break;
          assert.ok((page.searchedTo ?? Infinity) <= START + MINUTE + count);
          after = page.next ?? assert.fail("the page says no place to go on from");
        }
        assert.ok(pages > 0);
        assert.deepEqual(found, [wanted]);
        assert.deepEqual(await store.failures.countRecent({ since: START }), {
          count: 10_000,
          isExact: false,
          endpoints: 1,
        });
        // A replay has every endpoint, also where the failures are too many to count.
        for (const appRef of [app.id, null]) {
          const summary = await store.failures.summary({
            appRef,
            endpointRefs: null,
            filter: { failedSince: START },
            now: START + HOUR,
            keptSince: START - DAY,
          });
          assert.equal(summary?.isExact, false);
          assert.deepEqual(
            summary?.endpoints.map((one) => one.endpointId),
            [endpointId],
          );
        }
      }));
  });
}
