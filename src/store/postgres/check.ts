/**
 * Recounting the accounting identity (I12) row by row, beside a live store: everything is read in the
 * caller's one read transaction, so it is one consistent moment. Deliveries are counted a day at a
 * time, so that each statement has a deadline it can keep.
 */
import { NO_ROWS, recount, type StateCounts } from "../accounting.ts";
import { STATES } from "../delivery-state.ts";
import type { Accounting } from "../upkeep.ts";
import { heldBack, tallySums } from "./accounting.ts";
import type { Connection } from "./connection.ts";
import { DAILY_TABLES, listDays } from "./partitions.ts";
import { DAY_MS, firstRowId } from "./row-ids.ts";
import type { Reader } from "./types.ts";

/** An operator waits for this, and everything else goes on beside it: a long day may take its time. */
const STATEMENT_TIMEOUT_MS = 10 * 60_000;
/** Problems of one kind that are named. */
const MOST_NAMED = 20;

export async function check(
  reader: Reader,
): Promise<{ apps: readonly Accounting[]; problems: readonly string[] }> {
  await reader.run(`SET LOCAL statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
  // Before the moment is fixed, which the first query does: no day may go that it still has.
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

/** Deliveries of each app by state. Endpoints keep their rows for ever, so each tells its app. */
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
 * Due work of enabled endpoints that level one of the queue does not know is never sent. Behind an
 * open breaker it is the next probe's instant that is known, and nothing while the probe is out.
 */
async function findLost(connection: Connection): Promise<string[]> {
  const rows = await connection.sql<{ id: string; dueAt: number }>(
    `SELECT endpoint.id, owed.due_at
     FROM (SELECT endpoint_seq,
           min(due_at) FILTER (WHERE delivery.fence IS DISTINCT FROM shard.fence) AS due_at,
           bool_or(delivery.fence = shard.fence) AS is_leased
         FROM delivery JOIN endpoint ON endpoint.seq = endpoint_seq AND status = 'enabled'
           JOIN shard ON shard.shard = endpoint.shard
         WHERE state = 0 AND NOT EXISTS
           (SELECT FROM handover WHERE handover.delivery_seq = delivery.seq)
         GROUP BY endpoint_seq) AS owed
       JOIN endpoint ON endpoint.seq = owed.endpoint_seq
       LEFT JOIN endpoint_queue queue ON queue.endpoint_seq = endpoint.seq
       LEFT JOIN endpoint_state state ON state.endpoint_seq = endpoint.seq
     WHERE owed.due_at IS NOT NULL AND NOT (probe_at IS NOT NULL AND coalesce(is_leased, false))
       AND coalesce(next_due_at > greatest(owed.due_at, probe_at), true)
     ORDER BY endpoint.seq LIMIT $1`,
    [MOST_NAMED],
  );
  return rows.map(
    ({ id, dueAt }) => `${id}: a delivery is due at ${dueAt}, but the queue has no entry for it.`,
  );
}

/** What is owed of an event that is gone cannot be rendered. */
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

/** Days that do not hold the rows of their name are not found by row ids; broken indexes find less. */
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

/** In the server's own words. */
function boundsText(day: number): string {
  return `FOR VALUES FROM ('${firstRowId(day)}') TO ('${firstRowId(day + DAY_MS)}')`;
}
