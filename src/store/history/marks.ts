/**
 * The marks of the events of a page: three statements for any number of events. An application may have
 * thousands of endpoints, so a page has columns for some of them.
 */
import { findDialectEvent } from "../../core/events/dialect-events.ts";
import { findUnwanted } from "../../core/events/match.ts";
import { LIMITS } from "../../core/limits.ts";
import {
  absentVerdict,
  type DeliveryFacts,
  deliveryVerdict,
  type EndpointFacts,
  type Verdict,
} from "../../core/verdict.ts";
import {
  type Matched,
  type MatchedRow,
  readMatched,
  readsParticipants,
} from "../accept/event-matching.ts";
import { type EndpointRow, toMatch } from "../endpoints/endpoint-row.ts";
import type { MarkedEndpoint, MarkedPage, MarkView } from "../interface/marks.ts";
import { STATES } from "../queue/delivery-state.ts";
import { isTrue, type Steps } from "../session.ts";
import type { AppRow } from "../tenancy/app-row.ts";
import type { HistorySession } from "./session.ts";

export type MarkableEvent = MatchedRow & {
  readonly seq: number;
  readonly acceptedAt: number;
  /** Whether the content of the event is deleted. */
  readonly isBlank: boolean | number;
};

export type Marks = MarkedPage & {
  /** By the seq of the event, in the order of the endpoints. */
  readonly byEvent: ReadonlyMap<number, readonly PlacedMark[]>;
};

/** `deliverySeq` is null for a mark without a delivery. */
export type PlacedMark = MarkView & { readonly deliverySeq: number | null };

const { value: MOST_ENDPOINTS } = LIMITS.markedEndpoints;
/** Deliveries of a page. Those of an event with thousands of endpoints are cut. */
const MOST_DELIVERIES = 5_000;
const MOST_STATUSES = 5_000;

type DeliveryRow = {
  readonly seq: number;
  readonly eventSeq: number;
  readonly endpointSeq: number;
  readonly part: number;
  readonly state: number;
  readonly dueAt: number | null;
  readonly fence: number | null;
  readonly reason: string | null;
  readonly finishedAt: number | null;
  readonly attempts: number;
};

type ColumnRow = EndpointRow & {
  readonly breaker: string | null;
  readonly breakerChangedAt: number | null;
  readonly probeAt: number | null;
  readonly pausedUntil: number | null;
  readonly heldFence: number | null;
  /** Read only while the breaker is open. */
  readonly lastStatus: number | null;
};

/**
 * `endpointSeq` chooses one column. `isFilter` leaves out the statuses of finished deliveries, which their marks do
 * not depend on.
 */
export function* loadMarks(
  s: HistorySession,
  p: {
    readonly app: AppRow;
    readonly events: readonly MarkableEvent[];
    readonly endpointSeq: number | null;
    readonly now: number;
    readonly isFilter?: boolean;
  },
): Steps<Marks> {
  const { app, events, now } = p;
  yield* s.beginLookups();
  const deliveries = events.length === 0 ? [] : yield* readDeliveries(s, p);
  const { columns, hasMoreEndpoints } = yield* readColumns(s, p, deliveries);
  const isShown = ({ state }: DeliveryRow) => p.isFilter !== true || state === STATES.pending;
  const statuses = yield* readStatuses(s, deliveries.filter(isShown));
  const found = Map.groupBy(
    deliveries,
    ({ eventSeq, endpointSeq }) => `${eventSeq} ${endpointSeq}`,
  );
  const byEvent = new Map<number, PlacedMark[]>();
  for (const event of events) {
    const matched = readMatched(event);
    const marks = columns.flatMap((column): PlacedMark[] => {
      const { seq, id: endpointId } = column.row;
      const name = findDialectEvent(column.match.dialect, matched.facts);
      const parts = found.get(`${event.seq} ${seq}`);
      if (parts === undefined) {
        const verdict = judgeAbsent(event, matched, column);
        return verdict === null ? [] : [{ endpointId, part: 0, name, verdict, deliverySeq: null }];
      }
      const facts = toEndpointFacts(column.row, app);
      return parts.map((row) => ({
        endpointId,
        part: row.part,
        name,
        verdict: deliveryVerdict(toDeliveryFacts(row, column.row, statuses), facts, now),
        deliverySeq: row.seq,
      }));
    });
    byEvent.set(event.seq, marks);
  }
  return { byEvent, hasMoreEndpoints, endpoints: columns.map(({ row }) => toMarkedEndpoint(row)) };
}

function* readDeliveries(
  s: HistorySession,
  { events, endpointSeq }: { events: readonly MarkableEvent[]; endpointSeq: number | null },
): Steps<readonly DeliveryRow[]> {
  const seqs = events.map(({ seq }) => seq);
  const one = endpointSeq === null ? "" : "AND endpoint_seq = ?4";
  return yield* s.all<DeliveryRow>(
    `SELECT seq, event_seq, endpoint_seq, part, state, due_at, fence, reason, finished_at, attempts
     FROM ${s.sql.among("delivery", "event_seq", "?1", `seq >= ?2 ${one}`)} LIMIT ?3`,
    [
      seqs,
      s.leastDelivery(Math.min(...seqs)),
      MOST_DELIVERIES,
      ...(endpointSeq === null ? [] : [endpointSeq]),
    ],
  );
}

