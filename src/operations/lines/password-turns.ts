/**
 * Decides which password is hashed next. A hash takes about 50 ms of a processor and 16 MiB. So at most half
 * of the processors hash at once, one source has one hash at a time, and sources take turns. Known sources
 * have every second turn while both kinds wait, so a flood of either kind does not stop the other.
 */
import { AppError } from "../../core/error.ts";

/** Maximum number of waiting requests for all sources of one kind, and for one source. */
const MOST_WAITING = 64;
const MOST_WAITING_OF_SOURCE = 16;

export type PasswordTurns = {
  /**
   * Runs `work` when it is the turn of `source`. Null means an unknown source, whose requests may run
   * concurrently. Refuses with `overloaded` when too many wait.
   */
  take<T>(
    p: { readonly source: string | null; readonly isKnown: boolean },
    work: () => Promise<T>,
  ): Promise<T>;
};

type Queue = Map<string | null, (() => void)[]>;

/** `atOnce` is how many passwords are hashed at a time. */
export function createPasswordTurns(atOnce: number): PasswordTurns {
  const known: Queue = new Map();
  const others: Queue = new Map();
  const running = new Set<string | null>();
  let count = 0;
  let isTurnOfKnown = true;

  function startNext(): void {
    while (count < atOnce) {
      const [first, second] = isTurnOfKnown ? [known, others] : [others, known];
      const started = shift(first, running) ?? shift(second, running);
      if (started === undefined) return;
      isTurnOfKnown = !isTurnOfKnown;
      if (started.source !== null) running.add(started.source);
      count += 1;
      started.start();
    }
  }

  return {
    async take({ source, isKnown }, work) {
      const queue = isKnown ? known : others;
      const mine = queue.get(source) ?? [];
      const isFull = source !== null && mine.length >= MOST_WAITING_OF_SOURCE;
      if (isFull || waiting(queue) >= MOST_WAITING) throw tooMany();
      queue.set(source, mine);
      const turn = new Promise<void>((resolve) => mine.push(resolve));
      startNext();
      await turn;
      try {
        return await work();
      } finally {
        count -= 1;
        running.delete(source);
        startNext();
      }
    },
  };
}

/** Takes the first source with no hash running and moves it behind all others. */
function shift(
  queue: Queue,
  running: ReadonlySet<string | null>,
): { readonly source: string | null; readonly start: () => void } | undefined {
  for (const [source, starts] of queue) {
    if (running.has(source)) continue;
    const [start, ...rest] = starts;
    queue.delete(source);
    if (rest.length > 0) queue.set(source, rest);
    if (start !== undefined) return { source, start };
  }
  return undefined;
}

function waiting(queue: Queue): number {
  let count = 0;
  for (const starts of queue.values()) count += starts.length;
  return count;
}

function tooMany(): AppError {
  return new AppError("overloaded", "Too many concurrent logins; try again in a second.", {
    retryAfterSeconds: 1,
  });
}
