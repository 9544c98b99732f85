/** Counts the requests of each application, or of each credential, within the last minute, in the memory of this node. */

export type MinuteCounts = {
  /** Counts one more for the application or the credential; false when it has had all of them. */
  take(id: string): boolean;
};

const WINDOW_MS = 60_000;
/** Beyond it the one that asked longest ago is forgotten. */
const MOST_IDS = 10_000;

export function createMinuteCounts(p: {
  readonly now: () => number;
  readonly most: number;
}): MinuteCounts {
  const byId = new Map<string, number[]>();
  return {
    take(id) {
      const since = p.now() - WINDOW_MS;
      const recent = (byId.get(id) ?? []).filter((at) => at > since);
      byId.delete(id);
      byId.set(id, recent);
      const [oldest] = byId.keys();
      if (byId.size > MOST_IDS && oldest !== undefined) byId.delete(oldest);
      if (recent.length >= p.most) return false;
      recent.push(p.now());
      return true;
    },
  };
}
