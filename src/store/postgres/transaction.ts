/**
 * Transactions: where they begin, when they are run again, and what is known when they fail. Every
 * setting they need is theirs alone, because a pooler may hand the connection to somebody else next.
 */
import type { Pool, PoolClient } from "pg";
import { AppError } from "../../core/error.ts";
import { toConnection, sendTogether, type Connection, type Preparing } from "./connection.ts";
import { toFault, isSessionOver, unavailable } from "./pg-error.ts";

/** Longer than any statement of a healthy store; a connection that is lost is noticed by it. */
const STATEMENT_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 5_000;
/**
 * A plan is kept. One that was made while a table had few rows, as tomorrow's has none, would read the
 * whole of it when it has many (64 ids among 300,000 took 7.6 s, and 4 ms so; 2026-11-23). The high
 * cost that stands for "not by index" must not start the compiler.
 */
const PLAN_BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL jit = off";
/**
 * One plan for all values: to plan a statement anew for the parts of thirty days takes three to ten
 * times as long as to run it (a claim 14.6 and 4.8 ms, a record 4.5 and 2.3 ms, 2026-11-23, 2 cores).
 *
 * Whoever reads no more of an answer, stopped or cut off, holds the locks of its transaction for as
 * long as the server waits to be read: no other timeout ends that, and nobody could take a
 * stopped node's shards (2026-11-23, F11).
 */
const BEGIN_WRITE = `BEGIN; ${PLAN_BY_INDEX}; SET LOCAL synchronous_commit = on;
  SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}; SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS};
  SET LOCAL idle_in_transaction_session_timeout = ${STATEMENT_TIMEOUT_MS};
  SET LOCAL tcp_user_timeout = ${STATEMENT_TIMEOUT_MS};
  SET LOCAL plan_cache_mode = force_generic_plan`;
const MOST_TRIES = 10;
/**
 * For a transaction that does no more than lease. A lease that is lost with the server makes the
 * delivery due again, as whatever is in flight then (I2); so nobody who has work for the same
 * endpoints waits for the disk here.
 */
export const LAZY_COMMIT = "SET LOCAL synchronous_commit = off";

export type Database = {
  readonly pool: Pool;
  readonly preparing: Preparing;
};

/** The commit was sent and its answer never came: it may hold or not. */
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
 * Runs `work` and commits. What two transactions did to each other (a deadlock, a row that the other
 * made first) is no fault of theirs: then `work` runs again from its beginning. What `beforeCommit`
 * asks for at once is the last thing inside and travels with the commit, which does nothing when it
 * failed. Throws `UnknownCommit` when the commit's answer did not come, the refusal that
 * `work` threw, and `store_unavailable` for whatever the database could not do.
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
      // Which of them is heard first is a matter of luck; running again tells the reason.
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
 * A server whose wait for a standby was cut short says that it has committed, and warns: the commit is
 * on one disk, and not where it was promised to be (PostgreSQL 15, pg_cancel_backend).
 */
async function commit(client: PoolClient): Promise<void> {
  const warnings: string[] = [];
  // By the class of its code: lc_messages translates the word WARNING.
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
    // What a failed statement left can only be rolled back, and COMMIT does so without an error.
    if (command !== "COMMIT") throw new Error(`COMMIT did ${command}`);
  } finally {
    client.off("notice", onNotification as never);
  }
  if (warnings.length > 0) throw new UnknownCommit(new Error(warnings.join("; ")));
}

/**
 * The statements between begin and commit. The first one travels with the begin, and none counts
 * before that is known to have worked. After the end nothing is sent any more: work that went on
 * beside a statement that failed would write outside of any transaction. Statements that travelled
 * with one that failed are refused because of it, and say what it said.
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
 * One consistent moment: every statement of `work` sees the same rows. Each has a deadline, and the
 * one that passes it is refused with `overloaded`.
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
      if (fault === "late") {
        throw new AppError(
          "overloaded",
          "The query took too long; ask for fewer rows or a shorter time.",
          {
            cause: error,
            retryAfterSeconds: 1,
          },
        );
      }
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

/** Those that collided should not collide again: up to 2, 4, 8 … 256 ms. */
async function pauseBeforeRetry(tries: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, Math.random() * Math.min(256, 2 ** tries));
  await promise;
}
