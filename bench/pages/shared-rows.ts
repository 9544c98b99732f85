/** Rows that are the same in both stores, by SQL with the names of columns of PostgreSQL. */

/** One delivery in a hundred has failed. */
export const FAILED_EVERY = 100;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** The spans of charts and the time for which each is kept. */
const SPANS = [
  { span: MINUTE_MS, keptMs: 3 * 60 * MINUTE_MS },
  { span: 15 * MINUTE_MS, keptMs: 3 * DAY_MS },
  { span: 60 * MINUTE_MS, keptMs: 30 * DAY_MS },
  { span: DAY_MS, keptMs: 400 * DAY_MS },
] as const;
const SUMS = Array.from({ length: 48 }, (_, i) => `n${i}`);
const AUDIT_ROWS = 20_000;

/** Sums for the charts of every endpoint, of every application, and of all together. */
export function seriesSql(newestAt: number): readonly string[] {
  const subjects = `SELECT app_seq, seq AS endpoint_seq, dialect FROM endpoint
    UNION SELECT app_seq, 0, dialect FROM endpoint UNION SELECT 0, 0, dialect FROM endpoint
    UNION SELECT app_seq, 0, 'accept' FROM endpoint UNION SELECT 0, 0, 'accept' FROM endpoint
    UNION SELECT 0, 0, 'backlog' FROM endpoint`;
  return [
    "DELETE FROM series",
    "DELETE FROM series_recent",
    ...SPANS.map(({ span, keptMs }) => {
      const newest = Math.floor(newestAt / span) * span;
      return `WITH RECURSIVE step (n) AS
          (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM step WHERE n < ${Math.floor(keptMs / span) - 1})
        INSERT INTO series (app_seq, endpoint_seq, span, at, dialect, ${SUMS.join(", ")})
        SELECT app_seq, endpoint_seq, ${span}, ${newest} - n * ${span}, dialect, ${SUMS.map(() => "n % 97").join(", ")}
        FROM (${subjects}) AS subject CROSS JOIN step`;
    }),
  ];
}

export function auditSql(newestAt: number): string {
  const columns = "request_id, actor_kind, actor_id, actor_name, source, verb, app_id, ids";
  return `WITH RECURSIVE step (n) AS
      (SELECT CAST(0 AS BIGINT) UNION ALL SELECT n + 1 FROM step WHERE n < ${AUDIT_ROWS})
    INSERT INTO audit_entry (at, ${columns})
    SELECT ${newestAt} - ${AUDIT_ROWS} + n, ${columns}
    FROM (SELECT ${columns} FROM audit_entry ORDER BY seq LIMIT 1) AS copied CROSS JOIN step`;
}
