/**
 * Limits the operational events about attempts per minute. A dead receiver fails a hundred thousand
 * deliveries; an event for each would create as many deliveries to the operator (I5). The counts are in
 * memory, so they are inexact after a start or a rollback, which is harmless.
 */
export type OperationalEventLimiter = {
  /** Counts one event; false when it exceeds the limit, and then counts it as suppressed. */
  allow(endpointSeq: number, now: number): boolean;
  /** Returns the number of suppressed events since the last call. */
  drainSuppressed(): number;
};

const PER_ENDPOINT = 20;
const IN_TOTAL = 1_000;
const MINUTE_MS = 60_000;

export function createOperationalEventLimiter(): OperationalEventLimiter {
  const counts = new Map<number, number>();
  let minute = 0;
  let total = 0;
  let suppressed = 0;
  return {
    allow(endpointSeq, now) {
      const current = Math.floor(now / MINUTE_MS);
      if (current !== minute) {
        minute = current;
        total = 0;
        counts.clear();
      }
      const count = counts.get(endpointSeq) ?? 0;
      if (count >= PER_ENDPOINT || total >= IN_TOTAL) {
        suppressed += 1;
        return false;
      }
      counts.set(endpointSeq, count + 1);
      total += 1;
      return true;
    },
    drainSuppressed() {
      const taken = suppressed;
      suppressed = 0;
      return taken;
    },
  };
}
