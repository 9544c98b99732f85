/**
 * The concurrency slots that all lanes share: how many attempts may be in flight on this node. An endpoint
 * that hangs keeps its slots until its deadline. Endpoints whose latest answer was slow, or that have not
 * answered yet, share at most three quarters of the slots. So an endpoint that answers fast always finds a
 * slot at once (I4). If none is free the lane queues; each release admits one lane.
 */
import type { Lane } from "../lane/lane.ts";

export type ConcurrencyLimit = {
  /** Acquires a slot, or queues the lane and returns false. */
  acquire(lane: Lane): boolean;
  /** Releases a slot; `isFast` is the lane's `adaptive.isFast` when the slot was acquired. */
  release(isFast: boolean): void;
  /** Returns the next queued lane that finds a slot; it may acquire slots or queue again. */
  admit(): Lane | null;
  /** Resolves when no slot is taken. */
  allReleased(): Promise<void>;
  taken(): number;
  waiting(): number;
};

const SLOW_SHARE = 0.75;

export function createConcurrencyLimit(limit: number): ConcurrencyLimit {
  const slowLimit = Math.max(1, Math.floor(limit * SLOW_SHARE));
  const fastWaiting: Lane[] = [];
  const slowWaiting: Lane[] = [];
  let taken = 0;
  let takenSlow = 0;
  let isSlowTurn = false;
  let releaseListeners: (() => void)[] = [];

  const hasSlot = (isFast: boolean) => taken < limit && (isFast || takenSlow < slowLimit);

  function nextWaiting(): Lane | undefined {
    isSlowTurn = !isSlowTurn;
    const slow = hasSlot(false) ? slowWaiting : [];
    const fast = hasSlot(true) ? fastWaiting : [];
    return (isSlowTurn ? slow : fast).shift() ?? (isSlowTurn ? fast : slow).shift();
  }

  return {
    acquire(lane) {
      const { isFast } = lane.adaptive;
      if (hasSlot(isFast)) {
        taken += 1;
        if (!isFast) takenSlow += 1;
        return true;
      }
      if (!lane.isWaiting) {
        lane.isWaiting = true;
        (isFast ? fastWaiting : slowWaiting).push(lane);
      }
      return false;
    },
    release(isFast) {
      taken -= 1;
      if (!isFast) takenSlow -= 1;
      if (taken > 0) return;
      for (const listener of releaseListeners) listener();
      releaseListeners = [];
    },
    admit() {
      for (;;) {
        const lane = nextWaiting();
        if (lane === undefined) return null;
        lane.isWaiting = false;
        if (!lane.isDropped) return lane;
      }
    },
    allReleased: () =>
      taken === 0 ? Promise.resolve() : new Promise((resolve) => releaseListeners.push(resolve)),
    taken: () => taken,
    waiting: () => fastWaiting.length + slowWaiting.length,
  };
}
