/** Parts of the sweep: appended series are folded into every span, and old spans are deleted. */
import { SPANS } from "../../core/series/series.ts";
import type { SweepContext } from "../maintenance/sweep-context.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import { SERIES_KEY, SUM_COLUMNS } from "./columns.ts";

const GAUGES = ["pending", "parked"];
const COLUMNS = [...SUM_COLUMNS, ...GAUGES].join(", ");
const FOLDED = [
  ...SUM_COLUMNS.map((name) => `sum(${name})`),
  ...GAUGES.map((name) => `max(${name})`),
].join(", ");
const ADDED = SUM_COLUMNS.map(
  (name) => `${name} = nullif(coalesce(series.${name}, 0) + coalesce(excluded.${name}, 0), 0)`,
);
const GREATER = GAUGES.map(
  (name) => `${name} = CASE WHEN excluded.${name} > coalesce(series.${name}, -1)
     THEN excluded.${name} ELSE series.${name} END`,
);
const SPAN_ROWS = SPANS.map(({ ms }) => `SELECT ${ms} AS ms`).join(" UNION ALL ");

/** Only one sweeper works at a time, so no other transaction writes these rows. */
export function* foldSeries(s: WriteSession, _cx: SweepContext, limit: number): Steps<number> {
  const oldest = yield* s.all<{ seq: number }>(
    "SELECT seq FROM series_recent ORDER BY seq LIMIT ?1",
    [limit],
  );
  if (oldest.length === 0) return 0;
  const seqs = oldest.map(({ seq }) => seq);
  const theRows = s.sql.oneOf("seq", "?1", "bigint");
  yield* s.run(
    `INSERT INTO series (${SERIES_KEY}, ${COLUMNS})
     SELECT app_seq, endpoint_seq, span.ms, at - at % span.ms, dialect, ${FOLDED}
     FROM series_recent CROSS JOIN (${SPAN_ROWS}) AS span WHERE ${theRows}
     GROUP BY app_seq, endpoint_seq, span.ms, at - at % span.ms, dialect
     ON CONFLICT (${SERIES_KEY}) DO UPDATE SET ${[...ADDED, ...GREATER].join(", ")}`,
    [seqs],
  );
  yield* s.run(`DELETE FROM series_recent WHERE ${theRows}`, [seqs]);
  return seqs.length;
}

export function* deleteOldSeries(s: WriteSession, cx: SweepContext, limit: number): Steps<number> {
  let deleted = 0;
  for (const { ms, keptMs } of SPANS) {
    const before = keptMs === null ? cx.horizon : cx.now - keptMs;
    deleted += yield* deleteWhere(s, "span = ?1 AND at < ?2", [ms, before, limit - deleted]);
    if (deleted >= limit) break;
  }
  return deleted;
}

/** Deletes up to `limit` rows of a deleted endpoint. */
export function* deleteSeriesOf(
  s: WriteSession,
  p: { readonly appSeq: number; readonly endpointSeq: number; readonly limit: number },
): Steps<number> {
  const { appSeq, endpointSeq, limit } = p;
  const appended = yield* s.run(
    `DELETE FROM series_recent WHERE seq IN
       (SELECT seq FROM series_recent WHERE app_seq = ?1 AND endpoint_seq = ?2 LIMIT ?3)`,
    [appSeq, endpointSeq, limit],
  );
  if (appended >= limit) return appended;
  const values = [appSeq, endpointSeq, limit - appended] as const;
  return appended + (yield* deleteWhere(s, "app_seq = ?1 AND endpoint_seq = ?2", values));
}

function deleteWhere(
  s: Session,
  condition: string,
  values: readonly [number, number, limit: number],
): Steps<number> {
  return s.run(
    `DELETE FROM series WHERE (${SERIES_KEY}) IN
       (SELECT ${SERIES_KEY} FROM series WHERE ${condition} LIMIT ?3)`,
    values,
  );
}
