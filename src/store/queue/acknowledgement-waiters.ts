/** Calls that wait until the owner of an endpoint acknowledges a change, or its lease ends (I11). */

export type AcknowledgementWaiters = {
  /** Resolves once `findWaitMs` returns null. It is asked again after each acknowledgement and each wait. */
  until(findWaitMs: (round: number) => number | null | Promise<number | null>): Promise<void>;
  /** An owner has acknowledged a change, or owners have changed. */
  wake(): void;
};

export function createAcknowledgementWaiters(): AcknowledgementWaiters {
  let next = Promise.withResolvers<void>();
  return {
    async until(findWaitMs) {
      for (let round = 0; ; round += 1) {
        // Taken before the question, so that an acknowledgement during the answer is not missed.
        const woken = next.promise;
        const waitMs = await findWaitMs(round);
        if (waitMs === null) return;
        const elapsed = Promise.withResolvers<void>();
        const timer = setTimeout(elapsed.resolve, waitMs);
        await Promise.race([woken, elapsed.promise]);
        clearTimeout(timer);
      }
    },
    wake() {
      next.resolve();
      next = Promise.withResolvers<void>();
    },
  };
}
