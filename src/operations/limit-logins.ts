/**
 * What keeps logins from being guessed and from taking the machine: few failures per username, and
 * few passwords checked at once, each of which costs about 50 ms of a processor and 16 MiB. It is
 * kept in memory only; a restart forgets it, which helps nobody who guesses for long.
 */
import { AppError } from "../core/error.ts";

/** Failures of one username within the window before the next try is refused. */
const MOST_FAILURES = 10;
const WINDOW_MS = 15 * 60_000;
/** Usernames remembered at once; beyond it the one that failed longest ago is forgotten. */
const MOST_NAMES = 10_000;
/** Passwords checked at once, and callers who may wait for their turn. */
const MOST_CHECKS = 4;
const MOST_WAITING = 64;

export type LoginLimits = {
  /**
   * Runs `check` when it is its turn. Refuses with `rate_limited` after too many failures of `name`
   * and with `overloaded` when too many wait. `check` gives null for a wrong password.
   */
  attempt<T>(name: string, check: () => Promise<T | null>): Promise<T | null>;
};

type Failures = { readonly since: number; readonly count: number };

export function createLoginLimits(now: () => number): LoginLimits {
  const failures = new Map<string, Failures>();
  const waiting: (() => void)[] = [];
  let checking = 0;

  async function takeTurn(): Promise<void> {
    if (checking < MOST_CHECKS) {
      checking += 1;
      return;
    }
    if (waiting.length >= MOST_WAITING) {
      throw new AppError("overloaded", "Too many logins at once: try again in a second.", {
        retryAfterSeconds: 1,
      });
    }
    // Whoever ends hands the turn on, so `checking` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function endTurn(): void {
    const next = waiting.shift();
    if (next === undefined) checking -= 1;
    else next();
  }

  function refuseTooMany(name: string): void {
    const failed = failures.get(name);
    if (failed === undefined || failed.count < MOST_FAILURES) return;
    const waitMs = failed.since + WINDOW_MS - now();
    if (waitMs <= 0) {
      failures.delete(name);
      return;
    }
    throw new AppError(
      "rate_limited",
      `Too many failed logins with this username: try again in ${Math.ceil(waitMs / 60_000)} minutes.`,
      { retryAfterSeconds: Math.ceil(waitMs / 1000) },
    );
  }

  function noteFailure(name: string): void {
    const at = now();
    const before = failures.get(name);
    const isFresh = before === undefined || at >= before.since + WINDOW_MS;
    failures.delete(name);
    failures.set(name, isFresh ? { since: at, count: 1 } : { ...before, count: before.count + 1 });
    if (failures.size <= MOST_NAMES) return;
    const [oldest] = failures.keys();
    if (oldest !== undefined) failures.delete(oldest);
  }

  return {
    async attempt(name, check) {
      refuseTooMany(name);
      await takeTurn();
      try {
        // Those that waited together count each other's failures.
        refuseTooMany(name);
        const found = await check();
        if (found === null) noteFailure(name);
        else failures.delete(name);
        return found;
      } finally {
        endTurn();
      }
    },
  };
}
