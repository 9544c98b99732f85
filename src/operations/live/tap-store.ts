/**
 * Reports changes of the store to the live stream, after their commits. This is the one place for all APIs
 * and for the engine. Attempts are reported by the engine's recorder, which knows their events.
 */
import type { LiveTap } from "../../core/live/notice.ts";
import type { Publish, PublishResult } from "../../store/interface/accept.ts";
import type { Endpoint } from "../../store/interface/endpoints.ts";
import type { Job } from "../../store/interface/jobs.ts";
import type { Store } from "../../store/store.ts";

export function tapStore(store: Store, tap: LiveTap): Store {
  const { accept, endpoints, jobs } = store;
  const endpointChanged = (endpoint: Endpoint | null | undefined): void => {
    if (!endpoint || tap.wanted(endpoint.appId) === "nothing") return;
    tap.notify({ kind: "endpoint", appId: endpoint.appId, id: endpoint.endpointId });
  };
  const taskChanged = (job: Job | null | undefined): void => {
    if (!job || tap.wanted(job.appId) === "nothing") return;
    tap.notify({ kind: "task", appId: job.appId, id: job.id, state: job.state });
  };

  return {
    ...store,
    accept: {
      async publish(p) {
        const result = await accept.publish(p);
        eventsAccepted(tap, p, result);
        return result;
      },
    },
    endpoints: {
      ...endpoints,
      create: (p) => after(endpoints.create(p), (made) => endpointChanged(made?.value)),
      update: (p) => after(endpoints.update(p), endpointChanged),
      rotateSecret: (p) => after(endpoints.rotateSecret(p), (made) => endpointChanged(made?.value)),
      changeSet: (p) =>
        after(endpoints.changeSet(p), (changed) => changed?.forEach(endpointChanged)),
    },
    jobs: {
      ...jobs,
      create: (p) => after(jobs.create(p), (made) => taskChanged(made?.value)),
      eraseNumber: (p) => after(jobs.eraseNumber(p), taskChanged),
      purgeContent: (p) => after(jobs.purgeContent(p), taskChanged),
      createStatistics: (p) => after(jobs.createStatistics(p), ({ job }) => taskChanged(job)),
      cancel: (p) => after(jobs.cancel(p), taskChanged),
      step: (p) => after(jobs.step(p), ({ ended }) => ended.forEach(taskChanged)),
    },
  };
}

async function after<T>(work: Promise<T>, report: (value: T) => void): Promise<T> {
  const value = await work;
  report(value);
  return value;
}

/** Events that a publish derives are stored with theirs, and a page reads both. */
function eventsAccepted(tap: LiveTap, { events }: Publish, result: PublishResult): void {
  if (result.kind === "refused" || result.repeated) return;
  const { appId } = result;
  const wanted = tap.wanted(appId);
  if (wanted === "nothing") return;
  if (wanted === "counts") {
    const count = result.events.reduce((sum, { duplicate }) => sum + (duplicate ? 0 : 1), 0);
    return tap.notify({ kind: "count", appId, events: count, attempts: 0, failures: 0 });
  }
  for (const [index, { id, duplicate }] of result.events.entries()) {
    const eventType = events[index]?.type;
    if (duplicate || eventType === undefined) continue;
    tap.notify({ kind: "event", appId, id, eventType });
  }
}
