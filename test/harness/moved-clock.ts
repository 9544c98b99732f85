/** A clock that stands still until a test moves it: 72 hours take only as long as their work. */
import type { Clock } from "../../src/delivery/loops/clock.ts";

export type MovedClock = Clock & {
  /** Moves the clock on, and calls the due timers in their order. */
  moveTo(at: number): void;
  moveBy(ms: number): void;
};

export function createMovedClock(startAt: number): MovedClock {
  let now = startAt;
  const timers = new Set<{ at: number; call: () => void }>();

  function moveTo(at: number): void {
    now = Math.max(now, at);
    const due = [...timers].filter((timer) => timer.at <= now).sort((a, b) => a.at - b.at);
    for (const timer of due) if (timers.delete(timer)) timer.call();
  }

  return {
    now: () => now,
    elapsed: () => now,
    setTimer(at, call) {
      const timer = { at, call };
      timers.add(timer);
      if (at <= now) setImmediate(() => timers.delete(timer) && timer.call());
      return () => timers.delete(timer);
    },
    moveTo,
    moveBy: (ms) => moveTo(now + ms),
  };
}
