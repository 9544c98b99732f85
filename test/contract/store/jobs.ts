/** Contract: jobs continue where they stopped, do nothing twice, keep their rate, and end. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AppError } from "../../../src/core/error.ts";
import type { Job, NewJob, ReplayKind, ReplayParams } from "../../../src/store/interface/jobs.ts";
import type { Store } from "../../../src/store/store.ts";
import { makeApp, mustPublish, newEndpoint, newEvent } from "./fixtures.ts";
import { START, type Harness } from "./harness.ts";
import {
  claimDue,
  DAY,
  ENDLESS_MS,
  finish,
  firstPage,
  HOUR,
  nextId,
  idempotencyKey,
  sweepAll,
} from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const FAILED = { state: "failed", reason: "exhausted" } as const;
const DELIVERED = { state: "delivered" } as const;

export function newJob(kind: ReplayKind, params: Partial<ReplayParams> = {}, at = START): NewJob {
  const asked = { since: START - DAY, until: null, filter: {}, ...params };
  return { id: nextId("qtask_"), kind, params: asked, createdAt: at };
}

export async function startJob(
  store: Store,
  p: { appRef: string; endpointRef: string; job: NewJob },
): Promise<Job> {
  const created = await store.jobs.create({ ...p, idempotencyKey: null });
  return created?.value ?? assert.fail("the app or the endpoint is unknown");
}

export function step(
  store: Store,
  now: number,
  more: { limit?: number; perSecond?: number; sliceMs?: number } = {},
) {
  return store.jobs.step({
    now,
    limit: 200,
    perSecond: 1_000_000,
    sliceMs: ENDLESS_MS,
    keptSince: now - 30 * DAY,
    ...more,
  });
}

/** Steps until no job is running. Returns the number of deliveries that became due. */
export async function runJobs(store: Store, now: number): Promise<number> {
  let done = 0;
  for (let at = now; ; at += 1000) {
    const stepped = await step(store, at);
    done += stepped.done;
    if (stepped.nextAt === null) return done;
  }
}

/** An application whose endpoint has `count` failed deliveries, oldest first. */
export async function makeFailed(store: Store, count: number) {
  const { app, endpoints } = await makeApp(store, {});
  const endpointRef = endpoints[0]?.endpointId ?? "";
  const events = Array.from({ length: count }, () => newEvent());
  await mustPublish(store, app.id, events);
  await finish(store, await claimDue(store, START), FAILED, { at: START });
  return { appRef: app.id, endpointRef, events };
}

