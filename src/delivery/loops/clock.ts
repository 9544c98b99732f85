/**
 * Time as the engine sees it, passed in so that 72 hours take milliseconds in a test. It has two readings.
 * `now` is for instants of the domain and steps when the machine's clock is set. `elapsed` only runs forward
 * and is for the validity of a lease.
 */
import type { Instant } from "../../core/snapshot.ts";

export type Clock = {
  now(): Instant;
  /** Milliseconds since a fixed moment, unaffected by corrections of the wall clock. */
  elapsed(): number;
  /** Calls `call` once at or after `at`, never synchronously. Returns a function that cancels the timer. */
  setTimer(at: Instant, call: () => void): () => void;
};

/** Long timers are set in pieces of this length, so that a step of the wall clock is noticed in time. */
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
