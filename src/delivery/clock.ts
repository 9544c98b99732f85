/**
 * Time as the engine sees it, passed in so that 72 hours take a test milliseconds. Two readings:
 * `now` for instants of the domain, which may step when somebody sets the machine's clock, and
 * `elapsed`, which only ever runs forward, for the validity of a lease.
 */
import type { Instant } from "../core/snapshot.ts";

export type Clock = {
  now(): Instant;
  /** Milliseconds since some fixed moment, deaf to corrections of the wall clock. */
  elapsed(): number;
  /** Calls once at or after `at`, never within this call. Gives the way to call it off. */
  setTimer(at: Instant, call: () => void): () => void;
};

/** Long timers are set in pieces of this length, so a step of the wall clock is noticed in time. */
const PIECE_MS = 30_000;

export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  setTimer(at, call) {
    let timer: NodeJS.Timeout;
    function arm(): void {
      const left = at - Date.now();
      timer = left > PIECE_MS ? setTimeout(arm, PIECE_MS) : setTimeout(call, Math.max(left, 0));
    }
    arm();
    return () => clearTimeout(timer);
  },
};
