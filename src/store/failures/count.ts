/** The number of recent failures and of their endpoints, up to a bound: one range of an index, without events. */
import { LIMITS } from "../../core/limits.ts";
import type { HistorySession } from "../history/session.ts";
import type { FailureCount, FailureStore } from "../interface/failures.ts";
import type { Steps } from "../session.ts";

const { value: MOST_ROWS } = LIMITS.searchedRows;

export function* countRecentFailures(
  s: HistorySession,
  { since }: Parameters<FailureStore["countRecent"]>[0],
): Steps<FailureCount> {
  const row = yield* s.one<{ count: number; endpoints: number }>(
    `SELECT count(*) AS count, count(DISTINCT endpoint_seq) AS endpoints FROM
       (SELECT endpoint_seq FROM delivery ${s.sql.indexedBy("delivery_failedAt")}
        WHERE state = 2 AND finished_at >= ?1 ORDER BY finished_at DESC LIMIT ${MOST_ROWS + 1}) AS counted`,
    [since],
  );
  const { count = 0, endpoints = 0 } = row ?? {};
  return { count: Math.min(count, MOST_ROWS), isExact: count <= MOST_ROWS, endpoints };
}
