/** Lanes that wait for the same resource. Their applications take turns; in one application the first goes first. */
import type { Lane } from "../lane/lane.ts";

export type LaneTurns = {
  add(lane: Lane): void;
  /** Takes the next lane of an application that may go on; the application then goes to the end. */
  take(mayGoOn: (appId: string) => boolean): Lane | null;
  count(): number;
};

export function createLaneTurns(): LaneTurns {
  /** In the order of their turns; no list is empty. */
  const byApp = new Map<string, Set<Lane>>();
  let count = 0;

  /** Dropped lanes are skipped and forgotten. */
  function takeFrom(appId: string, lanes: Set<Lane>): Lane | null {
    for (const lane of lanes) {
      lanes.delete(lane);
      count -= 1;
      if (lane.isDropped) continue;
      byApp.delete(appId);
      if (lanes.size > 0) byApp.set(appId, lanes);
      return lane;
    }
    byApp.delete(appId);
    return null;
  }

  return {
    add(lane) {
      const known = byApp.get(lane.appId);
      if (known === undefined) byApp.set(lane.appId, new Set([lane]));
      else known.add(lane);
      count += 1;
    },
    take(mayGoOn) {
      for (const [appId, lanes] of byApp) {
        const lane = mayGoOn(appId) ? takeFrom(appId, lanes) : null;
        if (lane !== null) return lane;
      }
      return null;
    },
    count: () => count,
  };
}
