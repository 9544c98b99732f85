/**
 * The accounting identity (I12): created = delivered + pending + parked + failed + cancelled. The
 * tallies say what was created and how it ended; what is parked, and cancelled but not folded yet,
 * follows from endpoints that are not enabled.
 */
import { statSync } from "node:fs";
import type { Accounting } from "../upkeep.ts";
import type { Connection } from "./connection.ts";

export type TallySums = {
  readonly created: number;
  readonly delivered: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly purgedDelivered: number;
  readonly purgedFailed: number;
  readonly purgedCancelled: number;
  readonly owedBytes: number;
};
type AppSums = TallySums & { readonly appSeq: number };

export function tallySums(connection: Connection): readonly AppSums[] {
  return connection
    .sql(
      `SELECT appSeq, sum(created) AS created, sum(delivered) AS delivered, sum(failed) AS failed,
         sum(cancelled) AS cancelled, sum(purgedDelivered) AS purgedDelivered,
         sum(purgedFailed) AS purgedFailed, sum(purgedCancelled) AS purgedCancelled,
         sum(owedBytes) AS owedBytes
       FROM (SELECT appSeq, created, delivered, failed, cancelled, purgedDelivered, purgedFailed,
           purgedCancelled, owedBytes FROM tally
         UNION ALL SELECT appSeq, created, delivered, failed, cancelled, purgedDelivered,
           purgedFailed, purgedCancelled, owedBytes FROM tallyTotal)
       GROUP BY appSeq ORDER BY appSeq`,
    )
    .all() as AppSums[];
}

/** What is pending by its state and not by its endpoint's. One range of one index per endpoint. */
export function heldBack(connection: Connection): readonly {
  readonly appSeq: number;
  readonly parked: number;
  readonly cancelled: number;
}[] {
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
    .all() as { appSeq: number; parked: number; cancelled: number }[];
}

export function account(
  sums: Omit<TallySums, "owedBytes">,
  held: { readonly parked: number; readonly cancelled: number },
): Omit<Accounting, "appId"> {
  const owed = sums.created - sums.delivered - sums.failed - sums.cancelled;
  return {
    created: sums.created,
    delivered: sums.delivered,
    pending: owed - held.parked - held.cancelled,
    parked: held.parked,
    failed: sums.failed,
    cancelled: sums.cancelled + held.cancelled,
  };
}

export function totals(connection: Connection): Omit<Accounting, "appId"> {
  const sums = { created: 0, delivered: 0, failed: 0, cancelled: 0 };
  for (const app of tallySums(connection)) {
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += app[name];
  }
  const held = { parked: 0, cancelled: 0 };
  for (const app of heldBack(connection)) {
    held.parked += app.parked;
    held.cancelled += app.cancelled;
  }
  return account({ ...sums, purgedDelivered: 0, purgedFailed: 0, purgedCancelled: 0 }, held);
}

/** `pending` is all that is still owed. Bytes are those of the file and of its log. */
export function gauges(connection: Connection): {
  pending: number;
  storeBytes: number;
  openBreakers: number;
  owedBytes: number;
  mostOwedBytes: number;
} {
  const { pending, parked } = totals(connection);
  const pages = connection
    .sql("SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()")
    .get() as { bytes: number };
  const path = connection.db.location();
  const log = path === null ? undefined : statSync(`${path}-wal`, { throwIfNoEntry: false });
  const owed = tallySums(connection).map(({ owedBytes }) => owedBytes);
  const open = connection
    .sql("SELECT count(*) AS count FROM endpointState WHERE breaker = 'open'")
    .get() as { count: number };
  return {
    pending: pending + parked,
    storeBytes: pages.bytes + (log?.size ?? 0),
    openBreakers: open.count,
    owedBytes: owed.reduce((sum, bytes) => sum + bytes, 0),
    mostOwedBytes: owed.reduce((most, bytes) => Math.max(most, bytes), 0),
  };
}
