/**
 * Long work on the event loop, in slices. The loop is everybody's: a body of megabytes that is read in
 * one go delays each publish and each delivery of every app (I4). So work whose length a caller
 * chooses asks now and then whether its slice is over, and then waits for its turn. One slice runs per
 * round of the loop, and owners take turns, so that one with many requests gets no more than another.
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

/** Long enough that yielding costs nothing, and far below what a publisher would notice. */
const SLICE_MS = 3;

export function createTurns(p: {
  now(): number;
  /** Calls back in the next round of the loop, after all else that is ready. */
  later(run: () => void): void;
}): Turns {
  const waiting = new Map<string, (() => void)[]>();
  let isAsked = false;

  function ask(): void {
    if (isAsked || waiting.size === 0) return;
    isAsked = true;
    p.later(giveOne);
  }
  function giveOne(): void {
    isAsked = false;
    const [first] = waiting;
    if (first === undefined) return;
    const [owner, starts] = first;
    const start = starts.shift();
    waiting.delete(owner);
    if (starts.length > 0) waiting.set(owner, starts);
    start?.();
    ask();
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
export const loopTurns = createTurns({ now: () => performance.now(), later: setImmediate });
