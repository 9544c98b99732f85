/**
 * Limits operational events per minute. A dead receiver fails a hundred thousand deliveries, and a tenant may
 * change an endpoint in a loop; an event for each would create as many deliveries to the operator (I5). The
 * counts are in memory, so they are inexact after a start or a rollback, which is harmless.
 */
import { OPERATIONAL_LIMITS } from "../../core/limits/operational-limits.ts";

export type OperationalEventLimiter = {
  /**
   * Counts one event: about an attempt of this endpoint, or about a change in this app, or `count` attempts in
   * a log. False when it exceeds the limit, and then counts the event as suppressed.
   */
  allow(kind: LimitedKind, seq: number, now: number, count?: number): boolean;
  /** Returns the number of suppressed events since the last call. */
  drainSuppressed(): number;
};

export type LimitedKind = keyof typeof PER_MINUTE;

const { attemptEvents, attemptEventsInAll, changeEvents, changeEventsInAll, loggedAttempts } =
  OPERATIONAL_LIMITS;
const PER_MINUTE = {
  attempt: { each: attemptEvents.value, total: attemptEventsInAll.value },
  change: { each: changeEvents.value, total: changeEventsInAll.value },
  log: { each: loggedAttempts.value, total: loggedAttempts.value },
} as const;
const MINUTE_MS = 60_000;

export function createOperationalEventLimiter(): OperationalEventLimiter {
  let counts = createAllCounts();
  let minute = 0;
  let suppressed = 0;
  return {
    allow(kind, seq, now, added = 1) {
      const current = Math.floor(now / MINUTE_MS);
      if (current !== minute) {
        minute = current;
        counts = createAllCounts();
      }
      const { each, total } = PER_MINUTE[kind];
      const counted = counts[kind];
      const count = counted.bySeq.get(seq) ?? 0;
      if (count + added > each || counted.total + added > total) {
        suppressed += 1;
        return false;
      }
      counted.bySeq.set(seq, count + added);
      counted.total += added;
      return true;
    },
    drainSuppressed() {
      const taken = suppressed;
      suppressed = 0;
      return taken;
    },
  };
}

type Counts = { readonly bySeq: Map<number, number>; total: number };

function createAllCounts(): Readonly<Record<LimitedKind, Counts>> {
  const createCounts = (): Counts => ({ bySeq: new Map(), total: 0 });
  return { attempt: createCounts(), change: createCounts(), log: createCounts() };
}
