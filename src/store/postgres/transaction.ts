/**
 * Transactions: their begin, their retries, and the knowledge that a failure leaves. Every setting that they
 * need is local to the transaction, because a pooler may give the connection to another client next.
 */
import type { Pool, PoolClient } from "pg";
import { AppError } from "../../core/error.ts";
import { lateQuery } from "../refusals.ts";
import { toConnection, sendTogether, type Connection, type Preparing } from "./connection.ts";
import { toFault, isSessionOver, unavailable } from "./server/pg-error.ts";

/** Longer than any statement of a healthy store; it also notices a lost connection. */
const STATEMENT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 5_000;
/**
 * Plans are cached. A plan from a time when a table had few rows, as tomorrow's has none, would read the
 * whole table later. For 64 ids among 300,000 that took 7.6 s, and 4 ms with these settings (2026-11-23). The
 * high cost that stands for "not by index" must not start the compiler.
 */
const PLAN_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL jit = off";
/**
 * One plan for all values: to plan a statement again for the tables of thirty days takes three to ten times
 * as long as to run it. A claim took 14.6 and 4.8 ms, a record 4.5 and 2.3 ms (2026-11-23, 2 cores).
 *
 * A client that stops reading an answer, halted or cut off, holds the locks of its transaction while the
 * server waits for it. No other timeout ends that, and no node could take a halted node's shards (2026-11-23,
 * F11).
 */
const BEGIN_WRITE = `BEGIN; ${PLAN_BY_INDEX}; SET LOCAL synchronous_commit = on;
  SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS};
  SET LOCAL idle_in_transaction_session_timeout = ${STATEMENT_TIMEOUT_MS};
  SET LOCAL tcp_user_timeout = ${STATEMENT_TIMEOUT_MS};
  SET LOCAL plan_cache_mode = force_generic_plan`;
const MOST_TRIES = 10;
/**
 * For a transaction that only leases. A lease that is lost with the server makes the delivery due again, like
 * any delivery in flight at that moment (I2). So transactions with work for the same endpoints do not wait
 * for the disk here.
 */
export const LAZY_COMMIT = "SET LOCAL synchronous_commit = off";

export type Database = {
  readonly pool: Pool;
  readonly preparing: Preparing;
};

/** The commit was sent and not confirmed: it may have happened or not. */
export class UnknownCommit extends AppError {
  constructor(cause: unknown) {
    super(
      "store_unavailable",
      "The database did not confirm the commit, so the change may have been stored or not; try again.",
      {
        cause,
        retryAfterSeconds: 1,
      },
    );
  }
}

/**
 * Runs `work` and commits. A conflict of two transactions (a deadlock, a row that the other inserted first)
 * is not an error: `work` then runs again from its beginning. Statements that `beforeCommit` sends at once
 * are the last of the transaction and travel with the commit, which does nothing when they failed. Throws
 * `UnknownCommit` when the commit was not confirmed, the refusal that `work` threw, and `store_unavailable`
 * for anything that the database could not do.
 */
export async function writeTransaction<T>(
  database: Database,
  work: (connection: Connection) => Promise<T>,
  beforeCommit?: (connection: Connection, value: T) => Promise<unknown>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt(database, work, beforeCommit);
    } catch (error) {
      if (toFault(error) === "unprepared") {
        database.preparing.enabled = false;
        continue;
      }
      if (toFault(error) === "outdated") continue;
      // Which of the errors arrives first is random; the rerun shows the reason.
      if (toFault(error) !== "conflict" && toFault(error) !== "aborted") throw error;
      if (tries >= MOST_TRIES) throw unavailable(error);
      await pauseBeforeRetry(tries);
    }
  }
}

