/**
 * Work that repeats, one call at a time: at the instant that the previous call returned, or sooner when the
 * loop is woken. Calls of one turn of the event loop share a run. A failed call is repeated after a pause
 * that doubles (I7). The work itself must keep its due times, because a run replaces all later requests.
 */
import type { Instant } from "../../core/snapshot.ts";
import type { StoreCalls } from "../../telemetry/store-calls.ts";
import type { Clock } from "./clock.ts";

export type Loop = {
  /** Runs the work at `at`, unless it is due sooner. Never synchronously, and not before a pause ends. */
  wakeAt(at: Instant): void;
  /** Runs the work now, or once more after the present call. Never synchronously, and not in a pause. */
  wake(): void;
  /** Shortens a pause to its first length: another call has just shown that the store works. */
  resume(): void;
  isStopped(): boolean;
  /** Starts no more calls. The present one may end, and its failure is not reported. */
  stop(): void;
};

/** Pause after a failure: it doubles from `firstMs` to `lastMs` and starts over after a success. */
export type Backoff = { readonly firstMs: number; readonly lastMs: number };

/** An instant for work that is not due again until the loop is woken. */
export const NEVER: Instant = Number.POSITIVE_INFINITY;

export function createLoop(given: {
  clock: Clock;
  calls: StoreCalls;
  backoff: Backoff;
  /** Returns the instant of the next call; one that has passed continues at once. */
  work: () => Promise<Instant>;
}): Loop {
  const { clock, calls, backoff } = given;
  let dueAt = NEVER;
  let isRunning = false;
  let isStopped = false;
  let isPaused = false;
  let pauseMs = 0;
  /** In elapsed time, which no correction of the wall clock changes. */
  let pausedAt = 0;
  let cancelTimer: (() => void) | null = null;

  async function run(): Promise<void> {
    isRunning = true;
    isPaused = false;
    cancelTimer?.();
    await Promise.resolve();
    do {
      if (isStopped) return;
      await callOnce();
    } while (!isPaused && dueAt <= clock.now());
    isRunning = false;
    arm();
  }

  async function callOnce(): Promise<void> {
    dueAt = NEVER;
    try {
      const nextAt = await given.work();
      calls.worked();
      pauseMs = 0;
      dueAt = Math.min(dueAt, nextAt);
    } catch (err) {
      if (isStopped) return;
      calls.failed(err);
      pauseMs = Math.min(Math.max(pauseMs * 2, backoff.firstMs), backoff.lastMs);
      pausedAt = clock.elapsed();
      isPaused = true;
      dueAt = clock.now() + pauseMs;
    }
  }

  function arm(): void {
    cancelTimer?.();
    cancelTimer = null;
    if (isStopped || dueAt === NEVER) return;
    cancelTimer = clock.setTimer(dueAt, () => void run());
  }

  function wake(): void {
    if (isStopped || isPaused) return;
    if (isRunning) dueAt = Math.min(dueAt, clock.now());
    else void run();
  }

  return {
    wakeAt(at) {
      if (at <= clock.now()) return wake();
      if (isStopped || isPaused) return;
      if (at >= dueAt) return;
      dueAt = at;
      if (!isRunning) arm();
    },
    wake,
    resume() {
      if (!isPaused || isStopped) return;
      const leftMs = pausedAt + backoff.firstMs - clock.elapsed();
      const at = clock.now() + Math.max(leftMs, 0);
      if (at >= dueAt) return;
      dueAt = at;
      arm();
    },
    isStopped: () => isStopped,
    stop() {
      isStopped = true;
      cancelTimer?.();
    },
  };
}
