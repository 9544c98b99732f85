/**
 * The work of the applications of one page in numbers. Nothing is counted row by row: the tallies and the sums of charts
 * have them, and parked deliveries are counted to a bound. An application costs at most 1,001 entries of an index, 400 sums
 * and one search for its newest event.
 */
import { RESULT_AT } from "../../core/series/series.ts";
import type { HistorySession } from "../history/session.ts";
import type { AppActivity, AppStore } from "../interface/tenancy.ts";
import { tallySumsOf } from "../maintenance/accounting.ts";
import { PAGE_LIMIT } from "../paging.ts";
import { ACCEPTED, BACKLOG, SUM_COLUMNS } from "../series/columns.ts";
import type { Session, Steps } from "../session.ts";
import type { AppRow } from "./app-row.ts";

const MOST_PARKED = 1_000;
const HOUR_MS = 3_600_000;
const FAILED = SUM_COLUMNS.filter((_, place) =>
  Object.entries(RESULT_AT).some(([result, at]) => result !== "ok" && at === place),
)
  .map((column) => `coalesce(${column}, 0)`)
  .join(" + ");

type Found = Pick<AppRow, "seq" | "id" | "endpointCount"> & { readonly lastEventAt: number | null };

export function* appActivity(
  s: HistorySession,
  p: Parameters<AppStore["activity"]>[0],
): Steps<readonly AppActivity[]> {
  const apps = yield* s.all<Found>(
    `SELECT seq, id, endpoint_count,
       (SELECT accepted_at FROM event WHERE event.app_seq = app.seq
        ORDER BY ${s.sql.feedPosition} DESC LIMIT 1) AS last_event_at
     FROM app WHERE deleted_at IS NULL AND ${s.sql.oneOf("id", "?1", "text")}`,
    [p.appIds.slice(0, PAGE_LIMIT)],
  );
  const seqs = apps.map(({ seq }) => seq);
  const sums = new Map((yield* tallySumsOf(s, seqs)).map((one) => [one.appSeq, one]));
  const failed = yield* countFailedAttempts(s, { seqs, since: p.since });
  const waiting = apps.map(({ seq }) => {
    const { created = 0, delivered = 0, failed = 0, cancelled = 0 } = sums.get(seq) ?? {};
    return created - delivered - failed - cancelled;
  });
  const busy = seqs.filter((_, index) => waiting[index] !== 0);
  const counts = yield* s.together(busy.map((seq) => countParked(s, seq)));
  const parked = new Map(busy.map((seq, index) => [seq, counts[index] as number]));
  const horizon = s.horizon();
  return apps.map(({ seq, id, endpointCount, lastEventAt }, index) => ({
    appId: id,
    endpoints: endpointCount,
    waiting: waiting[index] as number,
    parked: Math.min(parked.get(seq) ?? 0, MOST_PARKED),
    parkedIsExact: (parked.get(seq) ?? 0) <= MOST_PARKED,
    failedAttempts: failed.get(seq) ?? 0,
    lastEventAt: lastEventAt !== null && lastEventAt >= horizon ? lastEventAt : null,
  }));
}

/** One more than the bound when there are more. */
function* countParked(s: Session, appSeq: number): Steps<number> {
  const row = yield* s.one<{ parked: number }>(
    `SELECT count(*) AS parked FROM (
       SELECT 1 FROM endpoint JOIN delivery ON delivery.endpoint_seq = endpoint.seq AND state = 0
       WHERE endpoint.app_seq = ?1 AND status <> 'enabled' AND folded_at IS NULL AND status <> 'deleted'
       LIMIT ${MOST_PARKED + 1}) AS counted`,
    [appSeq],
  );
  return row?.parked ?? 0;
}

/** By whole hours, which are kept as long as events, and the sums that are not folded yet. */
function* countFailedAttempts(
  s: Session,
  { seqs, since }: { readonly seqs: readonly number[]; readonly since: number },
): Steps<ReadonlyMap<number, number>> {
  const where = `${s.sql.oneOf("app_seq", "?1", "bigint")} AND endpoint_seq = 0 AND at >= ?2
    AND dialect NOT IN ('${ACCEPTED}', '${BACKLOG}')`;
  const rows = yield* s.all<{ appSeq: number; failed: number }>(
    `SELECT app_seq, sum(failed) AS failed FROM (
       SELECT app_seq, ${FAILED} AS failed FROM series WHERE ${where} AND span = ${HOUR_MS}
       UNION ALL SELECT app_seq, ${FAILED} AS failed FROM series_recent WHERE ${where}) AS sums
     GROUP BY app_seq`,
    [seqs, since - (since % HOUR_MS)],
  );
  return new Map(rows.map(({ appSeq, failed }) => [appSeq, failed]));
}
