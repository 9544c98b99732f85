/**
 * Fresh identities for `decide`. Those that a vendor's own server would number (message, contact,
 * line) look like that vendor's. Message ids never repeat in the store: each node makes its own under
 * a number that it holds, and how far it came is in the database before, or together with, the rows
 * that carry them. The other ids are drawn unseen; one that is taken makes the transaction run again.
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import type { Draw } from "../../core/decide-types.ts";
import { AppError } from "../../core/error.ts";
import { createIdSource } from "../../core/ids.ts";
import { createSnowflakeSource, type SnowflakeSource } from "../../core/snowflake.ts";
import type { Connection } from "./connection.ts";
import { lockAlone } from "./locks.ts";
import { writeTransaction, type Database } from "./transaction.ts";

export type Drawing = Draw & {
  /** The instant that new ids carry: the accept time of what is decided now. */
  setInstant(ms: number): void;
  /** At the start of every transaction that draws: holds the number, and its place ahead of the ids. */
  reserve(connection: Connection): Promise<void>;
  /** At a clean stop: a successor begins right after the last id. Nothing is drawn any more. */
  close(connection: Connection): Promise<void>;
};

/** After a crash ids begin at most this far in the future. */
const AHEAD_MS = 10_000;
/**
 * By the database's clock. A node that makes no ids for so long may lose its number, and takes another
 * with the next one. Short enough for a node that crashes every few seconds not to use all up.
 */
const HELD_MS = 3_600_000;
/** By this machine's clock, whatever instants it is given. */
const LOOK_AGAIN_MS = HELD_MS / 4;
const NUMBERS = 1024;
/** Of the keys of the upkeep lock, this one is for the numbers of nodes. */
const LOCK_KEY = 2;
const NOW = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

/** Zipwhip's contact ids are above 2^31 and far below 2^53; its device ids have nine digits. */
const CONTACT_IDS = [10_000_000_000, 99_999_999_999] as const;
const DEVICE_IDS = [100_000_000, 999_999_999] as const;
const FINGERPRINTS = [100_000_000, 4_294_967_295] as const;

type Held = { readonly number: number; readonly snowflakes: SnowflakeSource };

/** Takes a number at once, so that a store which has none left does not open. */
export async function createDrawing(database: Database): Promise<Drawing> {
  const holder = randomUUID();
  let instant = 0;
  /** Up to here ids are covered by what was committed, as it was seen `lookedAt`. */
  let covered = 0;
  let lookedAt = 0;
  const take = async (connection: Connection): Promise<Held> => {
    const { number, latestMs } = await takeNumber(connection, holder);
    const given = { node: number, initial: latestMs, startCounter: randomInt(4096) };
    return { number, snowflakes: createSnowflakeSource({ now: () => instant, ...given }) };
  };
  let held = await writeTransaction(database, take);
  const ids = createIdSource({ now: () => instant, randomBytes });
  const latest = (): number => Math.max(held.snowflakes.latestMs(), instant);
  const isCovered = (): boolean => latest() + AHEAD_MS / 2 < covered;

  return {
    snowflake: () => held.snowflakes.next(),
    handle: () => randomUUID(),
    ksuid: () => ids.next(""),
    contactId: () => randomInt(CONTACT_IDS[0], CONTACT_IDS[1] + 1),
    deviceId: () => randomInt(DEVICE_IDS[0], DEVICE_IDS[1] + 1),
    fingerprint: () => String(randomInt(FINGERPRINTS[0], FINGERPRINTS[1])),
    attachmentKey: () => randomBytes(24).toString("base64url"),
    setInstant(ms) {
      instant = ms;
    },
    async reserve(connection) {
      if (isCovered() && performance.now() - lookedAt < LOOK_AGAIN_MS) return;
      // What another transaction of this node has raised counts once it is seen committed. What this
      // one raises commits with the rows that need it, and is remembered when the next one sees it.
      const { latestMs, leftMs } = await look(connection, held.number, holder);
      covered = leftMs > HELD_MS / 2 ? latestMs : 0;
      lookedAt = performance.now();
      if (isCovered()) return;
      if (await raise(connection, { held, holder, latestMs: latest() + AHEAD_MS })) return;
      await lockAlone(connection, "upkeep", [LOCK_KEY]);
      // Another transaction of this node may have taken one while this one waited.
      if (await raise(connection, { held, holder, latestMs: latest() + AHEAD_MS })) return;
      held = await take(connection);
      await raise(connection, { held, holder, latestMs: latest() + AHEAD_MS });
    },
    async close(connection) {
      await connection.run(
        "UPDATE snowflake_node SET held_until = 0, latest_ms = $3 WHERE number = $1 AND holder = $2",
        [held.number, holder, held.snowflakes.latestMs()],
      );
    },
  };
}

/** The lowest number that nobody holds, and the millisecond of the latest id made under it. */
async function takeNumber(
  connection: Connection,
  holder: string,
): Promise<{ number: number; latestMs: number }> {
  await lockAlone(connection, "upkeep", [LOCK_KEY]);
  const [row] = await connection.sql<{ number: number; latestMs: number }>(
    `SELECT number, latest_ms FROM snowflake_node WHERE held_until <= ${NOW}
     ORDER BY number LIMIT 1 FOR UPDATE`,
  );
  if (row !== undefined) {
    await connection.run(
      `UPDATE snowflake_node SET holder = $2, held_until = ${NOW} + ${HELD_MS} WHERE number = $1`,
      [row.number, holder],
    );
    return row;
  }
  const [made] = await connection.sql<{ number: number }>(
    `INSERT INTO snowflake_node (number, holder, held_until, latest_ms)
     SELECT series.number, $1, ${NOW} + ${HELD_MS}, 0 FROM generate_series(0, ${NUMBERS - 1}) series (number)
     WHERE NOT EXISTS (SELECT FROM snowflake_node known WHERE known.number = series.number)
     ORDER BY series.number LIMIT 1 RETURNING snowflake_node.number`,
    [holder],
  );
  if (made !== undefined) return { number: made.number, latestMs: 0 };
  throw new AppError(
    "store_unavailable",
    `All ${NUMBERS} numbers for nodes are held; one is free again when a node stops, or an hour after it died.`,
  );
}

/** How far the number is known to have come, and for how long it is held; 0 when by somebody else. */
async function look(
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

/** False when the number is not ours any more. */
async function raise(
  connection: Connection,
  p: { held: Held; holder: string; latestMs: number },
): Promise<boolean> {
  const raised = await connection.run(
    `UPDATE snowflake_node SET latest_ms = greatest(latest_ms, $3::bigint),
       held_until = ${NOW} + ${HELD_MS} WHERE number = $1 AND holder = $2`,
    [p.held.number, p.holder, p.latestMs],
  );
  return raised > 0;
}
