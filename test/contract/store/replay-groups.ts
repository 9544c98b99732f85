/** Contract: replays of many endpoints, a task each, and their turns. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AppError } from "../../../src/core/error.ts";
import type { FailureFilter } from "../../../src/store/interface/failures.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, mustPublish, newEvent } from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { runJobs, step } from "./jobs.ts";
import { claimDue, DAY, finish, firstPage, HOUR, idempotencyKey, nextId } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const FAILED = { state: "failed", reason: "exhausted" } as const;
const NOW = START + HOUR;

/** An application whose endpoints each have one failed delivery. */
async function makeFailing(store: Store, endpoints: number) {
  const made = await makeApp(store, ...Array.from({ length: endpoints }, () => ({})));
  await mustPublish(store, made.app.id, [newEvent()]);
  await finish(store, await claimDue(store, START), FAILED, { at: START, statusCode: 503 });
  return made;
}

async function summarize(
  store: Store,
  p: { appRef: string | null; endpointRefs?: readonly string[]; filter?: FailureFilter },
) {
  const { endpointRefs = null, filter = { failedSince: START } } = p;
  const kept = { now: NOW, keptSince: NOW - 30 * DAY };
  return await store.failures.summary({ appRef: p.appRef, endpointRefs, filter, ...kept });
}

async function startGroup(
  store: Store,
  p: { appRef: string | null; endpointIds: readonly string[]; key?: string },
) {
  return await store.jobs.createGroup({
    appRef: p.appRef,
    groupId: nextId("qgroup_"),
    jobs: p.endpointIds.map((endpointId) => ({ id: nextId("qtask_"), endpointId })),
    params: { since: 0, until: null, filter: { failures: { failedSince: START } } },
    createdAt: NOW,
    idempotencyKey: p.key === undefined ? null : idempotencyKey(p.key),
  });
}

async function listStates(store: Store, groupId: string | undefined) {
  const window = firstPage({ limit: 250, ascending: true });
  const page = await store.jobs.list({ appRef: null, window });
  return page?.items.filter((job) => job.groupId === groupId).map(({ state }) => state);
}

