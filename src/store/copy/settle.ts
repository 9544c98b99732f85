/**
 * Values that are not rows of a table: key fingerprints, the key of feed cursors, the rotation of the dedupe
 * windows, and number sequences. The sequences are set so that the database continues behind every number that the file ever
 * used.
 */
import { DEDUPE_WINDOWS, IDEMPOTENCY_TABLES } from "../accept/rotation.ts";
import { OPT_OUT_KEY } from "../accept/erased-opt-outs.ts";
import type { Connection } from "../postgres/connection.ts";
import { settleFeedOffset } from "../postgres/accept/feed-position.ts";
import { writeSetting } from "../postgres/server/setting.ts";
import type { Connection as SourceConnection } from "../sqlite/connection.ts";
import { FEED_KEY } from "../history/feed-key.ts";
import { readKeys, saveKeys } from "../maintenance/store-keys.ts";
import { runSteps, toSession } from "../postgres/session.ts";
import { readSession, runNow } from "../sqlite/session.ts";
import { readSetting } from "../sqlite/file/setting.ts";
import { copiedNumber } from "./copied-ids.ts";

const IDENTITIES = ["app", "line", "endpoint", "job", "series_recent", "audit_entry"];
const NUMBERED = ["event", "delivery", "attempt"] as const;
/** Numbers that a node reserves at once; the sequences count in such steps. */
const BLOCK = 1_000;

/** Idempotent. */
export async function settle(connection: Connection, source: SourceConnection): Promise<void> {
  const keys = runNow(readKeys(readSession(source)));
  if (keys !== null) await runSteps(saveKeys(toSession(connection), keys, { isFirst: false }));
  for (const setting of [
    DEDUPE_WINDOWS.setting,
    IDEMPOTENCY_TABLES.setting,
    FEED_KEY,
    OPT_OUT_KEY,
  ]) {
    const value = readSetting(source, setting);
    if (value !== null) await writeSetting(connection, setting, value);
  }
  await settleNumbers(connection, source);
  await settleSnowflakes(connection, source);
  await settleFeedOffset(connection, lastNumber(source, "event"));
}

async function settleNumbers(connection: Connection, source: SourceConnection): Promise<void> {
  for (const table of IDENTITIES) {
    await connection.sql(
      `SELECT setval(pg_get_serial_sequence('${table}', 'seq'),
         (SELECT coalesce(max(seq), 0) + 1 FROM ${table}), false)`,
    );
  }
  for (const table of NUMBERED) {
    // Skips numbers that rows of the current minute may already have.
    const next = (Math.floor(copiedNumber(lastNumber(source, table)) / BLOCK) + 1) * BLOCK;
    await connection.sql(
      `SELECT setval('${table}_number', CASE WHEN $1 > seqmax THEN 0 ELSE $1 END, false)
       FROM pg_sequence WHERE seqrelid = '${table}_number'::regclass`,
      [next],
    );
  }
}

/** Every node number continues after the last id that the file made under it. */
async function settleSnowflakes(connection: Connection, source: SourceConnection): Promise<void> {
  const rows = source.sql("SELECT number, latestMs FROM snowflakeNode").all();
  await connection.run(
    `UPDATE snowflake_node SET latest_ms = greatest(latest_ms, file.latest)
     FROM unnest($1::int[], $2::bigint[]) AS file (number, latest)
     WHERE snowflake_node.number = file.number`,
    [rows.map((row) => row["number"]), rows.map((row) => row["latestMs"])],
  );
}

/** The greatest row id that the file used, or may have used when none of its rows is left. */
export function lastNumber(source: SourceConnection, table: (typeof NUMBERED)[number]): number {
  const row = source.sql(`SELECT max(seq) AS last FROM ${table}`).get();
  const last = row?.["last"] as number | null;
  return last ?? Number(readSetting(source, `sequence.${table}`) ?? 0);
}
