/**
 * How much the operator was told of attempts within the minute: a receiver that is down fails a
 * hundred thousand deliveries, and to be told of each would make as many of the operator's own (I5).
 * Kept in memory: after a start, or a rollback, it is a little off and nobody is the worse for it.
 */
export type OperationalEventLimiter = {
  /** Counts one more; false when it is one too many, and then it is counted as left out. */
  allow(endpointSeq: number, now: number): boolean;
  /** How many were left out since this was asked last. */
  drainSuppressed(): number;
};

const PER_ENDPOINT = 20;
const IN_ALL = 1_000;
const MINUTE_MS = 60_000;

export function createOperationalEventLimiter(): OperationalEventLimiter {
  const counts = new Map<number, number>();
  let minute = 0;
  let inAll = 0;
  let leftOut = 0;
  return {
    allow(endpointSeq, now) {
      const current = Math.floor(now / MINUTE_MS);
      if (current !== minute) {
        minute = current;
        inAll = 0;
        counts.clear();
      }
      const count = counts.get(endpointSeq) ?? 0;
      if (count >= PER_ENDPOINT || inAll >= IN_ALL) {
        leftOut += 1;
        return false;
      }
      counts.set(endpointSeq, count + 1);
      inAll += 1;
      return true;
    },
    drainSuppressed() {
      const taken = leftOut;
      leftOut = 0;
      return taken;
    },
  };
}
