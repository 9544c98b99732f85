/**
 * Remembers for a second whether an endpoint of the operator asks for the log of attempts. Without it every commit
 * of outcomes would read the operator's endpoints. A log that none of them wants any more is not stored.
 */
export type LogReceiver = {
  find(now: number, read: () => Promise<number | null>): Promise<number | null>;
};

const KEPT_MS = 1_000;

export function createLogReceiver(): LogReceiver {
  let readAt = Number.NEGATIVE_INFINITY;
  let found: number | null = null;
  return {
    async find(now, read) {
      // A clock that was set back ends it, too.
      if (Math.abs(now - readAt) < KEPT_MS) return found;
      found = await read();
      readAt = now;
      return found;
    },
  };
}
