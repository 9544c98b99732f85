/** Jobs, of which one process runs one slice at a time. */
import type { JobStore } from "../interface/jobs.ts";
import { withListeners } from "../jobs/created.ts";
import { nextSlice } from "../jobs/step.ts";
import type { Runner } from "./cluster/runner.ts";
import { toNoun } from "./nouns.ts";
import { runSteps, toSession } from "./session.ts";

export function createJobStore(runner: Runner): JobStore {
  const jobs = toNoun(runner, "jobs");
  let stepping: Promise<unknown> = Promise.resolve();

  /** Steps run one after the other: of two at once the second would find the due jobs taken by the first. */
  async function stepJobs(params: Parameters<JobStore["step"]>[0]): ReturnType<JobStore["step"]> {
    const stepped = stepping.then(async () => {
      const { now } = params;
      const { nextAt, isDue } = await runner.single((connection) =>
        runSteps(nextSlice(toSession(connection), now)),
      );
      return isDue ? await jobs.step(params) : { done: 0, nextAt, ended: [] };
    });
    stepping = stepped.catch(() => undefined);
    return await stepped;
  }

  return { ...withListeners(jobs), step: stepJobs };
}
