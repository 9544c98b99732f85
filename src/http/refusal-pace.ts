/**
 * The pace at which the refusals of one caller are sent. Without it, a client that asks again as soon as it
 * is refused sets the load of the server: 1,000 such connections took a whole core (2026-11-30).
 */
export type PaceLimits = {
  /** Refusals that are sent at once after a pause. */
  readonly burst: number;
  readonly perSecond: number;
  /** A refusal is held no longer than this. */
  readonly mostMs: number;
  /** Callers to remember; the one that was refused longest ago is forgotten first. */
  readonly callers: number;
};

export type RefusalPace = {
  /** Returns for how long to hold this refusal. `now` is in milliseconds of a monotonic clock. */
  next(caller: string, now: number): number;
};

export function createRefusalPace({ burst, perSecond, mostMs, callers }: PaceLimits): RefusalPace {
  const everyMs = 1000 / perSecond;
  const burstMs = burst * everyMs;
  /** The instant at which all refusals of the caller would be sent at an even pace. */
  const paidAt = new Map<string, number>();
  return {
    next(caller, now) {
      const at = Math.max(paidAt.get(caller) ?? now, now) + everyMs;
      paidAt.delete(caller);
      paidAt.set(caller, Math.min(at, now + burstMs + mostMs));
      if (paidAt.size > callers) paidAt.delete(paidAt.keys().next().value as string);
      return Math.min(Math.max(0, at - now - burstMs), mostMs);
    },
  };
}
