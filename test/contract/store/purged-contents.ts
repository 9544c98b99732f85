/** Contract: the deletion of all contents of an application, as a job. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Store } from "../../../src/store/store.ts";
import { deliver, findTraces, fullText, OPT_OUTS } from "./erasure.ts";
import { makeApp, mustPublish, newEvent } from "./fixtures.ts";
import { type Harness, START } from "./harness.ts";
import { runJobs, step } from "./jobs.ts";
import { HOUR, idempotencyKey, nextId, publishAt, sweepAll } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const SECRETS = ["secret-text", "media-token", "long-text"];

function start(store: Store, appRef: string, key: string | null = null) {
  const now = START + HOUR;
  return store.jobs.purgeContent({
    appRef,
    id: nextId("qtask_"),
    now,
    idempotencyKey: key === null ? null : idempotencyKey(key),
  });
}

export function testPurgedContents(harness: Harness): void {
  describe("the deletion of all contents", () => {
    test("no content of the application stays, and other applications keep theirs", () =>
      story(harness, { ...EMPTY, open: OPT_OUTS }, async ({ opened, store }) => {
        const { app } = await makeApp(store, {});
        const other = await makeApp(store, {});
        await publishAt(store, app.id, START, fullText("m1"));
        const kept = await publishAt(store, other.app.id, START, {
          payloadText: '"other-content"',
        });
        await deliver(store);
        await publishAt(store, app.id, START, fullText("m2"));
        const before = await findTraces(opened, SECRETS);
        for (const secret of SECRETS) {
          assert.ok(
            before.some((trace) => trace.startsWith(secret)),
            secret,
          );
        }
        const job = (await start(store, app.id)) ?? assert.fail();
        assert.deepEqual([job.kind, job.endpointId], ["application.purge_content", null]);
        await runJobs(store, START + HOUR);
        await sweepAll(store, START + HOUR);
        assert.deepEqual(await findTraces(opened, SECRETS), []);
        const event = await store.history.getEvent({ appRef: other.app.id, ref: kept });
        assert.equal(event?.payloadText, '"other-content"');
        const ended = await store.jobs.get({ appRef: app.id, id: job.id });
        // Two texts, their opt-outs, and the contact that the first made known.
        assert.deepEqual([ended?.state, ended?.progress, ended?.done], ["finished", 1, 5]);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("a repeat while the job runs extends it, also across a restart, and a key returns its job", () =>
      story(harness, EMPTY, async ({ opened }) => {
        const { app } = await makeApp(opened.store);
        const publish = (count: number) =>
          mustPublish(
            opened.store,
            app.id,
            Array.from({ length: count }, () => newEvent()),
          );
        await publish(25);
        const job = (await start(opened.store, app.id, "k")) ?? assert.fail();
        await step(opened.store, START + HOUR, { sliceMs: 0 });
        await publish(5);
        assert.equal((await start(opened.store, app.id))?.id, job.id);
        await opened.reopen();
        await publish(1);
        await runJobs(opened.store, START + HOUR);
        const ended = await opened.store.jobs.get({ appRef: app.id, id: job.id });
        assert.deepEqual([ended?.state, ended?.done], ["finished", 30]);
        assert.deepEqual(await start(opened.store, app.id, "k"), ended);
        const next = await start(opened.store, app.id);
        assert.notEqual(next?.id, job.id);
        assert.equal(await start(opened.store, "no-such-app"), null);
      }));

    test("a number is erased beside it", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { app } = await makeApp(store);
        const erase = () =>
          store.jobs.eraseNumber({
            appRef: app.id,
            number: "+12065550100",
            id: nextId("qtask_"),
            now: START,
          });
        await mustPublish(store, app.id, [newEvent()]);
        const number = await erase();
        const all = await start(store, app.id);
        assert.notEqual(number?.id, all?.id);
        assert.equal((await erase())?.id, number?.id);
        assert.equal((await start(store, app.id))?.id, all?.id);
        await runJobs(store, START + HOUR);
        const done = async (id = "") => (await store.jobs.get({ appRef: app.id, id }))?.done;
        assert.deepEqual([await done(number?.id), await done(all?.id)], [0, 1]);
      }));
  });
}
