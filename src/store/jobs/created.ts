/** Reports new jobs to the loops of this process, after their commit. */
import type { JobStore } from "../interface/jobs.ts";

type Creating = Pick<
  JobStore,
  "create" | "createGroup" | "eraseNumber" | "purgeContent" | "createStatistics"
>;

export function withListeners<Jobs extends Creating>(
  jobs: Jobs,
): Jobs & Creating & Pick<JobStore, "listen"> {
  const listeners: (() => void)[] = [];

  async function report<T>(creating: Promise<T>): Promise<T> {
    const created = await creating;
    for (const onCreated of listeners) onCreated();
    return created;
  }

  return {
    ...jobs,
    listen: ({ onCreated }) => listeners.push(onCreated),
    create: async (params) => await report(jobs.create(params)),
    createGroup: async (params) => await report(jobs.createGroup(params)),
    eraseNumber: async (params) => await report(jobs.eraseNumber(params)),
    purgeContent: async (params) => await report(jobs.purgeContent(params)),
    createStatistics: async (params) => await report(jobs.createStatistics(params)),
  };
}
