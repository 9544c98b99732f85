/**
 * Steps of the wall clock, seen by the time that no correction touches. The 72 hours are counted on the
 * wall clock, so a step ahead would end within a moment what has hardly been tried (I6). What was
 * accepted before it gets its schedule moved on by as much, as if it had been parked; a step back takes
 * back what steps ahead have added. So does a machine that slept: it tried nothing meanwhile. Kept in
 * memory: a process that starts takes the clock as it finds it.
 */
import type { Instant } from "../core/snapshot.ts";
import type { Clock } from "./clock.ts";

export type ClockSteps = {
  /** How far the clock was set ahead since it showed this instant, in milliseconds. */
  since(instant: Instant): number;
  /** How far it was set ahead in all, as far as it still matters to anything. */
  total(): number;
};

type Step = { readonly before: Instant; readonly seenAt: number; byMs: number };

/** Less is a correction, and what a clock drifts while nobody looks. */
const SMALLEST_MS = 5 * 60_000;
/** In elapsed time: whatever was accepted before it has had its 72 hours by now. */
const KEPT_MS = 73 * 3_600_000;

export function createClockSteps(clock: Pick<Clock, "now" | "elapsed">): ClockSteps {
  let steps: readonly Step[] = [];
  let offset = clock.now() - clock.elapsed();

  function look(): void {
    const now = clock.now();
    const seenAt = clock.elapsed();
    // Instants are whole milliseconds, elapsed time is not.
    const byMs = Math.round(now - seenAt - offset);
    offset += byMs;
    if (byMs >= SMALLEST_MS) steps = [...steps, { before: now - byMs, seenAt, byMs }];
    else if (byMs <= -SMALLEST_MS) steps = takenBack(steps, -byMs);
    steps = steps.filter((step) => step.byMs > 0 && seenAt < step.seenAt + KEPT_MS);
  }

  function sum(counts: (step: Step) => boolean): number {
    look();
    return steps.reduce((ms, step) => (counts(step) ? ms + step.byMs : ms), 0);
  }

  return {
    since: (instant) => sum(({ before }) => before >= instant),
    total: () => sum(() => true),
  };
}

/** The latest first. */
function takenBack(steps: readonly Step[], byMs: number): readonly Step[] {
  let left = byMs;
  return steps
    .toReversed()
    .map((step) => {
      const taken = Math.min(left, step.byMs);
      left -= taken;
      return { ...step, byMs: step.byMs - taken };
    })
    .toReversed();
}
