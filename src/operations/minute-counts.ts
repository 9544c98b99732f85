/** Counts the requests of each application within the last minute, in the memory of this node. */

export type MinuteCounts = {
  /** Counts one more; false when the application has had all of them. */
  take(appId: string): boolean;
};

const WINDOW_MS = 60_000;
/** Beyond it the application that asked longest ago is forgotten. */
const MOST_APPS = 10_000;

export function createMinuteCounts(p: {
  readonly now: () => number;
  readonly most: number;
}): MinuteCounts {
  const byApp = new Map<string, number[]>();
  return {
    take(appId) {
      const since = p.now() - WINDOW_MS;
      const recent = (byApp.get(appId) ?? []).filter((at) => at > since);
      byApp.delete(appId);
      byApp.set(appId, recent);
      const [oldest] = byApp.keys();
      if (byApp.size > MOST_APPS && oldest !== undefined) byApp.delete(oldest);
      if (recent.length >= p.most) return false;
      recent.push(p.now());
      return true;
    },
  };
}
