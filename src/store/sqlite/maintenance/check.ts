/** The check of a file: the recount of its deliveries, its checksums, its pages and indexes. */
import { check as checkStore, MOST_NAMED, type Checked } from "../../maintenance/check.ts";
import type { PlaceRange } from "../../paging.ts";
import type { Connection } from "../connection.ts";
import { now, readSession, runNow } from "../session.ts";
import { isDamaged, type CheckedRow } from "./event-checksum.ts";

/** Deliveries are counted in ranges of rowids, because one GROUP BY would sort all of them. */
const CHUNK = 100_000;
const EVENTS_AT_ONCE = 1_000;

export function check(connection: Connection): Checked {
  return runNow(
    checkStore(readSession(connection), {
      ranges: now(() => listRanges(connection)),
      isForwarded: "false",
      damage: now(() => [...findAltered(connection), ...findDamage(connection)]),
    }),
  );
}

function listRanges(connection: Connection): readonly PlaceRange[] {
  const bounds = connection.sql("SELECT min(seq) AS low, max(seq) AS high FROM delivery").get();
  const low = (bounds?.["low"] as number | null) ?? 0;
  const high = (bounds?.["high"] as number | null) ?? -1;
  return Array.from({ length: Math.ceil((high - low + 1) / CHUNK) }, (_, i) => ({
    low: low + i * CHUNK,
    high: low + (i + 1) * CHUNK,
  }));
}

/** Events whose content differs from the accepted one, read in ranges of rowids. */
function findAltered({ sql }: Connection): string[] {
  const problems: string[] = [];
  const next = sql(
    `SELECT seq, id, payload, participants, checksum FROM event
     WHERE seq > ? AND checksum IS NOT NULL ORDER BY seq LIMIT ${EVENTS_AT_ONCE}`,
  );
  for (let after = 0; ;) {
    const rows = next.all(after) as (CheckedRow & { seq: number; id: string })[];
    for (const row of rows) {
      if (isDamaged(row))
        problems.push(`${row.id}: its stored content differs from the accepted content.`);
      if (problems.length === MOST_NAMED) return problems;
    }
    if (rows.length < EVENTS_AT_ONCE) return problems;
    after = rows.at(-1)?.seq as number;
  }
}

/** Inconsistent pages and indexes: a bad disk, or a file that another program wrote to. */
function findDamage({ sql }: Connection): string[] {
  const rows = sql(`PRAGMA integrity_check(${MOST_NAMED})`).all();
  return rows
    .map((row) => String(Object.values(row)[0]))
    .filter((text) => text !== "ok")
    .map((text) => `The file is damaged: ${text}.`);
}
