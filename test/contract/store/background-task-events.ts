import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { START, type Harness } from "./harness.ts";
import { makeFailed, newJob, startJob, step } from "./jobs.ts";
import { listOperationalEvents, listReported, makeOperatorEndpoint } from "./operator.ts";
import { EMPTY, story } from "./story.ts";

const TYPE = "background_task.finished";

export function testBackgroundTaskEvents(harness: Harness): void {
  describe("operational events of background tasks", () => {
    test("a task that finishes is reported once, in the commit of its last slice", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store, [TYPE]);
        const failed = await makeFailed(store, 3);
        const { id } = await startJob(store, { ...failed, job: newJob("endpoint.recover") });
        await step(store, START, { limit: 2 });
        assert.deepEqual(await listOperationalEvents(store), []);
        await step(store, START + 1_000);
        await step(store, START + 2_000);
        const reported = await listReported(store, ({ data, ...shown }) => {
          const { messagesSent, reason, appId } = data as Record<string, unknown>;
          return { ...shown, messagesSent, reason, appId };
        });
        const shown = { status: "finished", task: "endpoint.recover", taskId: id };
        const facts = { messagesSent: 3, reason: null, appId: failed.appRef };
        assert.deepEqual(reported, [[TYPE, { ...shown, ...facts }]]);
        assert.deepEqual((await store.upkeep.check()).problems, []);
      }));

    test("a task whose endpoint is deleted is reported as failed", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store, [TYPE]);
        const failed = await makeFailed(store, 1);
        const { appRef, endpointRef: ref } = failed;
        await startJob(store, { ...failed, job: newJob("endpoint.recover") });
        await store.endpoints.update({ appRef, ref, change: { status: "deleted" }, now: START });
        await step(store, START);
        assert.deepEqual(await listReported(store, ({ status }) => status), [[TYPE, "failed"]]);
      }));

    test("a cancelled task is reported once, and not when it had ended before", () =>
      story(harness, EMPTY, async ({ store }) => {
        await makeOperatorEndpoint(store, [TYPE]);
        const failed = await makeFailed(store, 1);
        const { id } = await startJob(store, { ...failed, job: newJob("endpoint.recover") });
        const cancel = { appRef: failed.appRef, id, now: START };
        await store.jobs.cancel(cancel);
        await store.jobs.cancel(cancel);
        assert.deepEqual(await listReported(store, ({ status }) => status), [[TYPE, "failed"]]);
      }));
  });
}
