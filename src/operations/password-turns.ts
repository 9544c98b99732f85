/**
 * Whose password is hashed next. A hash takes about 50 ms of a processor and 16 MiB, so at most half
 * of the processors hash at once, one source has one hash at a time, and sources take turns. Known
 * sources have every second turn while both kinds wait, so a flood of either kind keeps the other going.
 */
import { AppError } from "../core/error.ts";

/** Waiting requests of all sources of one kind, and of one source. */
const MOST_WAITING = 64;
const MOST_WAITING_OF_SOURCE = 16;

export type PasswordTurns = {
  /**
   * Runs `work` when it is the turn of `source`; null is a source that is not known to be one, whose
   * requests may run side by side. Refuses with `overloaded` when too many wait.
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

/** The first source that has nothing running; it then stands behind all others. */
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
  return new AppError("overloaded", "Too many logins at once: try again in a second.", {
    retryAfterSeconds: 1,
  });
}