async function attempt<T>(
  { pool, preparing }: Database,
  work: (connection: Connection) => Promise<T>,
  beforeCommit: (connection: Connection, value: T) => Promise<unknown> = nothing,
): Promise<T> {
  const client = await connect(pool);
  sendTogether(client);
  const begun = client.query(BEGIN_WRITE);
  const inside = startInside(toConnection(client, preparing), begun);
  let isCommitting = false;
  try {
    const value = await work(inside.connection);
    await begun;
    const last = beforeCommit(inside.connection, value);
    isCommitting = true;
    inside.end();
    await Promise.all([last, commit(client)]);
    client.release();
    return value;
  } catch (error) {
    inside.end();
    const fault = toFault(error);
    if (isCommitting && fault === "lost") {
      client.release(true);
      throw new UnknownCommit(error);
    }
    await abandon(client, isSessionOver(error));
    if (fault === "lost" || fault === "unable" || fault === "late") throw unavailable(error);
    throw error;
  }
}

async function nothing(): Promise<void> {}

/**
 * A server whose wait for a standby was interrupted reports the commit with a warning: it is on one disk, and
 * not on the standby as promised (PostgreSQL 15, pg_cancel_backend).
 */
async function commit(client: PoolClient): Promise<void> {
  const warnings: string[] = [];
  // The class of the code decides: lc_messages translates the word WARNING.
  const onNotification = ({
    code = "",
    message = "",
  }: {
    code?: string;
    message?: string;
  }): void => {
    if (code.startsWith("01")) warnings.push(message);
  };
  client.on("notice", onNotification as never);
  sendTogether(client);
  try {
    const { command } = await client.query("COMMIT");
    // A transaction with a failed statement can only be rolled back, and COMMIT does so without an error.
    if (command !== "COMMIT") throw new Error(`COMMIT did ${command}`);
  } finally {
    client.off("notice", onNotification as never);
  }
  if (warnings.length > 0) throw new UnknownCommit(new Error(warnings.join("; ")));
}

/**
 * The statements between begin and commit. The first one travels with the begin, and none counts before the
 * begin is known to have worked. After the end nothing is sent any more: work that continues beside a failed
 * statement would write outside of any transaction. Statements that travelled with a failed one are refused
 * because of it, and throw its error.
 */
function startInside(
  connection: Connection,
  begun: Promise<unknown>,
): { readonly connection: Connection; end(): void } {
  let isOver = false;
  let failure: unknown = null;
  async function inside<T>(send: () => Promise<T>): Promise<T> {
    if (isOver) throw new Error("the transaction is over");
    try {
      const [answer] = await Promise.all([send(), begun]);
      return answer;
    } catch (error) {
      if (toFault(error) === "aborted" && failure !== null) throw failure as Error;
      failure ??= error;
      throw error;
    }
  }
  begun.catch(() => undefined);
  return {
    connection: {
      sql: (text, values) => inside(() => connection.sql(text, values)),
      run: (text, values) => inside(() => connection.run(text, values)),
    },
    end() {
      isOver = true;
    },
  };
}

/**
 * One consistent moment: every statement of `work` sees the same rows. A statement that exceeds the deadline
 * is refused with `overloaded`.
 */
export async function readTransaction<T>(
  { pool, preparing }: Database,
  p: { deadlineMs: number },
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  for (;;) {
    const client = await connect(pool);
    try {
      await client.query(
        `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; ${PLAN_BY_INDEX};
          SET LOCAL statement_timeout = ${p.deadlineMs}`,
      );
      const value = await work(toConnection(client, preparing));
      await client.query("COMMIT");
      client.release();
      return value;
    } catch (error) {
      const fault = toFault(error);
      await abandon(client, isSessionOver(error));
      if (fault === "unprepared") {
        preparing.enabled = false;
        continue;
      }
      if (fault === "outdated") continue;
      if (fault === "late") throw lateQuery(error);
      if (fault === "lost" || fault === "unable" || fault === "conflict") throw unavailable(error);
      throw error;
    }
  }
}

async function connect(pool: Pool): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw unavailable(error);
  }
}

async function abandon(client: PoolClient, isOver: boolean): Promise<void> {
  try {
    if (!isOver) await client.query("ROLLBACK");
    client.release(isOver);
  } catch {
    client.release(true);
  }
}

/** A random pause keeps transactions that collided from colliding again: up to 2, 4, 8 … 256 ms. */
async function pauseBeforeRetry(tries: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, Math.random() * Math.min(256, 2 ** tries));
  await promise;
}
