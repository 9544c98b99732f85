/**
 * Long work on the event loop, in slices. All applications share the loop: reading a body of megabytes in one
 * go delays every publish and every delivery (I4). So work whose length a caller chooses checks regularly
 * whether its slice is over, and then waits for its turn. One slice runs at a time, and afterwards the loop
 * is free for three times as long. Owners take turns, so that one with many requests gets no more than
 * another. A quarter of the loop reads 40 MiB of events a second.
 */

export type Turn = {
  /** Whether the slice has lasted long enough. Cheap enough for every 64 KiB, not for every byte. */
  isOver(): boolean;
  /** Resolves when the next slice may begin. */
  next(): Promise<void>;
};

export type Turns = {
  /** `owner` is the application that the work is for; the first slice begins at once. */
  begin(owner: string): Turn;
};

/** Long enough that yielding costs little, and short enough that no publisher notices. */
const SLICE_MS = 2;
/**
 * All work that begins in one round of the loop shares a slice, but each gets at least this. Without it the first
 * slices of 64 batches that arrived together took 100 ms (2026-12-01). A single event takes less.
 */
const LEAST_SLICE_MS = 0.25;
/** Multiple of the time that a slice took. On a busy machine a process that never rests is made to wait. */
const REST_SHARE = 3;

export function createTurns(p: {
  now(): number;
  /** Calls `run` after this time, in a later round of the loop; 0 means the next round. */
  later(run: () => void, ms: number): void;
  /** Calls `run` when the present round of the loop ends. */
  afterRound(run: () => void): void;
}): Turns {
  const waiting = new Map<string, (() => void)[]>();
  let isScheduled = false;
  /** When the first work of the present round began. */
  let roundBeganAt: number | null = null;

  function endRound(): void {
    roundBeganAt = null;
  }
  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    p.later(startOne, 0);
  }
  function startOne(): void {
    const [first] = waiting;
    if (first === undefined) {
      isScheduled = false;
      return;
    }
    const [owner, starts] = first;
    const start = starts.shift();
    waiting.delete(owner);
    if (starts.length > 0) waiting.set(owner, starts);
    const startedAt = p.now();
    start?.();
    // The slice runs right after this function, before any other work of the loop.
    p.later(() => p.later(startOne, REST_SHARE * (p.now() - startedAt)), 0);
  }

  return {
    begin(owner) {
      let startedAt = p.now();
      if (roundBeganAt === null) p.afterRound(endRound);
      roundBeganAt ??= startedAt;
      let sharedFrom = roundBeganAt;
      return {
        isOver() {
          const now = p.now();
          return now - sharedFrom >= SLICE_MS && now - startedAt >= LEAST_SLICE_MS;
        },
        next() {
          const { promise, resolve } = Promise.withResolvers<void>();
          const starts = waiting.get(owner) ?? [];
          waiting.set(owner, starts);
          starts.push(() => {
            startedAt = p.now();
            sharedFrom = startedAt;
            resolve();
          });
          schedule();
          return promise;
        },
      };
    },
  };
}

/** The turns of this process, which has one event loop. */
export const loopTurns = createTurns({
  now: () => performance.now(),
  later(run, ms) {
    if (ms === 0) setImmediate(run);
    else setTimeout(run, ms);
  },
  afterRound: (run) => void setImmediate(run),
});
