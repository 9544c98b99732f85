/**
 * The time of a simulated run: a list of timed calls, made one by one. All consequences of a call are settled
 * before the next one. Nothing waits in real time, so hours take milliseconds.
 *
 * Timers of the engine within a minute (polls, renewals, sweeps) are background. When nothing else is due for
 * longer than that, a run that `leaps` goes straight to the next foreground call. All background calls then
 * come late, as after a suspended machine: 72 hours have 50,000 such timers.
 */
import { setImmediate as settled } from "node:timers/promises";

export const BACKGROUND_MS = 60_000;

type Happening = { at: number; readonly order: number; readonly call: () => void };

export type Timeline = {
  now(): number;
  /** Schedules a call; one for now comes after the current call. Returns the function that cancels it. */
  at(when: number, call: () => void, kind?: "background"): () => void;
  /** Runs until `isOver` or `until`. `nextDue` returns the next instant that a leap must not pass. */
  run(p: {
    until: number;
    isOver?: () => boolean;
    leap?: { nextDue: (after: number) => number | null };
  }): Promise<void>;
};

/** The limit is far above any story. A run that reaches it loops without time passing. */
const STEP_LIMIT = 2_000_000;

export function createTimeline(startAt: number): Timeline {
  let now = startAt;
  let order = 0;
  let steps = 0;
  const foreground = new Set<Happening>();
  const background = new Set<Happening>();

  function leapTo(until: number, nextDue: (after: number) => number | null): void {
    const next = earliest(foreground);
    if (next !== null && next.at - now <= BACKGROUND_MS) return;
    const target = Math.min(next?.at ?? until, nextDue(now) ?? until, until);
    for (const each of background) each.at = Math.max(each.at, target);
  }

  return {
    now: () => now,
    at(when, call, kind) {
      if (!Number.isFinite(when)) throw new RangeError(`${when} is not an instant`);
      const among = kind === "background" ? background : foreground;
      const happening = { at: Math.max(when, now), order: order++, call };
      among.add(happening);
      return () => void among.delete(happening);
    },
    async run({ until, isOver, leap }) {
      for (;;) {
        if (isOver?.() === true) return;
        if (++steps > STEP_LIMIT) throw new Error("the run loops without progress");
        if (leap !== undefined) leapTo(until, leap.nextDue);
        const next = sooner(earliest(foreground), earliest(background));
        if (next === null || next.at > until) break;
        foreground.delete(next);
        background.delete(next);
        now = Math.max(now, next.at);
        next.call();
        await settled();
      }
      now = Math.max(now, until);
    },
  };
}

function earliest(among: ReadonlySet<Happening>): Happening | null {
  let found: Happening | null = null;
  for (const each of among) found = sooner(found, each);
  return found;
}

function sooner(one: Happening | null, other: Happening | null): Happening | null {
  if (one === null || other === null) return one ?? other;
  return other.at < one.at || (other.at === one.at && other.order < one.order) ? other : one;
}
