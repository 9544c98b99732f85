/** Runs the steps of the store's rules on one connection, and waits for each answer. */
import type { Session, Steps } from "../session.ts";
import type { Connection } from "./connection.ts";
import { toLeastId } from "./history/time-position.ts";
import { choosePlans, type PlanChoice } from "./server/plan-choice.ts";
import type { Reader } from "./types.ts";

const SQL: Session["sql"] = {
  anyCase: (column, parameter) => `lower(${column}) = lower(${parameter})`,
  binary: 'COLLATE "C"',
  oneOf: (column, parameter, type) => `${column} = ANY (${parameter}::${type}[])`,
  among: (table, column, parameter, condition) =>
    `unnest(${parameter}::bigint[]) AS given (value) CROSS JOIN LATERAL
       (SELECT * FROM ${table} WHERE ${column} = given.value AND ${condition} OFFSET 0) AS ${table}`,
  createdBy: (parameter) =>
    `unnest(${parameter}::bigint[]) AS given (value) CROSS JOIN LATERAL
       (SELECT event_seq, record FROM message WHERE event_seq = given.value OFFSET 0) AS message`,
  forUpdate: "FOR UPDATE",
  forUpdateOf: (table) => `FOR UPDATE OF ${table}`,
  forNoKeyUpdate: "FOR NO KEY UPDATE",
  forShare: "FOR SHARE",
  createdMessage: "message.event_seq = event.seq",
  feedPosition: "position",
  // The planner takes the shorter way: one range of the daily indexes per endpoint, or all pending deliveries
  // at once. In practice few endpoints are parked with much, or many with little.
  countPending: (condition) =>
    `SELECT app_seq, status, 1 AS pending
     FROM endpoint JOIN delivery ON delivery.endpoint_seq = endpoint.seq
     WHERE ${condition} AND state = 0`,
  firstPending: (condition) =>
    `(SELECT endpoint_seq FROM delivery WHERE state = 0 AND ${condition}
      ORDER BY endpoint_seq, due_at LIMIT 1)`,
  contentColumns: ["payload", "participants"],
  skipLocked: (table) => `FOR UPDATE OF ${table} SKIP LOCKED`,
  includes: (column, parameter) => `strpos(${column}, ${parameter}) > 0`,
  indexedBy: () => "",
};

const texts = new Map<string, string>();

export async function runSteps<T>(steps: Steps<T>): Promise<T> {
  let next = steps.next();
  while (next.done !== true) {
    try {
      next = steps.next(await next.value);
    } catch (error) {
      next = steps.throw(error);
    }
  }
  return next.value;
}

/** A write transaction has no deadline. */
type Readable = Connection & Partial<Pick<Reader, "checkDeadline">>;

export function toSession(connection: Readable): Session {
  let chosen: PlanChoice | null = null;
  const choose = (choice: PlanChoice) =>
    wait(async () => {
      if (chosen === choice) return;
      chosen = choice;
      await choosePlans(connection, choice);
    });
  return {
    all: (text, values) => wait(() => connection.sql(toText(text), values) as Promise<never>),
    one: (text, values) =>
      wait(async () => ((await connection.sql(toText(text), values))[0] ?? null) as never),
    run: (text, values) => wait(() => connection.run(toText(text), values)),
    together: (steps) => wait(() => Promise.all(steps.map(runSteps))),
    beginScan: () => choose("by values"),
    beginLookups: () => choose("once"),
    checkDeadline: connection.checkDeadline ?? (() => undefined),
    sql: SQL,
    leastDelivery: toLeastId,
  };
}

export function* wait<T>(work: () => Promise<T>): Steps<T> {
  return (yield work()) as T;
}

/** `?1` → `$1`. */
export function toText(shared: string): string {
  let text = texts.get(shared);
  if (text === undefined) {
    text = shared.replaceAll(/\?(\d+)/g, "$$$1");
    texts.set(shared, text);
  }
  return text;
}
