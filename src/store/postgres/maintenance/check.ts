/**
 * Recounts the accounting identity (I12) row by row, beside a live store. The caller's read transaction makes
 * all reads one consistent moment. Deliveries are counted one day at a time, so that each statement meets its
 * deadline.
 */
import { NO_ROWS, recount, type StateCounts } from "../../interface/accounting.ts";
import { STATES } from "../../queue/delivery-state.ts";
import type { Accounting } from "../../interface/upkeep.ts";
import { heldBack, tallySums } from "./accounting.ts";
import type { Connection } from "../connection.ts";
import { DAILY_TABLES, listDays } from "./partitions.ts";
import { DAY_MS, firstRowId } from "../accept/row-ids.ts";
import type { Reader } from "../types.ts";

/** An operator waits for the recount, and all other work continues: a long day may take this long. */
const STATEMENT_TIMEOUT_MS = 10 * 60_000;
/** Maximum number of named problems of one kind. */
const MOST_NAMED = 20;

export async function check(
  reader: Reader,
): Promise<{ apps: readonly Accounting[]; problems: readonly string[] }> {
  await reader.run(`SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
  // The locks come before the first query, which fixes the moment: no day that it sees may be dropped.
  await reader.run("LOCK TABLE delivery, event IN ACCESS SHARE MODE");
  const { apps, problems } = recount({
    apps: await reader.sql<{ seq: number; id: string }>("SELECT seq, id FROM app ORDER BY seq"),
    sums: await tallySums(reader),
    held: await heldBack(reader),
    rows: await countRows(reader),
  });
  return {
    apps,
    problems: [
      ...problems,
      ...(await findLost(reader)),
      ...(await findOrphans(reader)),
      ...(await findDetached(reader)),
    ],
  };
}

/** Deliveries of each app by state. Endpoint rows are never deleted, so each delivery leads to its app. */
async function countRows(reader: Reader): Promise<Map<number, StateCounts>> {
  const names = Object.keys(STATES) as (keyof typeof STATES)[];
  const counts = new Map<number, StateCounts>();
  for (const day of await listDays(reader, "delivery")) {
    const groups = await reader.sql<{
      appSeq: number | null;
      state: number;
      rows: number;
      bytes: number;
    }>(
      `SELECT app_seq, state, sum(rows) AS rows, sum(bytes) AS bytes
       FROM (SELECT endpoint_seq, state, count(*) AS rows, sum(bytes) AS bytes FROM delivery
           WHERE seq >= $1 AND seq < $2 GROUP BY endpoint_seq, state) AS counted
         LEFT JOIN endpoint ON endpoint.seq = counted.endpoint_seq
       GROUP BY app_seq, state`,
      [firstRowId(day), firstRowId(day + DAY_MS)],
    );
    for (const { appSeq, state, rows, bytes } of groups) {
      const of = counts.get(appSeq ?? -1) ?? { ...NO_ROWS };
      counts.set(appSeq ?? -1, of);
      const name = names.find((one) => STATES[one] === state);
      if (name !== undefined) of[name] += rows;
      if (name === "pending") of.pendingBytes += bytes;
    }
  }
  return counts;
}

/**
 * Finds due work of enabled endpoints that level one of the queue does not know: it would never be sent.
 * Behind an open breaker the queue knows the next probe's instant, and nothing while a probe is in flight.
 */
async function findLost(connection: Connection): Promise<string[]> {
  const rows = await connection.sql<{ id: string; dueAt: number }>(
    `SELECT endpoint.id, waiting.due_at
     FROM (SELECT endpoint_seq,
           min(due_at) FILTER (WHERE delivery.fence IS DISTINCT FROM shard.fence) AS due_at,
           bool_or(delivery.fence = shard.fence) AS is_leased
         FROM delivery JOIN endpoint ON endpoint.seq = endpoint_seq AND status = 'enabled'
           JOIN shard ON shard.shard = endpoint.shard
         WHERE state = 0 AND NOT EXISTS
           (SELECT FROM handover WHERE handover.delivery_seq = delivery.seq)
         GROUP BY endpoint_seq) AS waiting
       JOIN endpoint ON endpoint.seq = waiting.endpoint_seq
       LEFT JOIN endpoint_queue queue ON queue.endpoint_seq = endpoint.seq
       LEFT JOIN endpoint_state state ON state.endpoint_seq = endpoint.seq
     WHERE waiting.due_at IS NOT NULL AND NOT (probe_at IS NOT NULL AND coalesce(is_leased, false))
       AND coalesce(next_due_at > greatest(waiting.due_at, probe_at), true)
     ORDER BY endpoint.seq LIMIT $1`,
    [MOST_NAMED],
  );
  return rows.map(
    ({ id, dueAt }) => `${id}: a delivery is due at ${dueAt}, but the queue has no entry for it.`,
  );
}

/** A pending delivery whose event is gone cannot be rendered. */
async function findOrphans(connection: Connection): Promise<string[]> {
  const rows = await connection.sql<{ id: string; orphans: number }>(
    `SELECT endpoint.id, count(*) AS orphans
     FROM delivery JOIN endpoint ON endpoint.seq = delivery.endpoint_seq
     WHERE state = 0 AND NOT EXISTS (SELECT 1 FROM event WHERE event.seq = delivery.event_seq)
     GROUP BY endpoint.id ORDER BY endpoint.id LIMIT $1`,
    [MOST_NAMED],
  );
  return rows.map(({ id, orphans }) => `${id}: ${orphans} pending deliveries have no event.`);
}

/** Lookups by row id miss rows in the table of a wrong day; invalid indexes miss rows as well. */
async function findDetached(connection: Connection): Promise<string[]> {
  const problems: string[] = [];
  const tables = await connection.sql<{ name: string; bounds: string | null }>(
    `SELECT relname AS name, CASE WHEN relispartition THEN pg_get_expr(relpartbound, oid) END AS bounds
     FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace`,
  );
  const boundsByTable = new Map(tables.map(({ name, bounds }) => [name, bounds]));
  for (const table of DAILY_TABLES) {
    const ofTable = new RegExp(`^${table}_(\\d{4})_(\\d\\d)_(\\d\\d)$`);
    for (const [name, bounds] of boundsByTable) {
      const date = ofTable.exec(name)?.slice(1).join("-");
      if (date === undefined) continue;
      const day = Date.parse(date);
      if (bounds === boundsText(day)) continue;
      problems.push(`The table ${name} is not attached to ${table} as the partition of its day.`);
    }
  }
  const indexes = await connection.sql<{ name: string }>(
    `SELECT relname AS name FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace ORDER BY relname LIMIT $1`,
    [MOST_NAMED],
  );
  return [...problems, ...indexes.map(({ name }) => `The index ${name} is not valid.`)];
}

/** The bounds as PostgreSQL prints them. */
function boundsText(day: number): string {
  return `FOR VALUES FROM ('${firstRowId(day)}') TO ('${firstRowId(day + DAY_MS)}')`;
}
