/** Contract: the statistics tasks of the operator. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AppError } from "../../../src/core/error.ts";
import { OPERATOR_APP_ID } from "../../../src/core/events/operational-events.ts";
import type { StatisticsKind } from "../../../src/store/interface/jobs.ts";
import type { Store } from "../../../src/store/store.ts";
import { findTraces } from "./erasure.ts";
import { makeApp, newApp, newEndpoint } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { runJobs, step } from "./jobs.ts";
import { HOUR, idempotencyKey, nextId, publishAt, sweepAll } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

type Asked = Partial<Parameters<Store["jobs"]["createStatistics"]>[0]>;

async function openOperator(store: Store): Promise<void> {
  await store.apps.seedOperator({ app: newApp({ id: OPERATOR_APP_ID, name: "Operator" }) });
}

async function start(store: Store, kind: StatisticsKind, more: Asked = {}) {
  return await store.jobs.createStatistics({
    kind,
    since: 0,
    until: null,
    appRefs: null,
    id: nextId("qtask_"),
    now: START + HOUR,
    idempotencyKey: null,
    ...more,
  });
}

/** The whole result as "app name amount", read in pages of two. */
async function read(store: Store, id: string): Promise<string[]> {
  const lines: string[] = [];
  let after: Awaited<ReturnType<typeof store.jobs.result>>["next"] = null;
  do {
    const page: Awaited<ReturnType<typeof store.jobs.result>> = await store.jobs.result({
      id,
      after,
      limit: 2,
    });
    lines.push(...page.rows.map((row) => [row.appId, row.name, row.amount].join(" ")));
    after = page.next;
  } while (after !== null);
  return lines;
}

async function run(store: Store, kind: StatisticsKind, more: Asked = {}) {
  const { job } = await start(store, kind, more);
  await runJobs(store, START + HOUR);
  const ended = await store.jobs.get({ appRef: null, id: job.id });
  assert.deepEqual([ended?.state, ended?.reason, ended?.progress], ["finished", null, 1]);
  return { lines: await read(store, job.id), done: ended?.done };
}

