/** Reports new jobs to the loops of this process, after their commit. */
import type { JobStore } from "../interface/jobs.ts";

export function withListeners<Jobs extends Pick<JobStore, "create">>(
  jobs: Jobs,
): Jobs & Pick<JobStore, "create" | "listen"> {
  const listeners: (() => void)[] = [];
  return {
    ...jobs,
    listen: ({ onCreated }) => listeners.push(onCreated),
    async create(params) {
      const created = await jobs.create(params);
      for (const onCreated of listeners) onCreated();
      return created;
    },
  };
}
