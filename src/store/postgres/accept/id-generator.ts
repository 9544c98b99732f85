/**
 * New ids for `decide`. Each node makes message ids under a number of which it has a lease. The other ids are
 * random; if one is taken, the transaction runs again.
 */
import { randomUUID } from "node:crypto";
import type { Ids } from "../../../core/decide-types.ts";
import { AppError } from "../../../core/error.ts";
import { SNOWFLAKE_NODES } from "../../../core/ids/snowflake.ts";
import { createNewIds, type NewIds } from "../../accept/new-ids.ts";
import {
  FURTHEST_BEHIND,
  holdNumber,
  STORED_AHEAD_MS,
  type FreeNumber,
  type HeldNumber,
} from "../../accept/node-number.ts";
import type { Connection } from "../connection.ts";
import { lockAlone } from "../server/locks.ts";
import { writeTransaction, type Database } from "../transaction.ts";

export type IdGenerator = Ids &
  NewIds & {
    /**
     * Call this at the start of every transaction that makes ids: holds the number, and stores an instant ahead
     * of the ids.
     */
    reserve(connection: Connection): Promise<void>;
    /** Call this at a clean stop: the next holder begins right after the last id. No id is made afterwards. */
    close(connection: Connection): Promise<void>;
  };

/**
 * Lease of a number, by the database's clock. A node that makes no ids for so long may lose its number and
 * takes another. Ids do not repeat even if it outlives its lease: the next holder starts after the stored
 * instant. The lease is short, so that nodes that crash again and again do not use up all numbers. It is
 * longer than STORED_AHEAD_MS, so that a number is never ahead of the clock when it is reused.
 */
const HELD_MS = 30_000;
/** Measured by this machine's clock, not by the instants of ids. */
const READ_AGAIN_MS = HELD_MS / 4;
/** Key of the upkeep lock for the numbers of nodes. */
const LOCK_KEY = 2;
const NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/** Takes a number at once, so that a store without a free number does not open. */
export async function createIdGenerator(database: Database): Promise<IdGenerator> {
  const holder = randomUUID();
  const { newIds, now } = createNewIds();
  /** Ids up to this instant are covered by a commit that was seen at `readAt`. */
  let covered = 0;
  let readAt = 0;
  let changing: Promise<void> | null = null;
  const take = async (connection: Connection): Promise<HeldNumber> => {
    const free = await takeNumber(connection, { holder, before: null });
    if (free !== null) return holdNumber(free, now);
    throw new AppError(
      "store_unavailable",
      `All ${SNOWFLAKE_NODES} node numbers are held. A number becomes free when a node stops, or ${HELD_MS / 1000} seconds after a node has died; start this node again then.`,
    );
  };
  let held = await writeTransaction(database, take);
  const latest = (): number => Math.max(held.latestMs(), now());
  const isCovered = (): boolean => latest() + STORED_AHEAD_MS / 2 < covered;

  /**
   * Switches to a number whose ids are further behind. Separate transactions do it, because ids of several
   * transactions follow: the new number counts once it is committed.
   */
  async function changeNumber(): Promise<void> {
    const before = held.latestMs();
    const taken = await writeTransaction(database, async (connection) => {
      const free = await takeNumber(connection, { holder, before });
      if (free === null) return null;
      const next = holdNumber(free, now);
      const latestMs = Math.max(free.latestMs, now()) + STORED_AHEAD_MS;
      await raise(connection, { held: next, holder, latestMs });
      return { next, latestMs };
    });
    if (taken === null) return;
    const old = held;
    held = taken.next;
    covered = taken.latestMs;
    readAt = performance.now();
    await writeTransaction(database, (connection) => release(connection, old, holder));
  }

  return {
    snowflake: () => held.next(),
    ...newIds,
    async reserve(connection) {
      // The ids of this transaction keep the current number, even though it is ahead.
      if (held.isAhead()) {
        changing ??= changeNumber()
          .catch(() => undefined)
          .finally(() => (changing = null));
      }
      if (isCovered() && performance.now() - readAt < READ_AGAIN_MS) return;
      // An instant that another transaction of this node raised counts once it is seen committed. The instant
      // that this transaction raises commits with the rows that need it, and counts when the next one sees
      // it.
      const { latestMs, leftMs } = await readHeld(connection, held.number, holder);
      covered = leftMs > HELD_MS / 2 ? latestMs : 0;
      readAt = performance.now();
      if (isCovered()) return;
      if (await raise(connection, { held, holder, latestMs: latest() + STORED_AHEAD_MS })) return;
      await lockAlone(connection, "upkeep", [LOCK_KEY]);
      // Another transaction of this node may have taken a number while this one waited.
      if (await raise(connection, { held, holder, latestMs: latest() + STORED_AHEAD_MS })) return;
      held = await take(connection);
      await raise(connection, { held, holder, latestMs: latest() + STORED_AHEAD_MS });
    },
    async close(connection) {
      await changing;
      await release(connection, held, holder);
    },
  };
}

/** The number to take among the free ones, whose ids are behind `before` when given. */
async function takeNumber(
  connection: Connection,
  { holder, before }: { holder: string; before: number | null },
): Promise<FreeNumber | null> {
  await lockAlone(connection, "upkeep", [LOCK_KEY]);
  const [row] = await connection.sql<FreeNumber>(
    `UPDATE snowflake_node SET holder = $1, held_until = ${NOW} + ${HELD_MS}
     WHERE number = (SELECT number FROM snowflake_node
       WHERE held_until <= ${NOW} AND ($2::bigint IS NULL OR latest_ms < $2)
       ${FURTHEST_BEHIND})
     RETURNING number, latest_ms`,
    [holder, before],
  );
  return row ?? null;
}

/** Frees the number; its next holder starts right after its last id. */
async function release(connection: Connection, held: HeldNumber, holder: string): Promise<void> {
  await connection.run(
    "UPDATE snowflake_node SET held_until = 0, latest_ms = $3 WHERE number = $1 AND holder = $2",
    [held.number, holder, held.latestMs()],
  );
}

/** The stored instant of the number, and the rest of its lease; 0 when another node holds it. */
async function readHeld(
  connection: Connection,
  number: number,
  holder: string,
): Promise<{ latestMs: number; leftMs: number }> {
  const [row] = await connection.sql<{ latestMs: number; leftMs: number }>(
    `SELECT latest_ms, held_until - ${NOW} AS left_ms FROM snowflake_node
     WHERE number = $1 AND holder = $2`,
    [number, holder],
  );
  return row ?? { latestMs: 0, leftMs: 0 };
}

/** Returns false when this node no longer holds the number. */
async function raise(
  connection: Connection,
  p: { held: HeldNumber; holder: string; latestMs: number },
): Promise<boolean> {
  const raised = await connection.run(
    `UPDATE snowflake_node SET latest_ms = greatest(latest_ms, $3::bigint),
       held_until = ${NOW} + ${HELD_MS} WHERE number = $1 AND holder = $2`,
    [p.held.number, p.holder, p.latestMs],
  );
  return raised > 0;
}
