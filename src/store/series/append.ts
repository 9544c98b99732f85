/**
 * Appends the sums of a node. Each endpoint has a row, and so have its application and all applications by dialect.
 * No chart of an application then reads its endpoints, and no two nodes write one row.
 */
import { RESULT_AT, TIME_AT } from "../../core/series/series.ts";
import { tallySums, heldBack } from "../maintenance/accounting.ts";
import { toTotal } from "../maintenance/accounting-identity.ts";
import type { Backlog, NewAccepted, NewSums, SeriesStore } from "../interface/series.ts";
import type { NewRow, Session, Steps, WriteSession } from "../session.ts";
import { ACCEPTED, ALL, BACKLOG, toSeriesRow, type SeriesKey } from "./columns.ts";

type Params = Parameters<SeriesStore["append"]>[0];
type EndpointRow = {
  readonly id: string;
  readonly seq: number;
  readonly appSeq: number;
  readonly dialect: string;
  readonly status: string;
};

export function* appendSeries(s: WriteSession, p: Params): Steps<void> {
  const rows = [
    ...toAttemptRows(p.sums, yield* findEndpoints(s, p.sums)),
    ...p.accepted.map(toAcceptedRow),
    ...(p.backlogs === null
      ? []
      : toBacklogRows(p.backlogs.at, yield* keepLive(s, p.backlogs.apps))),
  ];
  yield* s.insert("series_recent", rows);
}

function* findEndpoints(
  s: Session,
  sums: readonly NewSums[],
): Steps<ReadonlyMap<string, EndpointRow>> {
  if (sums.length === 0) return new Map();
  const rows = yield* s.all<EndpointRow>(
    `SELECT endpoint.id, endpoint.seq, app_seq, dialect, status
     FROM endpoint JOIN app ON app.seq = app_seq AND deleted_at IS NULL
     WHERE ${s.sql.oneOf("endpoint.id", "?1", "text")}`,
    [[...new Set(sums.map(({ endpointId }) => endpointId))]],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** The rows of a deleted application are erased, and it gets no further ones. */
function* keepLive(s: Session, backlogs: readonly Backlog[]): Steps<readonly Backlog[]> {
  if (backlogs.length === 0) return [];
  const live = yield* s.all<{ seq: number }>(
    `SELECT seq FROM app WHERE deleted_at IS NULL AND ${s.sql.oneOf("seq", "?1", "bigint")}`,
    [backlogs.map(({ appSeq }) => appSeq)],
  );
  const seqs = new Set(live.map(({ seq }) => seq));
  return backlogs.filter(({ appSeq }) => seqs.has(appSeq));
}

function toAttemptRows(
  sums: readonly NewSums[],
  endpoints: ReadonlyMap<string, EndpointRow>,
): readonly NewRow[] {
  const rows: NewRow[] = [];
  const totals = new Map<string, { readonly key: SeriesKey; readonly counts: number[] }>();
  for (const { endpointId, at, counts } of sums) {
    const endpoint = endpoints.get(endpointId);
    if (endpoint === undefined) continue;
    const { seq, appSeq, dialect, status } = endpoint;
    // The rows of a deleted endpoint are erased, and it gets no further ones.
    if (status !== "deleted")
      rows.push(toSeriesRow({ appSeq, endpointSeq: seq, at, dialect }, counts));
    for (const app of [appSeq, ALL]) {
      const key = { appSeq: app, endpointSeq: ALL, at, dialect };
      const name = `${app} ${at} ${dialect}`;
      const total = totals.get(name) ?? { key, counts: counts.map(() => 0) };
      for (const [place, count] of counts.entries()) {
        total.counts[place] = (total.counts[place] as number) + count;
      }
      totals.set(name, total);
    }
  }
  for (const { key, counts } of totals.values()) rows.push(toSeriesRow(key, counts));
  return rows;
}

function toAcceptedRow({ at, events, durations }: NewAccepted): NewRow {
  const counts: number[] = [];
  counts[RESULT_AT.ok] = events;
  for (const [bucket, count] of durations.entries()) counts[TIME_AT.attempt + bucket] = count;
  return toSeriesRow({ appSeq: ALL, endpointSeq: ALL, at, dialect: ACCEPTED }, counts);
}

/** The row of all applications is written even when nothing waits, so that a chart knows that it was sampled. */
function toBacklogRows(at: number, apps: readonly Backlog[]): readonly NewRow[] {
  const total = { appSeq: ALL, pending: 0, parked: 0 };
  for (const { pending, parked } of apps) {
    total.pending += pending;
    total.parked += parked;
  }
  return [...apps, total].map((backlog) =>
    toSeriesRow({ appSeq: backlog.appSeq, endpointSeq: ALL, at, dialect: BACKLOG }, [], backlog),
  );
}

export function* listBacklogs(s: Session): Steps<readonly Backlog[]> {
  const sums = yield* tallySums(s);
  const held = yield* heldBack(s);
  return sums.flatMap((app) => {
    const own = held.filter(({ appSeq }) => appSeq === app.appSeq);
    const { pending, parked } = toTotal([app], own);
    return pending + parked > 0 ? [{ appSeq: app.appSeq, pending, parked }] : [];
  });
}
