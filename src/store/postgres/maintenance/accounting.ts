/** Reads the sums of the accounting identity (I12). */
import { toTotal, type AppSums, type HeldBack } from "../../interface/accounting.ts";
import type { Accounting } from "../../interface/upkeep.ts";
import type { Connection } from "../connection.ts";

const COLUMNS = `app_seq, created, delivered, failed, cancelled, purged_delivered, purged_failed,
  purged_cancelled, pending_bytes`;

/** One statement, so that a concurrent fold moves no number from one table to the other. */
export async function tallySums(connection: Connection): Promise<readonly AppSums[]> {
  return await connection.sql<AppSums>(
    `SELECT app_seq, sum(created) AS created, sum(delivered) AS delivered, sum(failed) AS failed,
       sum(cancelled) AS cancelled, sum(purged_delivered) AS purged_delivered,
       sum(purged_failed) AS purged_failed, sum(purged_cancelled) AS purged_cancelled,
       sum(pending_bytes) AS pending_bytes
     FROM (SELECT ${COLUMNS} FROM tally UNION ALL SELECT ${COLUMNS} FROM tally_total) AS tallied
     GROUP BY app_seq ORDER BY app_seq`,
  );
}

/**
 * The planner takes the shorter way: one range of the daily indexes per endpoint, or all pending deliveries
 * at once. In practice few endpoints are parked with much, or many with little.
 */
export async function heldBack(connection: Connection): Promise<readonly HeldBack[]> {
  return await connection.sql<HeldBack>(
    `SELECT app_seq, count(*) FILTER (WHERE status <> 'deleted') AS parked,
       count(*) FILTER (WHERE status = 'deleted') AS cancelled
     FROM endpoint JOIN delivery ON delivery.endpoint_seq = endpoint.seq
     WHERE status <> 'enabled' AND folded_at IS NULL AND state = 0
     GROUP BY app_seq`,
  );
}

export async function totals(connection: Connection): Promise<Omit<Accounting, "appId">> {
  return toTotal(await tallySums(connection), await heldBack(connection));
}

/** `pending` counts all pending deliveries, parked ones included. Bytes are those of the whole database. */
export async function gauges(connection: Connection): Promise<{
  pending: number;
  storeBytes: number;
  openBreakers: number;
  pendingBytes: number;
  mostPendingBytes: number;
}> {
  const sums = await tallySums(connection);
  const { pending, parked } = toTotal(sums, await heldBack(connection));
  const [sizes] = await connection.sql<{ storeBytes: number; openBreakers: number }>(
    `SELECT pg_database_size(current_database()) AS store_bytes,
       (SELECT count(*) FROM endpoint_state WHERE breaker = 'open') AS open_breakers`,
  );
  return {
    pending: pending + parked,
    storeBytes: sizes?.storeBytes ?? 0,
    openBreakers: sizes?.openBreakers ?? 0,
    pendingBytes: sums.reduce((sum, { pendingBytes }) => sum + pendingBytes, 0),
    mostPendingBytes: sums.reduce((most, { pendingBytes }) => Math.max(most, pendingBytes), 0),
  };
}
