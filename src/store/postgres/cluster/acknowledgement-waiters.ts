/** Calls that wait until an owner acknowledges a change. */

export type AcknowledgementWaiters = {
  /** Resolves at the next acknowledgement, or after `waitMs`. */
  next(waitMs: number): Promise<void>;
  wake(): void;
};

export function createAcknowledgementWaiters(): AcknowledgementWaiters {
  let waiters: (() => void)[] = [];
  return {
    async next(waitMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiters.push(resolve);
      const timeout = setTimeout(resolve, waitMs);
      await promise;
      clearTimeout(timeout);
    },
    wake() {
      const woken = waiters;
      waiters = [];
      for (const wake of woken) wake();
    },
  };
}