type Column = { readonly row: ColumnRow; readonly match: ReturnType<typeof toMatch> };

function* readColumns(
  s: HistorySession,
  { app, endpointSeq }: { app: AppRow; endpointSeq: number | null },
  deliveries: readonly DeliveryRow[],
): Steps<{ readonly columns: readonly Column[]; readonly hasMoreEndpoints: boolean }> {
  const reached = [...new Set(deliveries.map((row) => row.endpointSeq))];
  const first = endpointSeq === null ? reached.slice(0, MOST_ENDPOINTS) : [endpointSeq];
  const oldest =
    endpointSeq === null && first.length <= MOST_ENDPOINTS
      ? yield* s.all<{ seq: number }>(
          `SELECT seq FROM endpoint WHERE app_seq = ?1 AND status <> 'deleted'
           ORDER BY seq LIMIT ${MOST_ENDPOINTS + 1}`,
          [app.seq],
        )
      : [];
  const all = [...new Set([...first, ...oldest.map(({ seq }) => seq)])];
  const rows = yield* s.all<ColumnRow>(
    `SELECT endpoint.*, breaker, breaker_changed_at, probe_at, paused_until,
       held.fence AS held_fence,
       CASE WHEN breaker = 'open' THEN (SELECT status_code FROM attempt
         WHERE attempt.endpoint_seq = endpoint.seq ORDER BY attempt.seq DESC LIMIT 1)
       END AS last_status
     FROM endpoint LEFT JOIN endpoint_state ON endpoint_state.endpoint_seq = endpoint.seq
     LEFT JOIN ${s.heldShards} AS held ON held.shard = endpoint.shard
     WHERE ${s.sql.oneOf("endpoint.seq", "?2", "bigint")}`,
    [s.leaseClock, all.slice(0, MOST_ENDPOINTS)],
  );
  const columns = rows
    .toSorted((one, other) => one.seq - other.seq)
    .map((row) => ({ row, match: toMatch(row) }));
  return { columns, hasMoreEndpoints: endpointSeq === null && all.length > MOST_ENDPOINTS };
}

/** The status of the latest attempt by the seq of its delivery. */
function* readStatuses(
  s: HistorySession,
  deliveries: readonly DeliveryRow[],
): Steps<ReadonlyMap<number, number>> {
  const tried = deliveries.filter(({ attempts }) => attempts > 0);
  if (tried.length === 0) return new Map();
  const seqs = [...new Set(tried.map(({ eventSeq }) => eventSeq))];
  const rows = yield* s.all<{ seq: number; deliverySeq: number; statusCode: number }>(
    `SELECT seq, delivery_seq, status_code FROM attempt
     WHERE ${s.sql.oneOf("event_seq", "?1", "bigint")} AND seq >= ?2 LIMIT ?3`,
    [seqs, s.leastDelivery(Math.min(...seqs)), MOST_STATUSES],
  );
  const latest = new Map<number, (typeof rows)[number]>();
  for (const row of rows) {
    if ((latest.get(row.deliverySeq)?.seq ?? -1) < row.seq) latest.set(row.deliverySeq, row);
  }
  return new Map([...latest].map(([seq, { statusCode }]) => [seq, statusCode]));
}

/** Null when it cannot be known: matching may read the content, which is deleted. */
function judgeAbsent(
  event: MarkableEvent,
  matched: Matched,
  { row, match }: Column,
): Verdict | null {
  if (isTrue(event.isBlank) && readsParticipants(match)) return null;
  return absentVerdict({
    unwanted: findUnwanted(match, matched.event, matched.facts, matched.line),
    isSuppressed: matched.isSuppressed,
    hasFilter: match.filter !== null,
    acceptedAt: event.acceptedAt,
    endpointCreatedAt: row.createdAt,
  });
}

const STATE_NAMES: Readonly<Record<number, DeliveryFacts["state"]>> = {
  [STATES.pending]: "pending",
  [STATES.delivered]: "delivered",
  [STATES.failed]: "failed",
  [STATES.cancelled]: "cancelled",
};

function toDeliveryFacts(
  row: DeliveryRow,
  endpoint: ColumnRow,
  statuses: ReadonlyMap<number, number>,
): DeliveryFacts {
  return {
    state: STATE_NAMES[row.state] as DeliveryFacts["state"],
    reason: row.reason,
    isLeased: row.fence !== null && row.fence === endpoint.heldFence,
    dueAt: row.dueAt,
    finishedAt: row.finishedAt,
    statusCode: statuses.get(row.seq) ?? null,
  };
}

function toEndpointFacts(row: ColumnRow, app: AppRow): EndpointFacts {
  const { breakerChangedAt, probeAt } = row;
  const isOpen = row.breaker === "open" && breakerChangedAt !== null && probeAt !== null;
  return {
    status: row.status as EndpointFacts["status"],
    breaker: isOpen ? { openedAt: breakerChangedAt, probeAt, statusCode: row.lastStatus } : null,
    pausedUntil: row.pausedUntil,
    parkedAt: row.parkedAt,
    hasRate: row.throttleRate !== null || app.throttleRate !== null,
  };
}

function toMarkedEndpoint(row: ColumnRow): MarkedEndpoint {
  const { dialect, status: state } = toMatch(row);
  return { id: row.id, dialect, url: row.url, description: row.description, state };
}
