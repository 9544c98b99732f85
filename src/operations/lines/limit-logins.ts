/**
 * Limits on guessing passwords. Failures are counted by username and source address together, by source, and
 * by username alone with a far higher limit. A source that logged in with the username before is exempt from
 * the last two. So a stranger's guesses never lock an owner out. The counts are in memory only; a restart
 * forgets them.
 */
import { LIMITS } from "../../core/limits.ts";
import { createFailures, remember, refuseLongest } from "../failures.ts";
import type { PasswordTurns } from "./password-turns.ts";

export type LoginTry = {
  readonly name: string;
  /** Null when the request does not show it: then only the limit of the username applies. */
  readonly source: string | null;
};

export type LoginLimits = {
  /**
   * Runs `check` in turn. Refuses with `rate_limited` after too many failures, and with `overloaded` when too
   * many wait. `check` returns null for a wrong password.
   */
  attempt<T>(login: LoginTry, check: () => Promise<T | null>): Promise<T | null>;
};

export function createLoginLimits(p: {
  readonly now: () => number;
  readonly turns: PasswordTurns;
}): LoginLimits {
  const ofPair = createFailures(p.now, LIMITS.failedLoginsOfNameAndSource);
  const ofSource = createFailures(p.now, LIMITS.failedLoginsOfSource);
  const ofName = createFailures(p.now, LIMITS.failedLoginsOfName);
  const loggedIn = new Set<string>();

  function refuseTooMany(pair: string | null, { name, source }: LoginTry): void {
    const isKnown = pair !== null && loggedIn.has(pair);
    refuseLongest([
      pair === null ? null : ofPair.findWait(pair),
      source === null || isKnown ? null : ofSource.findWait(source),
      isKnown ? null : ofName.findWait(name),
    ]);
  }

  return {
    async attempt(login, check) {
      const { name, source } = login;
      const pair = source === null ? null : JSON.stringify([name, source]);
      refuseTooMany(pair, login);
      const isKnown = pair !== null && loggedIn.has(pair);
      return await p.turns.take({ source, isKnown }, async () => {
        // Checked again, because tries that waited together count each other's failures.
        refuseTooMany(pair, login);
        const found = await check();
        if (found === null) {
          ofName.note(name);
          if (source !== null) ofSource.note(source);
          if (pair !== null) ofPair.note(pair);
        } else if (pair !== null) {
          ofPair.forget(pair);
          remember(loggedIn, pair);
        }
        return found;
      });
    },
  };
}
