/**
 * Long work on the event loop, in slices. The loop is everybody's: a body of megabytes that is read in
 * one go delays each publish and each delivery of every app (I4). So work whose length a caller
 * chooses asks now and then whether its slice is over, and then waits for its turn. One slice runs at a
 * time, then the loop is left to all else for three times as long, and owners take turns, so that one
 * with many requests gets no more than another. A quarter of the loop reads 40 MiB a second of events.
 */

export type Turn = {
  /** Whether the slice has lasted long enough. Cheap, but not for every byte: for every 64 KiB. */
  isOver(): boolean;
  /** Resolves when the next slice may begin. */
  next(): Promise<void>;
};

export type Turns = {
  /** `owner` names who the work is for; the first slice begins at once. */
  begin(owner: string): Turn;
};

/** Long enough that yielding costs little, and far below what a publisher would notice. */
const SLICE_MS = 2;
/** Of the time that a slice took. On a busy machine a process that never rests is made to wait. */
const REST_SHARE = 3;

export function createTurns(p: {
  now(): number;
  /** Calls back after so long, in a later round of the loop; 0 is the next round. */
  later(run: () => void, ms: number): void;
}): Turns {
  const waiting = new Map<string, (() => void)[]>();
  let isAsked = false;

  function ask(): void {
    if (isAsked) return;
    isAsked = true;
    p.later(giveOne, 0);
  }
  function giveOne(): void {
    const [first] = waiting;
    if (first === undefined) {
      isAsked = false;
      return;
    }
    const [owner, starts] = first;
    const start = starts.shift();
    waiting.delete(owner);
    if (starts.length > 0) waiting.set(owner, starts);
    const startedAt = p.now();
    start?.();
    // The slice runs right after this function, before anything else of the loop.
    p.later(() => p.later(giveOne, REST_SHARE * (p.now() - startedAt)), 0);
  }

  return {
    begin(owner) {
      let startedAt = p.now();
      return {
        isOver: () => p.now() - startedAt >= SLICE_MS,
        next() {
          const { promise, resolve } = Promise.withResolvers<void>();
          const starts = waiting.get(owner) ?? [];
          waiting.set(owner, starts);
          starts.push(() => {
            startedAt = p.now();
            resolve();
          });
          ask();
          return promise;
        },
      };
    },
  };
}

/** Of this process: it has one event loop. */
export const loopTurns = createTurns({
  now: () => performance.now(),
  later(run, ms) {
    if (ms === 0) setImmediate(run);
    else setTimeout(run, ms);
  },
});
