/**
 * The seam between the rules of the store and a database. A rule is a generator that runs statements:
 *
 *     function* revokeKey(s: WriteSession, p): Steps<boolean> {
 *       return (yield* s.run("UPDATE api_key SET …", [p.now, p.keyId])) > 0;
 *     }
 *
 * SQLite runs the steps at once, inside its synchronous writer. PostgreSQL waits for each answer. A
 * step that is called without `yield*` does nothing; `test/steps.test.ts` finds such a call.
 *
 * Shared SQL has `?1` for the first value and snake_case names. Rows arrive in the program's spelling.
 * Booleans are 0 and 1 in rows of SQLite: read them with `isTrue`. See `decisions/016-steps.md`.
 */

import type { LimitValues } from "../core/limits.ts";
import type { FanOutStatements } from "./fan-outs/statements.ts";
import type { QueueStatements } from "./queue/queue-statements.ts";
import type { Steps } from "./steps.ts";
import type { idempotentSteps } from "./idempotency.ts";
import type { PlaceRange } from "./paging.ts";
import type { SeenReads, SeenWrites } from "./search/statements.ts";

export type { Steps };
export type Value =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | null
  | readonly (string | number)[];
/** A row to write: columns in the program's spelling. */
export type NewRow = Readonly<Record<string, Exclude<Value, readonly (string | number)[]>>>;

export type Session = {
  all<Row>(text: string, values?: readonly Value[]): Steps<readonly Row[]>;
  /** The first row, or null. */
  one<Row>(text: string, values?: readonly Value[]): Steps<Row | null>;
  /** The number of rows written. */
  run(text: string, values?: readonly Value[]): Steps<number>;
  /** Runs steps that do not depend on each other; PostgreSQL sends them without waiting in between. */
  together<T>(steps: readonly Steps<T>[]): Steps<readonly T[]>;
  /** Before the first chunk of a scan: PostgreSQL then plans each statement for its values. */
  beginScan(): Steps<void>;
  /** Before statements that search indexes: PostgreSQL plans each of them once for all values. */
  beginLookups(): Steps<void>;
  /** Throws `overloaded` once the time of the query is up. */
  checkDeadline(): void;
  /** SQL of which the two databases have different forms. */
  readonly sql: {
    /** Compares a text column with a value, ignoring case, by its index. */
    anyCase(column: string, parameter: string): string;
    /** Compares a column with each value of a list. */
    oneOf(column: string, parameter: string, type: "text" | "bigint"): string;
    /**
     * In FROM: the rows of a table whose column has one of the values of a list, each value once. PostgreSQL searches
     * value by value, in the days of each; it would read whole days for a list, after planning for each value.
     */
    among(table: string, column: string, parameter: string, condition: string): string;
    /** The same for the messages that events created, by `event_seq`. */
    createdBy(parameter: string): string;
    /** Orders by octets. */
    readonly binary: string;
    /** Locks the selected rows against changes; empty on SQLite, which has one writer. */
    readonly forUpdate: string;
    /** The same for the rows of one of several tables. */
    forUpdateOf(table: string): string;
    readonly forNoKeyUpdate: string;
    readonly forShare: string;
    /** Joins `event` to the `message` that it created, by an index. */
    readonly createdMessage: string;
    /** The column of an event that the feed is ordered by. */
    readonly feedPosition: string;
    /** Selects `app_seq`, `status` and `pending` of endpoints; `pending` adds up over the rows of one. */
    countPending(condition: string): string;
    /** Selects the least `endpoint_seq` of pending deliveries with a condition: one search in `delivery_due`. */
    firstPending(condition: string): string;
    /** Columns with the content of an event and with its checksum. */
    readonly contentColumns: readonly string[];
    /** Locks the selected rows of one table, and leaves out those that another transaction has locked. */
    skipLocked(table: string): string;
    /** Whether the column contains the text; null for null. */
    includes(column: string, parameter: string): string;
    /** Names the index of a range on SQLite, whose planner would take another one. */
    indexedBy(index: string): string;
  };
  /** No delivery or attempt of this event has a lower `seq`. */
  leastDelivery(eventSeq: number): number;
};

