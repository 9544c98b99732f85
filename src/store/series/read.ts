/**
 * The points of a chart: folded rows of one span, with the rows that are not folded yet. A chart of one endpoint reads
 * at most 200 folded rows, one of an application as many for each dialect.
 */
import { BUCKETS } from "../../core/series/histogram.ts";
import { RESULT_AT, TIME_AT } from "../../core/series/series.ts";
import type { Dialect } from "../../core/snapshot.ts";
import { findEndpoint } from "../endpoints/rows.ts";
import type { NewAccepted, SeriesOf, SeriesPoint, SeriesStore } from "../interface/series.ts";
import type { Session, Steps, Value } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { ACCEPTED, ALL, BACKLOG, SUM_COLUMNS } from "./columns.ts";

type Params = Parameters<SeriesStore["read"]>[0];
type Subject = {
  readonly appSeq: number;
  readonly endpointSeq: number;
  readonly id: string | null;
};

const COLUMNS = [...SUM_COLUMNS, "pending", "parked"].join(", ");
const SUMS = [
  ...SUM_COLUMNS.map((name) => `sum(${name}) AS ${name}`),
  "max(pending) AS pending",
  "max(parked) AS parked",
].join(", ");

type Row = Readonly<Record<string, number | null>> & {
  readonly dialect: string;
  readonly place: number;
};

export function* readSeries(s: Session, p: Params): Steps<readonly SeriesOf[] | null> {
  const subjects = yield* findSubjects(s, p);
  if (subjects === null) return null;
  const byDialect = p.groupBy === "dialect";
  const found = yield* s.together(
    subjects.map((subject) => readRows(s, subject, { ...p, byDialect, dialects: "but accepted" })),
  );
  return found.flatMap((rows, index) => {
    const { id } = subjects[index] as Subject;
    if (!byDialect) return [toSeries(rows, { endpointId: id, dialect: null })];
    const dialects = [...new Set(rows.map(({ dialect }) => dialect))].filter((d) => d !== BACKLOG);
    return dialects.toSorted().map((dialect) =>
      toSeries(
        rows.filter((row) => row.dialect === dialect),
        { endpointId: id, dialect: dialect as Dialect },
      ),
    );
  });
}

export function* readAccepted(
  s: Session,
  p: Parameters<SeriesStore["accepted"]>[0],
): Steps<readonly NewAccepted[]> {
  const all = { appSeq: ALL, endpointSeq: ALL, id: null };
  const rows = yield* readRows(s, all, { ...p, byDialect: false, dialects: "accepted" });
  return toSeries(rows, { endpointId: null, dialect: null }).points.map(({ at, counts }) => ({
    at,
    events: counts[RESULT_AT.ok] as number,
    durations: counts.slice(TIME_AT.attempt, TIME_AT.attempt + BUCKETS),
  }));
}

function* findSubjects(s: Session, p: Params): Steps<readonly Subject[] | null> {
  if (p.appRef === null) return [{ appSeq: ALL, endpointSeq: ALL, id: null }];
  const app = yield* findApp(s, p.appRef);
  if (app === null) return null;
  if (p.endpointRefs === null) return [{ appSeq: app.seq, endpointSeq: ALL, id: null }];
  const subjects: Subject[] = [];
  for (const ref of p.endpointRefs) {
    const endpoint = yield* findEndpoint(s, app.seq, ref);
    if (endpoint === null) return null;
    subjects.push({ appSeq: app.seq, endpointSeq: endpoint.seq, id: endpoint.id });
  }
  return subjects;
}

function readRows(
  s: Session,
  { appSeq, endpointSeq }: Subject,
  p: Pick<Params, "since" | "until" | "spanMs" | "stepMs"> & {
    readonly byDialect: boolean;
    readonly dialects: "accepted" | "but accepted";
  },
): Steps<readonly Row[]> {
  const dialect = p.byDialect ? "dialect" : "''";
  const where = `app_seq = ?1 AND endpoint_seq = ?2 AND at >= ?3 AND at < ?4
    AND dialect ${p.dialects === "accepted" ? "=" : "<>"} '${ACCEPTED}'`;
  const values: readonly Value[] = [appSeq, endpointSeq, p.since, p.until, p.spanMs, p.stepMs];
  return s.all<Row>(
    `SELECT place, dialect, ${SUMS} FROM (
       SELECT at - at % CAST(?6 AS BIGINT) AS place, ${dialect} AS dialect, ${COLUMNS} FROM series
       WHERE ${where} AND span = ?5
       UNION ALL
       SELECT at - at % CAST(?6 AS BIGINT) AS place, ${dialect} AS dialect, ${COLUMNS}
       FROM series_recent WHERE ${where}
     ) AS points GROUP BY place, dialect ORDER BY place`,
    values,
  );
}

function toSeries(rows: readonly Row[], of: Omit<SeriesOf, "points">): SeriesOf {
  const points = rows.map((row): SeriesPoint => ({
    at: row.place,
    counts: SUM_COLUMNS.map((name) => row[name] ?? 0),
    pending: row["pending"] ?? null,
    parked: row["parked"] ?? null,
  }));
  return { ...of, points };
}
