/** Contract: the progress of a job, and its report when it ends. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mustPublish, newEvent } from "./fixtures.ts";
import { START } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { makeFailed, newJob, startJob, step } from "./jobs.ts";
import { claimDue, DAY, finish, sweepAll } from "./steps.ts";
import { EMPTY, story } from "./story.ts";

const FAILED = { state: "failed", reason: "exhausted" } as const;

export function testJobProgress(harness: Harness): void {
  describe("the progress of jobs", () => {
    test("progress is measured from the first row that exists, and an ended job has its end", () =>
      story(harness, EMPTY, async ({ store }) => {
        const { appRef, endpointRef } = await makeFailed(store, 30);
        const later = START + 40 * DAY;
        await sweepAll(store, later);
        const events = Array.from({ length: 10 }, () => newEvent());
        await mustPublish(store, appRef, events, { acceptedAt: later });
        await finish(store, await claimDue(store, later), FAILED, { at: later });
        const job = newJob("endpoint.recover", { since: START - DAY }, later);
        await startJob(store, { appRef, endpointRef, job });
        assert.equal((await step(store, later, { limit: 5 })).done, 5);
        assert.equal((await store.jobs.get({ appRef, id: job.id }))?.progress, 0.5);
        const { ended } = await step(store, later + 1000);
        assert.deepEqual(
          ended.map(({ id, updatedAt }) => [id, updatedAt]),
          [[job.id, later + 1000]],
        );
      }));

    test("a clock that was set back stops no job beside a long one", () =>
      story(harness, EMPTY, async ({ store }) => {
        const long = await makeFailed(store, 3);
        await startJob(store, { ...long, job: newJob("endpoint.recover") });
        const other = await makeFailed(store, 1);
        const job = newJob("endpoint.recover", {}, START + DAY);
        await startJob(store, { ...other, job });
        // A step without time runs one slice.
        const short = { sliceMs: 0, limit: 1 };
        const ended: string[] = [];
        for (const at of [START, START + 1000, START + 2000]) {
          ended.push(...(await step(store, at, short)).ended.map(({ id }) => id));
        }
        assert.ok(ended.includes(job.id));
      }));
  });
}
