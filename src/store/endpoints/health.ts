/**
 * The health of endpoints as a page shows it, in three statements for the whole page. Waiting deliveries are counted up
 * to a bound, and the latest success and failure are searched among a few attempts. So an endpoint with millions of
 * rows costs no more than another.
 */
import { CLEAN_HEALTH, type EndpointHealth } from "../../core/delivery/endpoint-health.ts";
import { SPANS, TIME_AT } from "../../core/series/series.ts";
import { SUM_COLUMNS } from "../series/columns.ts";
import {
  HEALTH_STATES,
  type EndpointHealthView,
  type EndpointStore,
  type LastAttempt,
} from "../interface/endpoints.ts";
import type { Session, Steps } from "../session.ts";

const MOST_WAITING = 10_000;
/** For all endpoints of a page together, about 10 ms on SQLite; a page of more than 20 counts less of each. */
const MOST_WAITING_OF_PAGE = 200_000;
const LATEST_ATTEMPTS = 20;
const HOUR_MS = 3_600_000;
const [{ ms: SPAN_MS }] = SPANS;
/** Results and the times of attempts. */
const HOUR_COLUMNS = SUM_COLUMNS.slice(0, TIME_AT.receipt);

/**
 * The state of an endpoint as its place in `HEALTH_STATES`, over `endpoint` with `endpoint_state`. `now` is the
 * parameter with the present instant.
 */
export const stateSql = (now: string) => `CASE
    WHEN status = 'enabled' AND breaker = 'open' THEN 0
    WHEN status = 'disabled' AND disabled_reason IN ('gone', 'failing') THEN 1
    WHEN status = 'enabled' AND paused_until > ${now} THEN 2
    WHEN status = 'enabled' AND health <> '${JSON.stringify(CLEAN_HEALTH)}' THEN 3
    WHEN status = 'paused' THEN 4
    WHEN status = 'disabled' THEN 5
    ELSE 6 END`;

type Row = {
  readonly id: string;
  readonly seq: number;
  readonly place: number;
  readonly parkedAt: number | null;
  readonly health: string | null;
  readonly breaker: string | null;
  readonly breakerChangedAt: number | null;
  readonly probeAt: number | null;
  readonly pausedUntil: number | null;
  readonly waiting: number;
  readonly successSeq: number | null;
  readonly failureSeq: number | null;
};
type AttemptRow = LastAttempt & { readonly seq: number };
type HourRow = Readonly<Record<string, number | null>> & { readonly endpointSeq: number };

export function* endpointHealths(
  s: Session,
  { endpointIds, now }: Parameters<EndpointStore["healths"]>[0],
): Steps<ReadonlyMap<string, EndpointHealthView>> {
  if (endpointIds.length === 0) return new Map();
  const most = Math.min(MOST_WAITING, Math.floor(MOST_WAITING_OF_PAGE / endpointIds.length));
  const rows = yield* readRows(s, endpointIds, { now, most });
  const attempts = yield* readAttempts(s, rows);
  const hours = yield* readHours(s, rows, now);
  return new Map(
    rows.map((row) => {
      const hour = hours.get(row.seq);
      const view: EndpointHealthView = {
        state: HEALTH_STATES[row.place] ?? "ok",
        breaker: toBreaker(row),
        pausedUntil: row.pausedUntil !== null && row.pausedUntil > now ? row.pausedUntil : null,
        health: row.health === null ? CLEAN_HEALTH : (JSON.parse(row.health) as EndpointHealth),
        parkedAt: row.parkedAt,
        waiting: Math.min(row.waiting, most),
        waitingIsExact: row.waiting <= most,
        lastSuccess: attempts.get(row.successSeq ?? 0) ?? null,
        lastFailure: attempts.get(row.failureSeq ?? 0) ?? null,
        hour: HOUR_COLUMNS.map((name) => hour?.[name] ?? 0),
      };
      return [row.id, view];
    }),
  );
}

function toBreaker({ breaker, breakerChangedAt, probeAt }: Row): EndpointHealthView["breaker"] {
  const isOpen = breaker === "open" && breakerChangedAt !== null && probeAt !== null;
  return isOpen ? { openedAt: breakerChangedAt, probeAt } : null;
}

function readRows(
  s: Session,
  ids: readonly string[],
  p: { readonly now: number; readonly most: number },
): Steps<readonly Row[]> {
  const latest = (condition: string) => `(SELECT max(seq) FROM
      (SELECT seq, succeeded FROM attempt WHERE attempt.endpoint_seq = endpoint.seq
       ORDER BY seq DESC LIMIT ${LATEST_ATTEMPTS}) AS latest WHERE ${condition})`;
  return s.all<Row>(
    `SELECT id, endpoint.seq, ${stateSql("?2")} AS place, parked_at, health, breaker,
       breaker_changed_at, probe_at, paused_until,
       (SELECT count(*) FROM (SELECT 1 AS one FROM delivery
          WHERE delivery.endpoint_seq = endpoint.seq AND state = 0 LIMIT ?3) AS counted) AS waiting,
       ${latest("succeeded")} AS success_seq, ${latest("NOT succeeded")} AS failure_seq
     FROM endpoint LEFT JOIN endpoint_state ON endpoint_state.endpoint_seq = endpoint.seq
     WHERE ${s.sql.oneOf("id", "?1", "text")} AND status <> 'deleted'`,
    [ids, p.now, p.most + 1],
  );
}

function* readAttempts(s: Session, rows: readonly Row[]): Steps<ReadonlyMap<number, LastAttempt>> {
  const seqs = rows.flatMap(({ successSeq, failureSeq }) =>
    [successSeq, failureSeq].filter((seq) => seq !== null),
  );
  if (seqs.length === 0) return new Map();
  const found = yield* s.all<AttemptRow>(
    `SELECT seq, at, duration_ms, status_code, reason FROM attempt
     WHERE ${s.sql.oneOf("seq", "?1", "bigint")}`,
    [seqs],
  );
  return new Map(found.map(({ seq, ...attempt }) => [seq, attempt]));
}

function* readHours(
  s: Session,
  rows: readonly Row[],
  now: number,
): Steps<ReadonlyMap<number, HourRow>> {
  const list = HOUR_COLUMNS.join(", ");
  const sums = HOUR_COLUMNS.map((name) => `sum(${name}) AS ${name}`).join(", ");
  const ofEndpoint = (table: string) => `SELECT ${table}.endpoint_seq AS endpoint_seq, ${list}
    FROM endpoint JOIN ${table} ON ${table}.app_seq = endpoint.app_seq
      AND ${table}.endpoint_seq = endpoint.seq AND ${table}.at >= ?2
    WHERE ${s.sql.oneOf("endpoint.seq", "?1", "bigint")}`;
  const found = yield* s.all<HourRow>(
    `SELECT endpoint_seq, ${sums} FROM (
       ${ofEndpoint("series")} AND span = ?3
       UNION ALL ${ofEndpoint("series_recent")}
     ) AS points GROUP BY endpoint_seq`,
    [rows.map(({ seq }) => seq), now - HOUR_MS, SPAN_MS],
  );
  return new Map(found.map((row) => [row.endpointSeq, row]));
}
