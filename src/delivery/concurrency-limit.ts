/**
 * The places that all lanes share: how many attempts may be under way on this node. An endpoint that
 * hangs keeps its places until its deadline, so those whose latest answer was slow, or who never
 * answered yet, can take three quarters together and no more: an endpoint that answers fast always
 * finds a place at once (I4). Who finds none stands in line, and each turn is one place.
 */
import type { Lane } from "./lane.ts";

export type ConcurrencyLimit = {
  /** Takes a place, or puts the lane in line. */
  acquire(lane: Lane): boolean;
  /** Gives a place back; `isFast` as the lane's pace said when it was taken. */
  release(isFast: boolean): void;
  taken(): number;
  waiting(): number;
};

const SLOW_SHARE = 0.75;

/** `onTurn` is called for a lane that has left the line; it may take places, or stand in line again. */
export function createConcurrencyLimit(
  limit: number,
  onTurn: (lane: Lane) => void,
): ConcurrencyLimit {
  const slowLimit = Math.max(1, Math.floor(limit * SLOW_SHARE));
  const fastWaiting: Lane[] = [];
  const slowWaiting: Lane[] = [];
  let taken = 0;
  let takenSlow = 0;
  let isSlowsTurn = false;

  const hasSlot = (isFast: boolean) => taken < limit && (isFast || takenSlow < slowLimit);

  function nextWaiting(): Lane | undefined {
    isSlowsTurn = !isSlowsTurn;
    const slow = hasSlot(false) ? slowWaiting : [];
    const fast = hasSlot(true) ? fastWaiting : [];
    return (isSlowsTurn ? slow : fast).shift() ?? (isSlowsTurn ? fast : slow).shift();
  }

  return {
    acquire(lane) {
      const { isFast } = lane.adaptive;
      if (hasSlot(isFast)) {
        taken += 1;
        if (!isFast) takenSlow += 1;
        return true;
      }
      if (!lane.isInLine) {
        lane.isInLine = true;
        (isFast ? fastWaiting : slowWaiting).push(lane);
      }
      return false;
    },
    release(isFast) {
      taken -= 1;
      if (!isFast) takenSlow -= 1;
      let lane = nextWaiting();
      while (lane !== undefined) {
        lane.isInLine = false;
        if (!lane.isDropped) onTurn(lane);
        lane = nextWaiting();
      }
    },
    taken: () => taken,
    waiting: () => fastWaiting.length + slowWaiting.length,
  };
}
