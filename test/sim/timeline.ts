/**
 * The time of a simulated run: a list of what happens when, taken one by one, with every promise
 * that follows from it settled before the next. Nothing here waits, so hours take milliseconds.
 *
 * What the engine sets for within a minute (looks, renewals, sweeps) is background. When nothing
 * else is to happen for longer than that, a run that `leaps` goes straight to the next thing that
 * matters and lets all background happen there, late, as after a suspended machine: 72 hours have
 * 50,000 such timers in them.
 */
import { setImmediate as settled } from "node:timers/promises";

export const BACKGROUND_MS = 60_000;

type Happening = { at: number; readonly order: number; readonly call: () => void };

export type Timeline = {
  now(): number;
  /** At once still means after what happens now. Gives the way to call it off. */
  at(when: number, call: () => void, kind?: "background"): () => void;
  /** Goes on until `isOver` or `until`; `nextDue` tells the next instant that a leap must not pass. */
  run(p: {
    until: number;
    isOver?: () => boolean;
    leap?: { nextDue: (after: number) => number | null };
  }): Promise<void>;
};

/** Far more than any story has; a run that comes here turns in a circle without time passing. */
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
      if (!Number.isFinite(when)) throw new RangeError(`nothing happens at ${when}`);
      const among = kind === "background" ? background : foreground;
      const happening = { at: Math.max(when, now), order: order++, call };
      among.add(happening);
      return () => void among.delete(happening);
    },
    async run({ until, isOver, leap }) {
      for (;;) {
        if (isOver?.() === true) return;
        if (++steps > STEP_LIMIT) throw new Error("the run turns in a circle");
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
