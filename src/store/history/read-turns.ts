/**
 * Limits the queries of one application beside those of others (I4, I5). Lists may read many rows, and lookups
 * read a few. Both take turns between the applications, with readers of their kind. The queries that every
 * publish, session and delivery needs wait behind neither.
 */
import { AppError } from "../../core/error.ts";
import { LIMITS } from "../../core/limits.ts";
import { refuseLimit, type Limit } from "../../core/limits/limit.ts";
import { ID_PREFIXES, isId } from "../../core/ids/ids.ts";

/** Queries of few rows that authentication, publishing and sending wait for. */
const FIRST: ReadonlySet<string> = new Set([
  "apps.get",
  "dashboard.find",
  "dashboard.findLink",
  "endpoints.forSending",
  "eventTypes.get",
  "eventTypes.names",
  "keys.findByHash",
  "lines.findByUsername",
  "lines.findSession",
  "operatorKeys.findByHash",
  "portal.findLink",
  "portal.findToken",
]);

/** Queries whose time depends on the number of rows. */
const LISTS: ReadonlySet<string> = new Set([
  "apps.list",
  "audit.list",
  "encryption.listStale",
  "endpoints.attempts",
  "endpoints.healths",
  "endpoints.list",
  "endpoints.listByHealth",
  "endpoints.mayWant",
  "endpoints.readSet",
  "endpoints.stats",
  "eventTypes.list",
  "failures.countRecent",
  "failures.list",
  "failures.summary",
  "history.attemptsOfEndpoint",
  "history.attemptsOfEvent",
  "history.deliveriesOfEndpoint",
  "history.deliveriesOfEvent",
  "history.feed",
  "history.listEvents",
  "history.searchEvents",
  "jobs.estimate",
  "jobs.list",
  "jobs.result",
  "keys.list",
  "lines.list",
  "lines.listLogins",
  "operatorKeys.list",
  "messages.list",
  "pollers.list",
  "search.everywhere",
  "search.inApp",
  "texts.find",
  "texts.list",
  "series.backlogs",
  "series.read",
  "upkeep.check",
  "upkeep.gauges",
  "upkeep.totals",
]);

export type ReadKind = "first" | "lookup" | "list";

export function toReadKind(name: string): ReadKind {
  if (FIRST.has(name)) return "first";
  return LISTS.has(name) ? "list" : "lookup";
}

export type TurnLimits = {
  /** Queries under way for one application. */
  readonly limit: Limit;
  /** Queries under way in all, on this node. */
  readonly inAll: number;
  /** A waiting query costs its connection and a few kB. */
  readonly waitingPerApp: number;
  readonly waitingInAll: number;
  /** A query that has waited this long is refused. */
  readonly waitMs: number;
};

const WAITING = { waitingPerApp: 2_000, waitingInAll: 10_000, waitMs: 10_000 } as const;

export type ReadTurns = {
  /** `findAppId` is a query of the first kind: the application's id under another reference of it. */
  run<T>(
    name: string,
    params: unknown,
    p: {
      readonly findAppId: (ref: string) => Promise<string | null>;
      readonly read: () => Promise<T>;
    },
  ): Promise<T>;
};

/**
 * The turns of all queries, those of the first kind included. `inAll` is the number of queries that the
 * database runs at once.
 */
export function createReadTurns(inAll: Readonly<Record<"lookup" | "list", number>>): ReadTurns {
  const { lookupsAtOnce, listsAtOnce } = LIMITS;
  const kinds = {
    lookup: createTurns({ ...WAITING, limit: lookupsAtOnce, inAll: inAll.lookup }),
    list: createTurns({ ...WAITING, limit: listsAtOnce, inAll: inAll.list }),
  };
  return {
    async run(name, params, { findAppId, read }) {
      const kind = toReadKind(name);
      if (kind === "first") return await read();
      return await kinds[kind].run(await toReader(name, params, findAppId), read);
    },
  };
}

/**
 * The application that the parameters of a query name, by its id: an application with a uid is one. A query of
 * the whole store takes turns under its own name, because any caller lists event types: metrics and lists of
 * the operator must not wait behind them.
 */
async function toReader(
  name: string,
  params: unknown,
  findAppId: (ref: string) => Promise<string | null>,
): Promise<string> {
  const { appRef } = (params ?? {}) as { readonly appRef?: unknown };
  // The reference of an application contains no slash.
  if (typeof appRef !== "string") return `/${name}`;
  if (isId(appRef, ID_PREFIXES.app) || isId(appRef, ID_PREFIXES.testApp)) return appRef;
  return (await findAppId(appRef)) ?? appRef;
}

type Turns = { run<T>(app: string, read: () => Promise<T>): Promise<T> };

const RETRY_AFTER_SECONDS = 1;

export function createTurns(limits: TurnLimits): Turns {
  const underWay = new Map<string, number>();
  /** The application at the front has waited longest since its last turn. */
  const waiting = new Map<string, Set<() => void>>();
  let underWayInAll = 0;
  let waitingInAll = 0;

  const refusePerApp = () => refuseLimit(limits.limit, limits.limit.value);
  const isFree = (app: string) =>
    underWayInAll < limits.inAll && (underWay.get(app) ?? 0) < limits.limit.value;

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
    if (turns.size >= limits.waitingPerApp) return Promise.reject(refusePerApp());
    if (waitingInAll >= limits.waitingInAll) return Promise.reject(refuseInAll());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        leave();
        reject(refusePerApp());
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
    async run(app, read) {
      if (isFree(app)) begin(app);
      else await wait(app);
      try {
        return await read();
      } finally {
        end(app);
      }
    },
  };
}

function refuseInAll(): AppError {
  return new AppError("overloaded", "Too many queries are waiting for the store; retry later.", {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}
