/**
 * Positions of events in the feed. Transactions end in any order, so a position follows from the number of
 * its transaction. No event is added any more below the oldest running transaction, and only those below it
 * are shown. A database that was restored from a dump counts its transactions from the beginning again. An
 * offset then makes its positions continue after the existing ones.
 */
import type { Connection } from "../connection.ts";
import { lockAlone } from "../server/locks.ts";
import { readSetting, writeSetting } from "../server/setting.ts";

/** Maximum number of events of one transaction. */
export const POSITIONS_PER_TRANSACTION = 4096;

const SETTING = "feed.offset";
/** Key of the upkeep lock for moving the offset. */
const OFFSET_LOCK_KEY = 3;
/**
 * Number of newest events to search. Those that other nodes were accepting during the dump are among them.
 */
const NEWEST_SEARCHED = 10_000;
const MARGIN = 1_000_000 * POSITIONS_PER_TRANSACTION;

const OFFSET = `coalesce((SELECT value::bigint FROM setting WHERE name = '${SETTING}'), 0)`;
const HORIZON = `SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint
  * ${POSITIONS_PER_TRANSACTION} + ${OFFSET} AS position`;
const OF_TRANSACTION = `SELECT pg_current_xact_id()::text::bigint
  * ${POSITIONS_PER_TRANSACTION} + ${OFFSET} AS position`;
const NEWEST = `SELECT max(position) AS position
  FROM (SELECT position FROM event ORDER BY seq DESC LIMIT ${NEWEST_SEARCHED}) AS newest`;

/** No event will be added before this position any more. */
export async function feedHorizon(connection: Connection): Promise<number> {
  return (await findPosition(connection, HORIZON)) as number;
}

/** The first position of this transaction; those of a later one are all above it. */
export async function transactionPosition(tx: Connection): Promise<number> {
  return (await findPosition(tx, OF_TRANSACTION)) as number;
}

/**
 * Call this at opening, before anything is accepted. `given` is a position that was assigned, wherever its
 * event is.
 */
export async function settleFeedOffset(tx: Connection, given = 0): Promise<void> {
  await lockAlone(tx, "upkeep", [OFFSET_LOCK_KEY]);
  const newest = Math.max(given, (await findPosition(tx, NEWEST)) ?? 0);
  const present = await transactionPosition(tx);
  if (newest < present) return;
  const offset = Number((await readSetting(tx, SETTING)) ?? 0);
  await writeSetting(tx, SETTING, String(offset + newest - present + MARGIN));
}

async function findPosition(connection: Connection, query: string): Promise<number | null> {
  const [row] = await connection.sql<{ position: number | null }>(query);
  return row?.position ?? null;
}