export function testReplayGroups(harness: Harness): void {
  describe("replays of many endpoints", () => {
    test("the summary has the endpoints and deliveries that the replay then sends", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpoints } = await makeFailing(store, 3);
        const other = await makeFailing(store, 1);
        const [first, second] = endpoints;
        const gone = { appRef: app.id, ref: first?.endpointId ?? "" };
        await store.endpoints.update({ ...gone, change: { status: "deleted" }, now: START + 1 });
        const ofApp = await summarize(store, { appRef: app.id });
        assert.deepEqual(
          [ofApp?.estimate, ofApp?.isExact, ofApp?.hasMoreEndpoints, ofApp?.endpoints.length],
          [2, true, false, 2],
        );
        assert.deepEqual(
          ofApp?.endpoints.find((one) => one.endpointId === second?.endpointId),
          {
            endpointId: second?.endpointId,
            url: second?.url,
            appId: app.id,
            count: 1,
            status: "enabled",
            isBreakerOpen: false,
          },
        );
        assert.equal((await summarize(store, { appRef: null }))?.estimate, 3);
        const otherId = other.endpoints[0]?.endpointId ?? "";
        const named = { appRef: app.id, endpointRefs: [otherId, second?.endpointId ?? ""] };
        assert.equal((await summarize(store, named))?.estimate, 1);
        const filter = { failedSince: START, reasons: ["timeout"] } as const;
        assert.equal((await summarize(store, { appRef: null, filter }))?.estimate, 0);
        assert.equal(await summarize(store, { appRef: "app_x" }), null);

        const ids = ofApp?.endpoints.map(({ endpointId }) => endpointId) ?? [];
        const made = await startGroup(store, { appRef: app.id, endpointIds: [...ids, otherId] });
        assert.equal(made?.value.tasks, 2);
        assert.equal(await runJobs(store, NOW), 2);
        assert.equal((await summarize(store, { appRef: null }))?.estimate, 1);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("at most 20 tasks run at once, and the others begin when some have ended", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpoints } = await makeFailing(store, 23);
        const endpointIds = endpoints.map(({ endpointId }) => endpointId);
        const made = await startGroup(store, { appRef: null, endpointIds });
        const groupId = made?.value.groupId;
        const states = (await listStates(store, groupId)) ?? [];
        assert.equal(states.filter((state) => state === "running").length, 20);
        assert.equal(states.filter((state) => state === "waiting").length, 3);
        const window = firstPage({ limit: 250 });
        const waiting = await store.jobs.list({ appRef: app.id, window, states: ["waiting"] });
        const [one] = waiting?.items ?? [];
        const cancelled = await store.jobs.cancel({ appRef: app.id, id: one?.id ?? "", now: NOW });
        assert.equal(cancelled?.state, "cancelled");
        assert.equal(await runJobs(store, NOW), 22);
        assert.deepEqual(
          new Set(await listStates(store, groupId)),
          new Set(["finished", "cancelled"]),
        );
      }));

    test("a group of several applications has no more places than one of one application", () =>
      story(harness, EMPTY, async ({ store }) => {
        const made = [await makeFailing(store, 12), await makeFailing(store, 12)];
        const endpointIds = made.flatMap((one) => one.endpoints.map((each) => each.endpointId));
        const group = await startGroup(store, { appRef: null, endpointIds });
        const states = (await listStates(store, group?.value.groupId)) ?? [];
        assert.equal(states.filter((state) => state === "running").length, 20);
        assert.equal(await runJobs(store, NOW), 24);
      }));

    test("a task that is cancelled gives its place to one that waits", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpoints } = await makeFailing(store, 3);
        await store.apps.setLimits({ ref: app.id, change: { backgroundTasks: 1 }, now: NOW });
        const endpointIds = endpoints.map(({ endpointId }) => endpointId);
        const made = await startGroup(store, { appRef: app.id, endpointIds });
        const groupId = made?.value.groupId;
        assert.deepEqual(await listStates(store, groupId), ["running", "waiting", "waiting"]);
        const running = await store.jobs.list({
          appRef: app.id,
          window: firstPage(),
          states: ["running"],
        });
        await store.jobs.cancel({ appRef: null, id: running?.items[0]?.id ?? "", now: NOW });
        assert.deepEqual(await listStates(store, groupId), ["cancelled", "running", "waiting"]);
        await step(store, NOW);
        assert.deepEqual(await listStates(store, groupId), ["cancelled", "finished", "running"]);
      }));

    test("a group is cancelled as a whole, by an application only its own tasks", () =>
      story(harness, EMPTY, async ({ store }) => {
        const own = await makeFailing(store, 2);
        const other = await makeFailing(store, 1);
        const endpointIds = [...own.endpoints, ...other.endpoints].map((one) => one.endpointId);
        const made = await startGroup(store, { appRef: null, endpointIds });
        const groupId = made?.value.groupId ?? "";
        const cancel = async (appRef: string | null) =>
          await store.jobs.cancelGroup({ appRef, groupId, now: NOW });
        assert.equal(await cancel("app_x"), null);
        assert.deepEqual(await cancel(own.app.id), { cancelled: 2 });
        assert.deepEqual(await listStates(store, groupId), ["cancelled", "cancelled", "running"]);
        await step(store, NOW);
        assert.deepEqual(await cancel(null), { cancelled: 0 });
        assert.deepEqual(await listStates(store, groupId), ["cancelled", "cancelled", "finished"]);
        const unknown = { appRef: null, groupId: "qgroup_x", now: NOW };
        assert.equal(await store.jobs.cancelGroup(unknown), null);
      }));

    test("repeats under one key are one group, and too many waiting tasks are refused", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpoints } = await makeFailing(store, 2);
        const endpointIds = endpoints.map(({ endpointId }) => endpointId);
        for (const appRef of [app.id, null]) {
          const p = { appRef, endpointIds, key: "same" };
          const first = await startGroup(store, p);
          const again = await startGroup(store, { ...p, endpointIds: [] });
          assert.deepEqual(again, { ...first, repeated: true });
          assert.equal(first?.value.tasks, 2);
        }
        assert.equal(await startGroup(store, { appRef: "app_x", endpointIds }), null);
      }));

    test("an application whose tasks wait in large numbers is refused further ones", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app, endpoints } = await makeFailing(store, 60);
        const endpointIds = endpoints.map(({ endpointId }) => endpointId);
        let waiting = 0;
        for (let running = 0; waiting + 60 <= 1_000; running = 20) {
          await startGroup(store, { appRef: app.id, endpointIds });
          waiting += running === 0 ? 40 : 60;
        }
        await assert.rejects(
          startGroup(store, { appRef: null, endpointIds }),
          (error) => error instanceof AppError && error.limit === "waiting_tasks",
        );
        const window = firstPage({ limit: 250 });
        const page = await store.jobs.list({ appRef: null, window, states: ["running"] });
        assert.equal(page?.items.length, 20);
      }));
  });
}
