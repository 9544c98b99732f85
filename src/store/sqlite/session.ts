/**
 * Runs the steps of the store's rules at once: this driver is synchronous, so a step never waits. The
 * shared SQL is rewritten once per text, because the columns here have the program's own spelling.
 */
import type { SQLInputValue } from "node:sqlite";
import type { Session, Steps, Value } from "../session.ts";
import type { Connection } from "./connection.ts";

/** Messages have no index by event. */
const CREATED_MESSAGE = `message.snowflake = CAST(participants ->> '$.message.snowflake' AS INTEGER)
    AND message.event_seq = event.seq`;

const SQL: Session["sql"] = {
  // The column itself compares in any case.
  anyCase: (column, parameter) => `${column} = ${parameter}`,
  // The list is bound as JSON.
  oneOf: (column, parameter) => `${column} IN (SELECT value FROM json_each(${parameter}))`,
  among: (table, column, parameter, condition) =>
    `(SELECT * FROM ${table} WHERE ${column} IN (SELECT value FROM json_each(${parameter}))
       AND ${condition}) AS ${table}`,
  createdBy: (parameter) =>
    `(SELECT event.seq AS event_seq, record FROM event JOIN message ON ${CREATED_MESSAGE}
      WHERE event.seq IN (SELECT value FROM json_each(${parameter}))) AS message`,
  binary: "",
  forUpdate: "",
  forUpdateOf: () => "",
  forNoKeyUpdate: "",
  forShare: "",
  createdMessage: CREATED_MESSAGE,
  feedPosition: "seq",
  // One range of an index per endpoint: a join takes three times as long (2026-11-29, 220,000 deliveries).
  countPending: (condition) =>
    `SELECT app_seq, status, (SELECT count(*) FROM delivery
         WHERE endpoint_seq = endpoint.seq AND state = 0) AS pending
     FROM endpoint WHERE ${condition}`,
  firstPending: (condition) =>
    `SELECT min(endpoint_seq) FROM delivery INDEXED BY "delivery_due" WHERE state = 0 AND ${condition}`,
  contentColumns: ["payload", "participants", "checksum"],
  skipLocked: () => "",
  includes: (column, parameter) => `instr(${column}, ${parameter}) > 0`,
  // Quoted names of indexes stay as they are.
  indexedBy: (index) => `INDEXED BY "${index}"`,
};
/** Names of columns and tables; a function has its parenthesis right behind it. */
const SNAKE_CASE = /'[^']*'|"[^"]*"|\b[a-z]+(?:_[a-z0-9]+)+\b(?!\()/g;

/** A writer has no deadline. */
type Readable = Pick<Connection, "sql"> & { readonly checkDeadline?: () => void };

const texts = new Map<string, string>();
const sessions = new WeakMap<Connection["sql"], Session>();

export function runNow<T>(steps: Steps<T>): T {
  const { done, value } = steps.next();
  if (done !== true) throw new Error("A step waited, and SQLite's writer cannot.");
  return value;
}

/** One session per connection. */
export function readSession(connection: Readable): Session {
  const { sql } = connection;
  let session = sessions.get(sql);
  if (session === undefined) {
    session = createSession(connection);
    sessions.set(sql, session);
  }
  return session;
}

function createSession({ sql, checkDeadline = () => undefined }: Readable): Session {
  return {
    all: (text, values = []) => now(() => sql(toText(text)).all(...bind(values)) as never),
    one: (text, values = []) =>
      now(() => (sql(toText(text)).get(...bind(values)) ?? null) as never),
    run: (text, values = []) => now(() => Number(sql(toText(text)).run(...bind(values)).changes)),
    together: (steps) => now(() => steps.map(runNow)),
    beginScan: () => now(() => undefined),
    beginLookups: () => now(() => undefined),
    checkDeadline,
    sql: SQL,
    // Deliveries are found by the index of their event.
    leastDelivery: () => 0,
  };
}

/** Steps of one, which waits for nothing. */
// oxlint-disable-next-line require-yield -- nothing to wait for
export function* now<T>(work: () => T): Steps<T> {
  return work();
}

/** `app_seq` → `appSeq`, outside quotes and except functions. */
export function toText(shared: string): string {
  let text = texts.get(shared);
  if (text === undefined) {
    text = shared.replaceAll(SNAKE_CASE, (found) =>
      /^['"]/.test(found)
        ? found
        : found.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    );
    texts.set(shared, text);
  }
  return text;
}

export function bind(values: readonly Value[]): SQLInputValue[] {
  return values.map((value) => {
    if (typeof value === "boolean") return Number(value);
    return Array.isArray(value) ? JSON.stringify(value) : (value as SQLInputValue);
  });
}
