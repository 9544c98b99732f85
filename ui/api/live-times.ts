/** The times of the reads that a page repeats. The bench opens dashboards with the same ones. */

/** Changes that come within this time are one read. */
export const GATHER_MS = 1_000;
/** While changes do not end, many open pages must not slow the server. */
export const REPEAT_MS = 5_000;
/** A server that sends gaps in place of notices is busy: pages wait, publishers do not. */
export const BUSY_REPEAT_MS = 8_000;
/** A busy server sends a gap every second. A single one says nothing. */
const BUSY_FOR_MS = 3_000;

export type LivePace = {
  noteGap(now: number): void;
  /** How long a page waits before it repeats the reads that a change made old; `readAt` is its latest read. */
  toWaitMs(p: { readonly readAt: number; readonly now: number }): number;
  /** The interval of a read that a page repeats by itself. */
  toIntervalMs(p: { readonly everyMs: number; readonly now: number }): number;
};

export function createLivePace(): LivePace {
  let gapAt = -Infinity;
  let busyAt = -Infinity;
  const isBusy = (now: number): boolean => now - busyAt < BUSY_FOR_MS;
  return {
    noteGap(now) {
      if (now - gapAt < BUSY_FOR_MS) busyAt = now;
      gapAt = now;
    },
    toWaitMs({ readAt, now }) {
      const repeatMs = isBusy(now) ? BUSY_REPEAT_MS : REPEAT_MS;
      return Math.max(GATHER_MS, readAt + repeatMs - now);
    },
    toIntervalMs: ({ everyMs, now }) => (isBusy(now) ? Math.max(everyMs, BUSY_REPEAT_MS) : everyMs),
  };
}
