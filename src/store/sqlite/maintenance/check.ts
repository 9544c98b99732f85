/**
 * Recounts the accounting identity (I12) row by row, beside a live server. Everything is read in the caller's
 * read transaction, so the result is one consistent state. Deliveries are read in ranges of rowids and summed
 * here, because one GROUP BY would sort all of them.
 */
import { NO_ROWS, recount, type StateCounts } from "../../interface/accounting.ts";
import type { Accounting } from "../../interface/upkeep.ts";
import { heldBack, tallySums } from "./accounting.ts";
import type { Connection } from "../connection.ts";
import { isDamaged, type CheckedRow } from "./event-checksum.ts";
import { STATES } from "../../queue/delivery-state.ts";

const CHUNK = 100_000;
const MAX_PROBLEMS = 20;
const EVENTS_AT_ONCE = 1_000;

export function check(connection: Connection): {
  apps: readonly Accounting[];
  problems: readonly string[];
} {
  const { apps, problems } = recount({
    apps: connection.sql("SELECT seq, id FROM app ORDER BY seq").all() as {
      seq: number;
      id: string;
    }[],
    sums: tallySums(connection),
    held: heldBack(connection),
    rows: countRows(connection),
  });
  return {
    apps,
    problems: [
      ...problems,
      ...findLost(connection),
      ...findAltered(connection),
      ...findDamage(connection),
    ],
  };
}

/** Deliveries of each app by state. Endpoint rows are never deleted, so each delivery's app is known. */
function countRows(connection: Connection): Map<number, StateCounts> {
  const appByEndpoint = new Map(
    connection
      .sql("SELECT seq, appSeq FROM endpoint")
      .all()
      .map((row) => [row["seq"] as number, row["appSeq"] as number]),
  );
  const names = Object.keys(STATES) as (keyof typeof STATES)[];
  const counts = new Map<number, StateCounts>();
  const bounds = connection.sql("SELECT min(seq) AS low, max(seq) AS high FROM delivery").get();
  const high = (bounds?.["high"] as number | null) ?? -1;
  for (let low = (bounds?.["low"] as number | null) ?? 0; low <= high; low += CHUNK) {
    const groups = connection
      .sql(
        `SELECT endpointSeq, state, count(*) AS rows, sum(bytes) AS bytes FROM delivery
         WHERE seq >= ? AND seq < ? GROUP BY endpointSeq, state`,
      )
      .all(low, low + CHUNK) as {
      endpointSeq: number;
      state: number;
      rows: number;
      bytes: number;
    }[];
    for (const group of groups) {
      const appSeq = appByEndpoint.get(group.endpointSeq) ?? -1;
      const of = counts.get(appSeq) ?? { ...NO_ROWS };
      counts.set(appSeq, of);
      const name = names.find((state) => STATES[state] === group.state);
      if (name !== undefined) of[name] += group.rows;
      if (name === "pending") of.pendingBytes += group.bytes;
    }
  }
  return counts;
}

type Level = {
  readonly id: string;
  readonly dueAt: number | null;
  readonly nextDueAt: number | null;
  readonly probeAt: number | null;
  readonly leased: number | null;
};

/**
 * Due work of enabled endpoints that is missing from level one of the queue is never sent. Behind an open
 * breaker the queue has the time of the next probe, and no row during the probe.
 */
function findLost(connection: Connection): string[] {
  const rows = connection
    .sql(
      `SELECT id, (SELECT dueAt FROM delivery LEFT JOIN shard ON shard.shard = endpoint.shard
           WHERE endpointSeq = endpoint.seq AND state = 0 AND dueAt IS NOT NULL
             AND delivery.fence IS NOT shard.fence ORDER BY dueAt LIMIT 1) AS dueAt, nextDueAt,
         probeAt, (SELECT 1 FROM delivery JOIN shard ON shard.shard = endpoint.shard
           WHERE endpointSeq = endpoint.seq AND state = 0 AND probeAt IS NOT NULL
             AND delivery.fence = shard.fence LIMIT 1) AS leased
       FROM endpoint LEFT JOIN endpointQueue ON endpointQueue.endpointSeq = endpoint.seq
         LEFT JOIN endpointState ON endpointState.endpointSeq = endpoint.seq
       WHERE status = 'enabled'`,
    )
    .all() as Level[];
  return rows
    .filter(isLost)
    .map(
      (row) => `${row.id}: a delivery is due at ${row.dueAt}, but the queue has no entry for it.`,
    );
}

function isLost({ dueAt, nextDueAt, probeAt, leased }: Level): boolean {
  if (dueAt === null || leased === 1) return false;
  return nextDueAt === null || nextDueAt > Math.max(dueAt, probeAt ?? dueAt);
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
      if (problems.length === MAX_PROBLEMS) return problems;
    }
    if (rows.length < EVENTS_AT_ONCE) return problems;
    after = rows.at(-1)?.seq as number;
  }
}

/** Inconsistent pages and indexes: a bad disk, or a file that another program wrote to. */
function findDamage({ sql }: Connection): string[] {
  const rows = sql(`PRAGMA integrity_check(${MAX_PROBLEMS})`).all();
  return rows
    .map((row) => String(Object.values(row)[0]))
    .filter((text) => text !== "ok")
    .map((text) => `The file is damaged: ${text}.`);
}
