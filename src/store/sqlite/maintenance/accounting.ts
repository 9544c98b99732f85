/** Reads the numbers of the accounting identity (I12). */
import { statSync } from "node:fs";
import { toTotal, type AppSums, type HeldBack } from "../../interface/accounting.ts";
import type { Accounting } from "../../interface/upkeep.ts";
import type { Connection } from "../connection.ts";

export function tallySums(connection: Connection): readonly AppSums[] {
  return connection
    .sql(
      `SELECT appSeq, sum(created) AS created, sum(delivered) AS delivered, sum(failed) AS failed,
         sum(cancelled) AS cancelled, sum(purgedDelivered) AS purgedDelivered,
         sum(purgedFailed) AS purgedFailed, sum(purgedCancelled) AS purgedCancelled,
         sum(pendingBytes) AS pendingBytes
       FROM (SELECT appSeq, created, delivered, failed, cancelled, purgedDelivered, purgedFailed,
           purgedCancelled, pendingBytes FROM tally
         UNION ALL SELECT appSeq, created, delivered, failed, cancelled, purgedDelivered,
           purgedFailed, purgedCancelled, pendingBytes FROM tallyTotal)
       GROUP BY appSeq ORDER BY appSeq`,
    )
    .all() as AppSums[];
}

/** One index range per endpoint. */
export function heldBack(connection: Connection): readonly HeldBack[] {
  return connection
    .sql(
      `SELECT appSeq,
         sum(CASE WHEN status <> 'deleted' THEN owed ELSE 0 END) AS parked,
         sum(CASE WHEN status = 'deleted' THEN owed ELSE 0 END) AS cancelled
       FROM (SELECT appSeq, status, (SELECT count(*) FROM delivery
             WHERE endpointSeq = endpoint.seq AND state = 0) AS owed
           FROM endpoint WHERE status <> 'enabled' AND foldedAt IS NULL)
       GROUP BY appSeq`,
    )
    .all() as HeldBack[];
}

export function totals(connection: Connection): Omit<Accounting, "appId"> {
  return toTotal(tallySums(connection), heldBack(connection));
}

/** `pending` includes parked deliveries. Bytes are those of the file and of its log. */
export function gauges(connection: Connection): {
  pending: number;
  storeBytes: number;
  openBreakers: number;
  pendingBytes: number;
  mostPendingBytes: number;
} {
  const { pending, parked } = totals(connection);
  const pages = connection
    .sql("SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()")
    .get() as { bytes: number };
  const path = connection.db.location();
  const log = path === null ? undefined : statSync(`${path}-wal`, { throwIfNoEntry: false });
  const bytesByApp = tallySums(connection).map(({ pendingBytes }) => pendingBytes);
  const open = connection
    .sql("SELECT count(*) AS count FROM endpointState WHERE breaker = 'open'")
    .get() as { count: number };
  return {
    pending: pending + parked,
    storeBytes: pages.bytes + (log?.size ?? 0),
    openBreakers: open.count,
    pendingBytes: bytesByApp.reduce((sum, bytes) => sum + bytes, 0),
    mostPendingBytes: bytesByApp.reduce((most, bytes) => Math.max(most, bytes), 0),
  };
}
