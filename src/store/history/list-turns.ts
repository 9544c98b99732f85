/**
 * Limits the queries that may read many rows (I4, I5). One application has few of them under way and a
 * bounded number waiting, and the applications take turns. Other queries, such as the one that authenticates
 * a request, have separate connections and never wait behind them.
 */
import { AppError } from "../../core/error.ts";

/** Queries by their name in the list of reads whose time depends on the number of rows. */
const LISTS: ReadonlySet<string> = new Set([
  "apps.list",
  "encryption.listStale",
  "endpoints.attempts",
  "endpoints.list",
  "endpoints.stats",
  "eventTypes.list",
  "history.attemptsOfEndpoint",
  "history.attemptsOfEvent",
  "history.deliveriesOfEndpoint",
  "history.deliveriesOfEvent",
  "history.feed",
  "history.listEvents",
  "jobs.list",
  "keys.list",
  "lines.list",
  "upkeep.check",
  "upkeep.gauges",
  "upkeep.totals",
]);

export function isList(name: string): boolean {
  return LISTS.has(name);
}

export type ListLimits = {
  /** Lists under way in all, on this node. */
  readonly inAll: number;
  /** Lists under way for one application, fewer than in all. */
  readonly perApp: number;
  /** A waiting list costs its connection and a few KB, so many may wait: a refused client asks again at once. */
  readonly waitingPerApp: number;
  readonly waitingInAll: number;
  /** A list that has waited this long is refused. */
  readonly waitMs: number;
};

/** An application has one list under way. Each database adds how many it runs in all. */
export const LIMITS_PER_APP = {
  perApp: 1,
  waitingPerApp: 2_000,
  waitingInAll: 10_000,
  waitMs: 10_000,
} as const satisfies Omit<ListLimits, "inAll">;

export type ListTurns = {
  /** `app` is the result of `toListedApp`. */
  run<T>(app: string, list: () => Promise<T>): Promise<T>;
};

const RETRY_AFTER_SECONDS = 1;

export function createListTurns(limits: ListLimits): ListTurns {
  const underWay = new Map<string, number>();
  /** The application at the front has waited longest since its last turn. */
  const waiting = new Map<string, Set<() => void>>();
  let underWayInAll = 0;
  let waitingInAll = 0;

  const isFree = (app: string) =>
    underWayInAll < limits.inAll && (underWay.get(app) ?? 0) < limits.perApp;

  function begin(app: string): void {
    underWayInAll += 1;
    underWay.set(app, (underWay.get(app) ?? 0) + 1);
  }

  function end(app: string): void {
    underWayInAll -= 1;
    const left = (underWay.get(app) ?? 0) - 1;
    if (left > 0) underWay.set(app, left);
    else underWay.delete(app);
    for (const [next, turns] of waiting) {
      if (!isFree(next)) continue;
      const [admit] = turns;
      begin(next);
      admit?.();
      // The application goes to the back, behind those that had no turn.
      if (waiting.delete(next)) waiting.set(next, turns);
      return;
    }
  }

  function wait(app: string): Promise<void> {
    const turns = waiting.get(app) ?? new Set();
    if (turns.size >= limits.waitingPerApp) return Promise.reject(refusePerApp(limits));
    if (waitingInAll >= limits.waitingInAll) return Promise.reject(refuseInAll());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        leave();
        reject(refusePerApp(limits));
      }, limits.waitMs);
      waitingInAll += 1;
      waiting.set(app, turns.add(admit));
      function admit(): void {
        leave();
        resolve();
      }
      function leave(): void {
        clearTimeout(timer);
        waitingInAll -= 1;
        turns.delete(admit);
        if (turns.size === 0) waiting.delete(app);
      }
    });
  }

  return {
    async run(app, list) {
      if (isFree(app)) begin(app);
      else await wait(app);
      try {
        return await list();
      } finally {
        end(app);
      }
    },
  };
}

function refusePerApp({ perApp, waitingPerApp, waitMs }: ListLimits): AppError {
  return new AppError(
    "rate_limited",
    `The application's lists run ${perApp} at a time; ${waitingPerApp} may wait, each ${waitMs / 1000} seconds. Send fewer at once.`,
    { retryAfterSeconds: RETRY_AFTER_SECONDS },
  );
}

function refuseInAll(): AppError {
  return new AppError("overloaded", "Too many lists are waiting for the store; retry later.", {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

/**
 * The application that the parameters of a list name. A list of the whole store takes turns under its own
 * name, because any caller lists event types: metrics and lists of the operator must not wait behind them.
 */
export function toListedApp(name: string, params: unknown): string {
  const { appRef } = params as { readonly appRef?: unknown };
  // The reference of an application contains no slash.
  return typeof appRef === "string" ? appRef : `/${name}`;
}
