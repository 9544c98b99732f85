/**
 * The places that all lanes share: how many attempts may be under way on this node. An endpoint that
 * hangs keeps its places until its deadline, so those whose latest answer was slow, or who never
 * answered yet, can take three quarters together and no more: an endpoint that answers fast always
 * finds a place at once (I4). Who finds none stands in line, and each turn is one place.
 */
import type { Lane } from "./lane.ts";

export type Places = {
  /** Takes a place, or puts the lane in line. */
  take(lane: Lane): boolean;
  /** Gives a place back; `isFast` as the lane's pace said when it was taken. */
  give(isFast: boolean): void;
  taken(): number;
  inLine(): number;
};

const SLOW_SHARE = 0.75;

/** `onTurn` is called for a lane that has left the line; it may take places, or stand in line again. */
export function createPlaces(limit: number, onTurn: (lane: Lane) => void): Places {
  const slowLimit = Math.max(1, Math.floor(limit * SLOW_SHARE));
  const fastLine: Lane[] = [];
  const slowLine: Lane[] = [];
  let taken = 0;
  let takenSlow = 0;
  let isSlowsTurn = false;

  const hasPlace = (isFast: boolean) => taken < limit && (isFast || takenSlow < slowLimit);

  function nextInLine(): Lane | undefined {
    isSlowsTurn = !isSlowsTurn;
    const slow = hasPlace(false) ? slowLine : [];
    const fast = hasPlace(true) ? fastLine : [];
    return (isSlowsTurn ? slow : fast).shift() ?? (isSlowsTurn ? fast : slow).shift();
  }

  return {
    take(lane) {
      const { isFast } = lane.pace;
      if (hasPlace(isFast)) {
        taken += 1;
        if (!isFast) takenSlow += 1;
        return true;
      }
      if (!lane.isInLine) {
        lane.isInLine = true;
        (isFast ? fastLine : slowLine).push(lane);
      }
      return false;
    },
    give(isFast) {
      taken -= 1;
      if (!isFast) takenSlow -= 1;
      let lane = nextInLine();
      while (lane !== undefined) {
        lane.isInLine = false;
        if (!lane.isDropped) onTurn(lane);
        lane = nextInLine();
      }
    },
    taken: () => taken,
    inLine: () => fastLine.length + slowLine.length,
  };
}