export function testStatistics(harness: Harness): void {
  describe("statistics tasks", () => {
    test("deliveries of a period are counted by application", () =>
      story(harness, EMPTY, async ({ store }) => {
        await openOperator(store);
        const one = await makeApp(store, {}, {});
        const two = await makeApp(store, {});
        await makeApp(store, {});
        await publishAt(store, one.app.id, START);
        await publishAt(store, one.app.id, START + HOUR - 1);
        await publishAt(store, one.app.id, START + HOUR);
        await publishAt(store, two.app.id, START - 1);
        await publishAt(store, two.app.id, START);
        const period = { since: START, until: START + HOUR };
        const rows = [`${one.app.id}  4`, `${two.app.id}  1`];
        assert.deepEqual(await run(store, "application.stats", period), { lines: rows, done: 5 });
        const all = await run(store, "application.stats");
        assert.deepEqual(all.lines, [`${one.app.id}  6`, `${two.app.id}  2`]);
      }));

    test("of named applications each is counted, and unknown names are returned", () =>
      story(harness, EMPTY, async ({ store }) => {
        await openOperator(store);
        const one = await makeApp(store, {});
        const other = await makeApp(store, {});
        const empty = await makeApp(store);
        for (const { app } of [one, other]) await publishAt(store, app.id, START);
        const key = idempotencyKey("k");
        const appRefs = [one.app.id, "no-such-app", empty.app.id, OPERATOR_APP_ID];
        const asked = { appRefs, idempotencyKey: key };
        const { job, unknown } = await start(store, "application.stats", asked);
        assert.deepEqual(unknown, ["no-such-app", OPERATOR_APP_ID]);
        await runJobs(store, START + HOUR);
        assert.deepEqual(await read(store, job.id), [`${one.app.id}  1`, `${empty.app.id}  0`]);
        const again = await start(store, "application.stats", asked);
        assert.deepEqual([again.job.id, again.unknown], [job.id, unknown]);
        const isInvalid = (error: unknown) =>
          error instanceof AppError && error.problems[0]?.path.join() === "appIds";
        const none = { appRefs: ["no-such-app"] };
        await assert.rejects(start(store, "application.stats", none), isInvalid);
      }));

    test("event types of native endpoints are collected by application", () =>
      story(harness, EMPTY, async ({ store }) => {
        await openOperator(store);
        const one = await makeApp(
          store,
          { eventTypes: ["b.b", "a.a"] },
          { eventTypes: ["a.a", "c.c"], status: "disabled" },
          { eventTypes: ["gone"] },
          { dialect: "chirp", eventTypes: ["messages.sms.received"] },
        );
        const ref = one.endpoints[2]?.endpointId ?? "";
        const change = { status: "deleted" } as const;
        await store.endpoints.update({ appRef: one.app.id, ref, change, now: START });
        const two = await makeApp(store, {}, { eventTypes: ["b.b"] });
        await makeApp(store);
        const operated = newEndpoint(OPERATOR_APP_ID, { eventTypes: ["endpoint.disabled"] });
        const made = { appRef: OPERATOR_APP_ID, endpoint: operated, idempotencyKey: null };
        await store.endpoints.create(made);
        assert.deepEqual(await run(store, "event-type.aggregate"), {
          lines: [
            `${one.app.id} a.a 1`,
            `${one.app.id} b.b 1`,
            `${one.app.id} c.c 1`,
            `${two.app.id}  1`,
            `${two.app.id} b.b 1`,
          ],
          done: 4,
        });
      }));

    test("a task continues after a restart where it stopped", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const { store } = opened;
        await openOperator(store);
        const { app } = await makeApp(store);
        const set = { appRef: app.id, dialect: "svix", line: null } as const;
        const token = (await store.endpoints.readSet(set))?.token ?? "";
        const create = Array.from({ length: 250 }, (_, i) =>
          newEndpoint(app.id, { eventTypes: [`type.${i}`] }),
        );
        const change = { create, update: [], remove: [] };
        await store.endpoints.changeSet({ ...set, token, change, now: START });
        const { job } = await start(store, "event-type.aggregate");
        await step(store, START + HOUR, { sliceMs: 0 });
        const halfway = await store.jobs.get({ appRef: null, id: job.id });
        assert.equal(halfway?.state, "running");
        assert.ok(halfway.done > 0 && halfway.done < 250 && halfway.progress < 1);
        await opened.reopen();
        await runJobs(opened.store, START + HOUR);
        const ended = await opened.store.jobs.get({ appRef: null, id: job.id });
        assert.deepEqual([ended?.state, ended?.done], ["finished", 250]);
        assert.equal((await read(opened.store, job.id)).length, 250);
      }));

    test("a result beyond the limit of rows fails the task", () =>
      story(harness, { ...EMPTY, open: { limits: { taskResultRows: 2 } } }, async ({ store }) => {
        await openOperator(store);
        await makeApp(store, { eventTypes: ["a", "b"] });
        await run(store, "event-type.aggregate");
        await makeApp(store, {});
        const { job } = await start(store, "event-type.aggregate");
        await runJobs(store, START + HOUR);
        const ended = await store.jobs.get({ appRef: null, id: job.id });
        assert.deepEqual([ended?.state, ended?.reason], ["failed", "result_too_large"]);
      }));

    test("a deleted application leaves the results, and old results are deleted", () =>
      story(harness, EMPTY, async ({ opened, store }) => {
        await openOperator(store);
        const gone = await makeApp(store, { eventTypes: ["type-of-deleted"] });
        const kept = await makeApp(store, {});
        const first = await start(store, "event-type.aggregate");
        await runJobs(store, START + HOUR);
        await store.apps.delete({ ref: gone.app.id, now: START + HOUR });
        assert.deepEqual(await read(store, first.job.id), [`${kept.app.id}  1`]);
        await sweepAll(store, START + HOUR);
        assert.deepEqual(await findTraces(opened, ["type-of-deleted"]), []);
        for (let i = 0; i < 20; i++) await run(store, "event-type.aggregate");
        await sweepAll(store, START + HOUR);
        assert.deepEqual(await read(store, first.job.id), []);
      }));
  });
}
