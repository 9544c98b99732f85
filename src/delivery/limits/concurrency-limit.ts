/**
 * The concurrency slots that all lanes share: how many attempts may be in flight on this node. An endpoint
 * that hangs keeps its slots until its deadline. Endpoints whose latest answer was slow, or that have not
 * answered yet, share at most three quarters of the slots. No application takes all of them. So an
 * endpoint that answers fast always finds a slot at once, and a new one soon (I4). If none is free the lane
 * queues; each release admits one lane, and the applications take turns.
 */
import { mayTake } from "../../core/delivery/fair-share.ts";
import type { Lane } from "../lane/lane.ts";
import { createLaneTurns } from "./lane-turns.ts";

export type ConcurrencyLimit = {
  /** Acquires a slot, or queues the lane and returns false. */
  acquire(lane: Lane): boolean;
  /** Releases a slot; `isFast` is the lane's `adaptive.isFast` when the slot was acquired. */
  release(lane: Lane, isFast: boolean): void;
  /** Returns the next queued lane that finds a slot; it may acquire slots or queue again. */
  admit(): Lane | null;
  /** Resolves when no slot is taken. */
  allReleased(): Promise<void>;
  taken(): number;
  waiting(): number;
};

const SLOW_SHARE = 0.75;

type Taken = { all: number; slow: number };

export function createConcurrencyLimit(limit: number): ConcurrencyLimit {
  const slowLimit = Math.max(1, Math.floor(limit * SLOW_SHARE));
  const fastWaiting = createLaneTurns();
  const slowWaiting = createLaneTurns();
  const taken: Taken = { all: 0, slow: 0 };
  const byApp = new Map<string, Taken>();
  let isSlowTurn = false;
  let releaseListeners: (() => void)[] = [];

  function hasSlot(appId: string, isFast: boolean): boolean {
    const held = byApp.get(appId);
    if (!mayTake({ held: held?.all ?? 0, taken: taken.all, limit })) return false;
    return isFast || mayTake({ held: held?.slow ?? 0, taken: taken.slow, limit: slowLimit });
  }

  function add(appId: string, isFast: boolean, count: 1 | -1): void {
    const slow = isFast ? 0 : count;
    const known = byApp.get(appId);
    const held = known ?? { all: 0, slow: 0 };
    taken.all += count;
    taken.slow += slow;
    held.all += count;
    held.slow += slow;
    if (held.all === 0) byApp.delete(appId);
    else if (known === undefined) byApp.set(appId, held);
  }

  const takeFast = (): Lane | null => fastWaiting.take((appId) => hasSlot(appId, true));
  const takeSlow = (): Lane | null => slowWaiting.take((appId) => hasSlot(appId, false));

  return {
    acquire(lane) {
      const { isFast } = lane.adaptive;
      if (hasSlot(lane.appId, isFast)) {
        add(lane.appId, isFast, 1);
        return true;
      }
      if (!lane.isWaiting) {
        lane.isWaiting = true;
        (isFast ? fastWaiting : slowWaiting).add(lane);
      }
      return false;
    },
    release(lane, isFast) {
      add(lane.appId, isFast, -1);
      if (taken.all > 0) return;
      for (const listener of releaseListeners) listener();
      releaseListeners = [];
    },
    admit() {
      isSlowTurn = !isSlowTurn;
      const lane = isSlowTurn ? (takeSlow() ?? takeFast()) : (takeFast() ?? takeSlow());
      if (lane !== null) lane.isWaiting = false;
      return lane;
    },
    allReleased: () =>
      taken.all === 0
        ? Promise.resolve()
        : new Promise((resolve) => releaseListeners.push(resolve)),
    taken: () => taken.all,
    waiting: () => fastWaiting.count() + slowWaiting.count(),
  };
}
