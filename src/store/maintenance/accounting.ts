/** Reads the numbers of the accounting identity (I12) from the tallies, without counting deliveries. */
import { toTotal, type AppSums, type HeldBack } from "./accounting-identity.ts";
import type { Accounting, UpkeepStore } from "../interface/upkeep.ts";
import type { HistorySession } from "../history/session.ts";
import { unsealedSeconds } from "../search/unsealed.ts";
import type { Session, Steps } from "../session.ts";
import { TALLY_COLUMNS } from "./tallies.ts";

const COLUMNS = TALLY_COLUMNS.join(", ");
const SUMS = TALLY_COLUMNS.map((column) => `sum(${column}) AS ${column}`).join(", ");

/** One statement, so that a concurrent fold moves no number from one table to the other. */
export function* tallySums(s: Session): Steps<readonly AppSums[]> {
  return yield* s.all<AppSums>(
    `SELECT app_seq, ${SUMS}
     FROM (SELECT app_seq, ${COLUMNS} FROM tally
       UNION ALL SELECT app_seq, ${COLUMNS} FROM tally_total) AS tallied
     GROUP BY app_seq ORDER BY app_seq`,
  );
}

/** The same for some applications. The tallies that are not folded yet are few, and all of them are read. */
export function* tallySumsOf(s: Session, appSeqs: readonly number[]): Steps<readonly AppSums[]> {
  const those = s.sql.oneOf("app_seq", "?1", "bigint");
  return yield* s.all<AppSums>(
    `SELECT app_seq, ${SUMS}
     FROM (SELECT app_seq, ${COLUMNS} FROM tally WHERE ${those}
       UNION ALL SELECT app_seq, ${COLUMNS} FROM tally_total WHERE ${those}) AS tallied
     GROUP BY app_seq`,
    [appSeqs],
  );
}

/** Pending deliveries of endpoints that are not enabled: parked, or cancelled and not folded yet. */
export function* heldBack(s: Session): Steps<readonly HeldBack[]> {
  return yield* s.all<HeldBack>(
    `SELECT app_seq, sum(CASE WHEN status <> 'deleted' THEN pending ELSE 0 END) AS parked,
       sum(CASE WHEN status = 'deleted' THEN pending ELSE 0 END) AS cancelled
     FROM (${s.sql.countPending("status <> 'enabled' AND folded_at IS NULL")}) AS held
     GROUP BY app_seq`,
  );
}

export function* totals(s: Session): Steps<Omit<Accounting, "appId">> {
  return toTotal(yield* tallySums(s), yield* heldBack(s));
}

/** `pending` counts all pending deliveries, parked ones included. */
export function* gauges(
  s: HistorySession,
  storeBytes: Steps<number>,
): Steps<Awaited<ReturnType<UpkeepStore["gauges"]>>> {
  const sums = yield* tallySums(s);
  const { pending, parked } = toTotal(sums, yield* heldBack(s));
  const open = yield* s.one<{ count: number }>(
    "SELECT count(*) AS count FROM endpoint_state WHERE breaker = 'open'",
  );
  return {
    pending: pending + parked,
    storeBytes: yield* storeBytes,
    openBreakers: open?.count ?? 0,
    pendingBytes: sums.reduce((sum, { pendingBytes }) => sum + pendingBytes, 0),
    unsealedSeconds: yield* unsealedSeconds(s),
    mostPendingBytes: sums.reduce((most, { pendingBytes }) => Math.max(most, pendingBytes), 0),
  };
}