export function testJobs(harness: Harness): void {
  describe("jobs", () => {
    test("jobs continue after a restart where they stopped, and do nothing twice", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const { appRef, endpointRef, events } = await makeFailed(opened.store, 10);
        const job = newJob("endpoint.recover");
        await startJob(opened.store, { appRef, endpointRef, job });
        assert.equal((await step(opened.store, START, { limit: 4 })).done, 4);
        const halfway = await opened.store.jobs.get({ appRef, id: job.id });
        assert.deepEqual([halfway?.state, halfway?.done], ["running", 4]);
        assert.ok(halfway !== null && halfway.progress > 0 && halfway.progress < 1);

        await opened.reopen();
        assert.equal(await runJobs(opened.store, START), 6);
        const over = await opened.store.jobs.get({ appRef, id: job.id });
        assert.deepEqual([over?.state, over?.done, over?.progress], ["finished", 10, 1]);
        const leased = await claimDue(opened.store, START + DAY);
        assert.deepEqual(
          leased.map(({ snapshot }) => snapshot.eventId).toSorted(),
          events.map(({ id }) => id).toSorted(),
        );
        assert.ok(leased.every(({ trigger }) => trigger === "manual"));
        assert.deepEqual((await opened.store.upkeep.check()).problems, []);
      }));

    test("two concurrent steps are two slices, and together keep the rate", () =>
      story(harness, EMPTY, async ({ store }) => {
        const made = await makeFailed(store, 10);
        const job = newJob("endpoint.recover");
        await startJob(store, { ...made, job });
        const slow = { perSecond: 8 };
        const both = await Promise.all([step(store, START, slow), step(store, START, slow)]);
        // The first step does the work of a quarter of a second, and the second one comes too early.
        assert.deepEqual(
          both.map(({ done }) => done),
          [2, 0],
        );
        assert.equal((await step(store, START + 249, slow)).done, 0);
        assert.equal((await step(store, START + 250, slow)).done, 2);
        assert.equal((await store.jobs.get({ appRef: null, id: job.id }))?.done, 4);
      }));

    test("a rate is kept over many steps, and a late one catches up for a second at most", () =>
      story(harness, EMPTY, async ({ store }) => {
        const made = await makeFailed(store, 300);
        const job = newJob("endpoint.recover");
        await startJob(store, { ...made, job });
        const done = async () => (await store.jobs.get({ appRef: null, id: job.id }))?.done ?? 0;
        for (let ms = 0; ms < 5000; ms += 50) await step(store, START + ms, { perSecond: 20 });
        assert.equal(await done(), 100);
        for (let i = 0; i < 10; i++) await step(store, START + HOUR, { perSecond: 20 });
        assert.equal(await done(), 125);
      }));

    test("a delivery that fails again meanwhile is not sent again by the same job", () =>
      story(harness, EMPTY, async ({ store }) => {
        const made = await makeFailed(store, 4);
        await startJob(store, { ...made, job: newJob("endpoint.recover") });
        assert.equal((await step(store, START, { limit: 2 })).done, 2);
        const again = await claimDue(store, START);
        assert.equal(again.length, 2);
        await finish(store, again, FAILED, { at: START });
        assert.equal(await runJobs(store, START), 2);
        // An event that is accepted after the request is not part of the job either.
        await startJob(store, { ...made, job: newJob("endpoint.recover") });
        await mustPublish(store, made.appRef, [newEvent()]);
        await finish(store, await claimDue(store, START + DAY), FAILED, { at: START });
        assert.equal((await store.upkeep.totals()).failed, 5);
        assert.equal(await runJobs(store, START), 4);
      }));

    test("a cancelled job does nothing more, and stays cancelled", () =>
      story(harness, EMPTY, async ({ store }) => {
        const made = await makeFailed(store, 4);
        const { id } = await startJob(store, { ...made, job: newJob("endpoint.recover") });
        await step(store, START, { limit: 1 });
        const ref = { appRef: made.appRef, id };
        const other = await makeApp(store);
        assert.equal(await store.jobs.cancel({ ...ref, appRef: other.app.id, now: START }), null);
        const cancelled = await store.jobs.cancel({ ...ref, now: START + 1 });
        assert.deepEqual([cancelled?.state, cancelled?.done], ["cancelled", 1]);
        assert.deepEqual(await step(store, START + DAY), { done: 0, nextAt: null, ended: [] });
        assert.deepEqual(await store.jobs.cancel({ ...ref, now: START + DAY }), cancelled);
        assert.equal((await store.upkeep.totals()).failed, 3);
      }));

    test("a job whose endpoint is deleted fails, and does not delay the others", () =>
      story(harness, EMPTY, async ({ store }) => {
        const gone = await makeFailed(store, 2);
        const kept = await makeFailed(store, 2);
        const first = await startJob(store, { ...gone, job: newJob("endpoint.recover") });
        await startJob(store, { ...kept, job: newJob("endpoint.recover") });
        const { appRef, endpointRef: ref } = gone;
        await store.endpoints.update({ appRef, ref, change: { status: "deleted" }, now: START });
        const { done, ended } = await step(store, START);
        assert.equal(done, 2);
        assert.deepEqual(
          ended.map(({ id, state, reason }) => [id === first.id, state, reason]),
          [
            [true, "failed", "endpoint_deleted"],
            [false, "finished", null],
          ],
        );
      }));

    test("a job waits while the endpoint has its whole quota pending", () =>
      story(
        harness,
        { engine: false, open: { limits: { pendingDeliveries: 2 } } },
        async ({ store, app, endpoints }) => {
          const endpointRef = endpoints[0]?.endpointId ?? "";
          await mustPublish(
            store,
            app.id,
            [1, 2, 3, 4, 5].map(() => newEvent()),
          );
          await startJob(store, { appRef: app.id, endpointRef, job: newJob("endpoint.recover") });
          assert.deepEqual(await step(store, START), { done: 0, nextAt: START + 1000, ended: [] });
          const waiting = await store.jobs.list({ appRef: app.id, window: firstPage() });
          assert.equal(waiting?.items[0]?.reason, "backlog_full");
          await finish(store, await claimDue(store, START), DELIVERED, { at: START });
          assert.equal((await step(store, START + 1000)).done, 2);
          await finish(store, await claimDue(store, START + 1000), DELIVERED, { at: START });
          assert.equal((await step(store, START + 3000)).done, 1);
          const missing = newEndpoint(app.id);
          await store.endpoints.create({ appRef: app.id, endpoint: missing, idempotencyKey: null });
          const job = newJob("endpoint.replay", {}, START + 3000);
          await startJob(store, { appRef: app.id, endpointRef: missing.endpointId, job });
          assert.equal((await step(store, START + 3000)).done, 2);
          assert.equal((await step(store, START + 4000)).done, 0);
          assert.deepEqual((await store.upkeep.check()).problems, []);
        },
      ));

    test("a job leaves half of an application's pending bytes to new events", () =>
      story(
        harness,
        { engine: false, open: { limits: { pendingBytes: 1000 } } },
        async ({ store, app, endpoints }) => {
          const endpointRef = endpoints[0]?.endpointId ?? "";
          const payloadText = `"${"x".repeat(298)}"`;
          for (let n = 0; n < 3; n++) {
            await mustPublish(store, app.id, [newEvent({ payloadText })]);
            await finish(store, await claimDue(store, START), FAILED, { at: START });
          }
          await startJob(store, { appRef: app.id, endpointRef, job: newJob("endpoint.recover") });
          const one = { limit: 1 };
          assert.equal((await step(store, START, one)).done, 1);
          assert.equal((await step(store, START + 1, one)).done, 1);
          assert.equal((await step(store, START + 2, one)).done, 0);
          await mustPublish(store, app.id, [newEvent({ payloadText: "1" })]);
          await finish(store, await claimDue(store, START + 2), DELIVERED, { at: START + 2 });
          assert.equal((await step(store, START + 2000, one)).done, 1);
        },
      ));

    test("a clock that was set back stops no job", () =>
      story(harness, EMPTY, async ({ store }) => {
        const made = await makeFailed(store, 2);
        const job = newJob("endpoint.recover", {}, START + DAY);
        await startJob(store, { ...made, job });
        assert.equal((await step(store, START)).done, 2);
      }));

    test("jobs are listed by application, state and kind, newest or oldest first", () =>
      story(harness, EMPTY, async ({ store }) => {
        const one = await makeFailed(store, 1);
        const two = await makeFailed(store, 1);
        const jobs: Job[] = [];
        for (const [made, kind] of [
          [one, "endpoint.recover"],
          [two, "endpoint.recover"],
          [one, "endpoint.replay"],
        ] as const) {
          jobs.push(await startJob(store, { ...made, job: newJob(kind) }));
        }
        const [first, second, third] = jobs.map(({ id }) => id) as [string, string, string];
        const { appRef } = one;
        const list = async (p: Partial<Parameters<typeof store.jobs.list>[0]>) =>
          (await store.jobs.list({ appRef: null, window: firstPage(), ...p }))?.items.map(
            ({ id }) => id,
          );
        assert.deepEqual(await list({}), [third, second, first]);
        assert.deepEqual(await list({ appRef }), [third, first]);
        assert.deepEqual(await list({ kind: "endpoint.recover" }), [second, first]);
        const window = firstPage({ ascending: true, after: first });
        assert.deepEqual(await list({ window }), [second, third]);
        assert.equal(await list({ appRef: "nobody" }), undefined);
        await store.jobs.cancel({ appRef, id: third, now: START });
        assert.deepEqual(await list({ states: ["cancelled", "failed"] }), [third]);
        assert.equal(await store.jobs.get({ appRef, id: second }), null);
        assert.deepEqual(await store.jobs.get({ appRef, id: first }), jobs[0]);
      }));

    test("a repeat under one key returns the same job, and an application may have twenty running", () =>
      story(harness, EMPTY, async ({ store }) => {
        const made = await makeFailed(store, 1);
        const create = (key: string) =>
          store.jobs.create({
            ...made,
            job: newJob("endpoint.recover"),
            idempotencyKey: idempotencyKey(key),
          });
        const first = await create("k");
        const again = await create("k");
        assert.deepEqual([again?.repeated, again?.value], [true, first?.value]);
        for (let i = 1; i < 20; i++) await create(`k-${i}`);
        await assert.rejects(
          create("one too many"),
          (error: unknown) => error instanceof AppError && error.code === "rate_limited",
        );
        const missing = { ...made, job: newJob("endpoint.recover"), idempotencyKey: null };
        assert.equal(await store.jobs.create({ ...missing, endpointRef: "none" }), null);
        assert.equal(await store.jobs.create({ ...missing, appRef: "none" }), null);
      }));

    test("jobs are deleted ninety days after their end", () =>
      story(harness, EMPTY, async ({ store }) => {
        const made = await makeFailed(store, 1);
        const { id } = await startJob(store, { ...made, job: newJob("endpoint.recover") });
        await runJobs(store, START);
        await sweepAll(store, START + 89 * DAY);
        assert.notEqual(await store.jobs.get({ appRef: null, id }), null);
        await sweepAll(store, START + 91 * DAY);
        assert.equal(await store.jobs.get({ appRef: null, id }), null);
      }));
  });
}
