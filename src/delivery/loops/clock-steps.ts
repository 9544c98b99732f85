/**
 * Steps of the wall clock, detected against the monotonic clock. The 72 hours are counted on the wall clock,
 * so a forward step would end deliveries at once that have hardly been tried (I6). Events accepted before a
 * forward step get their schedule shifted by the same amount, as if they had been parked. A backward step
 * undoes earlier forward steps. A machine that slept counts as a forward step, since it tried nothing
 * meanwhile. Steps are kept in memory: a process that starts takes the clock as it finds it.
 */
import { DEADLINE_MS } from "../../core/delivery/retry-schedule.ts";
import type { Instant } from "../../core/snapshot.ts";
import type { Clock } from "./clock.ts";

export type ClockSteps = {
  /** Returns how far the clock was set ahead since it showed this instant, in milliseconds. */
  since(instant: Instant): number;
  /** Returns how far the clock was set ahead in total, over all steps that still matter. */
  total(): number;
};

type Step = { readonly before: Instant; readonly seenAt: number; byMs: number };

/** A smaller change is a correction or drift. */
const SMALLEST_MS = 5 * 60_000;
/** How long a step is kept, in elapsed time: events accepted before it have then had their 72 hours. */
const KEPT_MS = DEADLINE_MS + 3_600_000;

export function createClockSteps(clock: Pick<Clock, "now" | "elapsed">): ClockSteps {
  let steps: readonly Step[] = [];
  let offset = clock.now() - clock.elapsed();

  function detectStep(): void {
    const now = clock.now();
    const seenAt = clock.elapsed();
    // Instants are whole milliseconds; elapsed time is not.
    const byMs = Math.round(now - seenAt - offset);
    offset += byMs;
    if (byMs >= SMALLEST_MS) steps = [...steps, { before: now - byMs, seenAt, byMs }];
    else if (byMs <= -SMALLEST_MS) steps = undoSteps(steps, -byMs);
    steps = steps.filter((step) => step.byMs > 0 && seenAt < step.seenAt + KEPT_MS);
  }

  function sum(counts: (step: Step) => boolean): number {
    detectStep();
    return steps.reduce((ms, step) => (counts(step) ? ms + step.byMs : ms), 0);
  }

  return {
    since: (instant) => sum(({ before }) => before >= instant),
    total: () => sum(() => true),
  };
}

/** Reduces the steps by `byMs` in total, the latest first. */
function undoSteps(steps: readonly Step[], byMs: number): readonly Step[] {
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
