/**
 * The failed deliveries that a replay would send, by endpoint. The newest failures are counted first; of more than a
 * page examines, the counts are lower bounds and the endpoints are found by their indexes.
 */
import { performance } from "node:perf_hooks";
import { LIMITS } from "../../core/limits.ts";
import type { EndpointStatus } from "../../core/events/endpoint-match.ts";
import { findEndpoints } from "../endpoints/rows.ts";
import type { HistorySession } from "../history/session.ts";
import type { FailureStore, FailureSummary } from "../interface/failures.ts";
import { selectDeliveries } from "../jobs/replayable.ts";
import { toInstants } from "../jobs/places.ts";
import type { Steps } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { BEFORE_ALL } from "./place.ts";
import {
  type FailedRow,
  type FailureRange,
  type FailureScope,
  judgeFailures,
  newFacts,
  readFailed,
} from "./read.ts";

type Params = Parameters<FailureStore["summary"]>[0];
type Owner = {
  readonly seq: number;
  readonly endpointId: string;
  readonly url: string;
  readonly appId: string;
  readonly status: EndpointStatus;
  readonly breaker: string | null;
};

const { value: MOST_ROWS } = LIMITS.searchedRows;
const { value: MOST_ENDPOINTS } = LIMITS.replayedEndpoints;
const CHUNK_ROWS = 500;
const BUDGET_MS = 500;

export function* summarizeFailures(s: HistorySession, p: Params): Steps<FailureSummary | null> {
  const app = p.appRef === null ? null : yield* findApp(s, p.appRef);
  if (p.appRef !== null && app === null) return null;
  const scopes = yield* toScopes(s, p, app?.seq ?? null);
  const { low, high } = toInstants(p.filter, p.now);
  const range = { low: { at: low, seq: BEFORE_ALL }, high: { at: high, seq: BEFORE_ALL } };
  const counts = new Map<number, number>();
  const isExact = yield* countFailures(s, p, { scopes, range, counts });
  const found = isExact ? [...counts.keys()] : yield* findCandidates(s, { scopes, low, high });
  const owners = yield* readOwners(s, found);
  const shown = owners.slice(0, MOST_ENDPOINTS);
  const endpoints = shown
    .map(({ seq, status, breaker, ...owner }) => ({
      ...owner,
      status,
      isBreakerOpen: breaker === "open",
      count: counts.get(seq) ?? 0,
    }))
    .toSorted((one, other) => other.count - one.count);
  const estimate = owners.reduce((sum, { seq }) => sum + (counts.get(seq) ?? 0), 0);
  const hasMoreEndpoints = owners.length > MOST_ENDPOINTS;
  return { estimate, isExact, endpoints, hasMoreEndpoints };
}

function* toScopes(
  s: HistorySession,
  { endpointRefs }: Params,
  appSeq: number | null,
): Steps<readonly FailureScope[]> {
  if (endpointRefs === null) return [appSeq === null ? { of: "all" } : { of: "app", seq: appSeq }];
  const named =
    appSeq === null
      ? yield* s.all<{ seq: number }>(
          `SELECT seq FROM endpoint WHERE ${s.sql.oneOf("id", "?1", "text")}`,
          [endpointRefs],
        )
      : [...(yield* findEndpoints(s, appSeq, endpointRefs)).values()];
  return named.map(({ seq }) => ({ of: "endpoint", seq }));
}

/** Returns false when the failures were too many to count. */
function* countFailures(
  s: HistorySession,
  p: Params,
  q: {
    readonly scopes: readonly FailureScope[];
    readonly range: FailureRange;
    readonly counts: Map<number, number>;
  },
): Steps<boolean> {
  yield* s.beginScan();
  const stopAt = performance.now() + BUDGET_MS;
  const { eventTypes } = p.filter;
  const filter = eventTypes === undefined ? {} : { eventTypes };
  const cx = { ...p, params: { since: 0, until: null, filter } };
  let seen = 0;
  for (const scope of q.scopes) {
    let { high } = q.range;
    for (;;) {
      const chunk = { low: q.range.low, high, upwards: false, count: CHUNK_ROWS };
      const rows: readonly FailedRow[] = yield* readFailed(s, scope, chunk);
      const judged = yield* judgeFailures(s, rows, p.filter, newFacts());
      for (const { endpointSeq } of yield* selectDeliveries(s, cx, judged)) {
        q.counts.set(endpointSeq, (q.counts.get(endpointSeq) ?? 0) + 1);
      }
      const last = rows.at(-1);
      seen += rows.length;
      if (last === undefined || rows.length < CHUNK_ROWS) break;
      if (seen >= MOST_ROWS || performance.now() >= stopAt) return false;
      high = { at: last.failedAt, seq: last.seq };
      s.checkDeadline();
    }
  }
  return true;
}

/** Endpoints with a failure in the range, for any reason. One search per endpoint with any failure. */
function* findCandidates(
  s: HistorySession,
  p: { readonly scopes: readonly FailureScope[]; readonly low: number; readonly high: number },
): Steps<readonly number[]> {
  const [first] = p.scopes;
  const failed = `EXISTS (SELECT 1 FROM delivery ${s.sql.indexedBy("delivery_failedOf")}
    WHERE state = 2 AND endpoint_seq = candidate.seq AND finished_at >= ?1 AND finished_at < ?2)`;
  const most = MOST_ENDPOINTS + 1;
  if (first === undefined) return [];
  if (first.of === "endpoint") {
    return p.scopes.flatMap((scope) => (scope.of === "endpoint" ? [scope.seq] : []));
  }
  const candidates =
    first.of === "app"
      ? "SELECT seq FROM endpoint WHERE app_seq = ?3 AND status <> 'deleted'"
      : `WITH RECURSIVE found (seq) AS (
           SELECT min(endpoint_seq) FROM delivery WHERE state = 2
           UNION ALL SELECT (SELECT min(endpoint_seq) FROM delivery
             WHERE state = 2 AND endpoint_seq > found.seq) FROM found WHERE found.seq IS NOT NULL)
         SELECT seq FROM found WHERE seq IS NOT NULL`;
  const rows = yield* s.all<{ seq: number }>(
    `SELECT seq FROM (${candidates}) AS candidate WHERE ${failed} LIMIT ${most}`,
    [p.low, p.high, ...(first.of === "app" ? [first.seq] : [])],
  );
  return rows.map(({ seq }) => seq);
}

/** Without endpoints that are deleted or whose application is; one more than a replay may have. */
function* readOwners(s: HistorySession, seqs: readonly number[]): Steps<readonly Owner[]> {
  if (seqs.length === 0) return [];
  return yield* s.all<Owner>(
    `SELECT endpoint.seq AS seq, endpoint.id AS endpoint_id, url, app.id AS app_id, status, breaker
     FROM endpoint JOIN app ON app.seq = endpoint.app_seq
     LEFT JOIN endpoint_state ON endpoint_state.endpoint_seq = endpoint.seq
     WHERE ${s.sql.oneOf("endpoint.seq", "?1", "bigint")} AND app.deleted_at IS NULL
       AND status <> 'deleted'
     ORDER BY endpoint.seq`,
    [seqs],
  );
}
