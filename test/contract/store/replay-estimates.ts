/** Contract: replays of deliveries by the time at which they failed, and the number that a replay would send. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ReplayKind, ReplayParams } from "../../../src/store/interface/jobs.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, mustPublish, newEndpoint, newEvent } from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import { newJob, runJobs, startJob, step } from "./jobs.ts";
import { claimDue, DAY, finish, firstPage, HOUR, MINUTE, publishAt } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const FAILED = { state: "failed", reason: "exhausted" } as const;
const NOW = START + HOUR;

/** Makes one failed delivery per minute, each with its own status. Returns the ids of the events. */
async function failByMinute(store: Store, appRef: string, statuses: readonly number[]) {
  const ids: string[] = [];
  for (const [minute, statusCode] of statuses.entries()) {
    const at = START + minute * MINUTE;
    const eventId = await publishAt(store, appRef, START, { type: `custom.t${minute}` });
    await finish(store, await claimDue(store, at), FAILED, { at, statusCode });
    ids.push(eventId);
  }
  return ids;
}

async function estimate(
  store: Store,
  p: { appRef: string; endpointRef: string; kind: ReplayKind; params: Partial<ReplayParams> },
) {
  const params = { since: 0, until: null, filter: {}, ...p.params };
  return await store.jobs.estimate({ ...p, params, now: NOW, keptSince: NOW - 30 * DAY });
}

export function testReplayEstimates(harness: Harness): void {
  describe("replays by the time of failing", () => {
    test("a job sends the deliveries that failed in its range for its reasons, and no others", () =>
      story(harness, { engine: false }, async ({ store, app, endpointId }) => {
        const appRef = app.id;
        const ids = await failByMinute(store, appRef, [503, 500, 404, 503, 503]);
        const at = (minute: number) => START + minute * MINUTE;
        const failures = { failedSince: at(1), failedUntil: at(4), reasons: ["5xx"] } as const;
        const params = { since: 0, filter: { failures } };
        const asked = { appRef, endpointRef: endpointId, params };
        for (const kind of ["endpoint.recover", "endpoint.bulk-replay"] as const) {
          assert.deepEqual(await estimate(store, { ...asked, kind }), {
            estimate: 2,
            isExact: true,
          });
        }
        assert.equal((await store.jobs.list({ appRef, window: firstPage() }))?.items.length, 0);
        const job = newJob("endpoint.recover", params, NOW);
        await startJob(store, { appRef, endpointRef: endpointId, job });
        assert.equal(await runJobs(store, NOW), 2);
        const made = await claimDue(store, NOW);
        assert.deepEqual(
          new Set(made.map(({ snapshot }) => snapshot.eventId)),
          new Set([ids[1], ids[3]]),
        );
        const ended = await store.jobs.get({ appRef, id: job.id });
        assert.deepEqual([ended?.state, ended?.progress], ["finished", 1]);
        assert.deepEqual(ended?.params, { ...job.params, until: null });
      }));

    test("slices go on behind the last delivery, also among equal instants and after a restart", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const { app, endpoints } = await makeApp(opened.store, {});
        const endpointRef = endpoints[0]?.endpointId ?? "";
        const events = Array.from({ length: 9 }, () => newEvent());
        await mustPublish(opened.store, app.id, events);
        await finish(opened.store, await claimDue(opened.store, START), FAILED, { at: START });
        const params = { since: 0, filter: { failures: { failedSince: START } } };
        const job = newJob("endpoint.recover", params, NOW);
        await startJob(opened.store, { appRef: app.id, endpointRef, job });
        assert.equal((await step(opened.store, NOW, { limit: 4 })).done, 4);
        // A delivery that fails again meanwhile is not sent again.
        const again = await claimDue(opened.store, NOW);
        await finish(opened.store, again, FAILED, { at: NOW + 1 });
        await opened.reopen();
        assert.equal(await runJobs(opened.store, NOW + 2), 5);
        assert.equal((await claimDue(opened.store, NOW + DAY)).length, 5);
        assert.deepEqual((await opened.store.upkeep.check()).problems, []);
      }));

    test("an estimate is the number of deliveries that each kind of replay then sends", () =>
      story(harness, { engine: false }, async ({ store, app }) => {
        const appRef = app.id;
        const late = newEndpoint(appRef);
        await failByMinute(store, appRef, [503, 0, 410]);
        const created = { appRef, endpoint: late, idempotencyKey: null };
        await store.endpoints.create(created);
        await publishAt(store, appRef, START + MINUTE, { type: "custom.t1" });
        const [old] = (await store.failures.list({
          appRef,
          endpointRef: null,
          window: firstPage(),
          filter: {},
        }))!.items;
        const { id: failing = "" } = old?.endpoint ?? {};
        const cases = [
          [failing, "endpoint.recover", { since: START }, 3],
          [failing, "endpoint.recover", { since: START + MINUTE }, 0],
          [failing, "endpoint.bulk-replay", { filter: { statusCodeClass: 0 } }, 1],
          [failing, "endpoint.bulk-replay", { filter: { failures: { reasons: ["4xx"] } } }, 1],
          [
            failing,
            "endpoint.bulk-replay",
            { filter: { failures: { failedSince: START }, eventTypes: ["custom.t0"] } },
            1,
          ],
          [late.endpointId, "endpoint.replay", {}, 3],
        ] as const;
        for (const [endpointRef, kind, params] of cases) {
          const p = { appRef, endpointRef, kind, params };
          const found = await estimate(store, p);
          const [, , , count] = cases.find((one) => one[2] === params) ?? assert.fail();
          assert.deepEqual(found, { estimate: count, isExact: true }, JSON.stringify(p));
        }
        const [endpointRef, kind, params] = cases[5];
        await startJob(store, { appRef, endpointRef, job: newJob(kind, params, NOW) });
        assert.equal(await runJobs(store, NOW), 3);
        assert.equal(
          await estimate(store, { ...created, endpointRef: "none", kind, params }),
          null,
        );
      }));

    test("an estimate of more than is read at once says that there may be more", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const { app, endpoints } = await makeApp(opened.store, {});
        const { endpointId } = endpoints[0] ?? assert.fail();
        await opened.seedBacklog({ endpointId, count: 10_200, dueAt: START, orderingKey: null });
        const filter = { state: "pending" } as const;
        const p = {
          appRef: app.id,
          endpointRef: endpointId,
          kind: "endpoint.bulk-replay",
        } as const;
        const found = await estimate(opened.store, { ...p, params: { filter } });
        assert.equal(found?.isExact, false);
        assert.ok((found?.estimate ?? 0) >= 500);
      }));
  });
}