export type EndpointChanged = {
  readonly endpointId: string;
  readonly version: number;
  readonly shard: number;
};

export type TimeRange = {
  readonly since?: number | null | undefined;
  readonly until?: number | null | undefined;
};

export type Quotas = {
  readonly pending: number;
  readonly bytes: number;
};

/** Where the rows of a time are. An event's place is its position in the feed; other places are row ids. */
export type Places = {
  /** Events accepted before this instant are past their retention and hidden; 0 on SQLite. */
  horizon(): number;
  /** The places of rows that may have been created in `since <= at < until`; a missing bound is open. */
  placesOfTime(table: "event" | "delivery" | "attempt", time: TimeRange): Steps<PlaceRange>;
  /** The same for the numbers of events. */
  eventsOfTime(time: TimeRange): Steps<PlaceRange>;
};

export type Records = {
  /** The records of messages that these events created, where a record exists. */
  findRecords(
    eventSeqs: readonly number[],
  ): Steps<readonly { readonly eventSeq: number; readonly record: string }[]>;
};

/** A session inside a write transaction, which may run again from its beginning. */
export type WriteSession = Session &
  Places &
  Records &
  QueueStatements &
  FanOutStatements &
  SeenReads &
  SeenWrites &
  ReturnType<typeof idempotentSteps> & {
    /** The server's limits. An application may have its own numbers. */
    readonly limits: LimitValues;
    /** Waits for the accepts of the application and keeps new ones waiting. No-op on SQLite. */
    lockApp(appSeq: number): Steps<void>;
    /** Keeps the applications as they are until the transaction ends. No-op on SQLite. */
    shareApps(appSeqs: readonly number[]): Steps<void>;
    /** After the commit the owner of the shard loads the endpoint again (I11). */
    endpointChanged(change: EndpointChanged): void;
    /** With every change of endpoints of an application, whose cached rows are stale. */
    endpointsChanged(appSeq: number, endpointIds: readonly string[]): Steps<void>;
    /** With every change of an application or of registered lines: cached rows are stale. */
    appChanged(appSeq: number): void;
    linesChanged(): void;
    /** With every deletion of contacts or conversations. */
    contactsChanged(): void;
    /** A place in the feed behind all events that were accepted before, and before all later ones. */
    nextEventPlace(): Steps<number>;
    /** Before statements on the tables of the dedupe windows: moves the ids there that are elsewhere. */
    gatherWindows(): Steps<void>;
    /** Deletes the messages that these events created. */
    deleteMessages(eventSeqs: readonly number[]): Steps<void>;
    newDeliverySeqs(count: number, now: number): Steps<readonly number[]>;
    /**
     * Pending deliveries of the endpoint with those of this transaction, and pending bytes of its app. They are
     * read more often near `bytesLimit`.
     */
    loadQuotas(endpoint: {
      readonly seq: number;
      readonly appSeq: number;
      readonly bytesLimit: number;
    }): Steps<Quotas>;
    /** Inserts rows that all have the same columns. */
    insert(table: string, rows: readonly NewRow[]): Steps<void>;
    /** Like `insert`; returns the rows with their numbers, which are in the order of the given rows. */
    insertReturning<Row>(table: string, rows: readonly NewRow[]): Steps<readonly Row[]>;
    /** Updates each row by its key columns, all rows with the same columns. */
    update(table: string, keys: readonly string[], rows: readonly NewRow[]): Steps<void>;
    /** Updates each row by its `seq`, all of them with the same columns. Returns the rows in any order. */
    updateReturning<Row>(table: string, rows: readonly NewRow[]): Steps<readonly Row[]>;
    /** Inserts rows; where one with the same `key` exists, its `update` columns change. */
    upsert(
      table: string,
      rows: readonly NewRow[],
      p: { readonly key: string; readonly update: readonly string[] },
    ): Steps<void>;
  };

/** Another transaction changed rows that this one relies on: the driver runs the work again. */
export class Overtaken extends Error {
  override name = "Overtaken";
}

export function isTrue(value: boolean | number): boolean {
  return value === true || value === 1;
}
