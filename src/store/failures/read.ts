/** Failed deliveries as rows: ranges of an index by the time of failing, and the rows that pass a filter. */
import { failedFor, needsLastAttempt, toFailureEnd } from "../../core/delivery/failure-reasons.ts";
import type { FailureFilter } from "../interface/failures.ts";
import { toOrder } from "../paging.ts";
import type { Places, Session, Steps } from "../session.ts";
import type { FailurePlace } from "./place.ts";
import { type LastAttemptRow, lastAttempts } from "./last-attempts.ts";

type Reads = Session & Pick<Places, "horizon">;

export type FailedRow = {
  readonly seq: number;
  readonly eventSeq: number;
  readonly endpointSeq: number;
  readonly part: number;
  readonly attempts: number;
  readonly reason: string | null;
  readonly failedAt: number;
  readonly acceptedAt: number;
};
export type FailedEvent = { readonly seq: number; readonly id: string; readonly type: string };

/** The rows of everything, of an application or of an endpoint. */
export type FailureScope =
  | { readonly of: "all" }
  | { readonly of: "app" | "endpoint"; readonly seq: number };

/** Both ends are exclusive. */
export type FailureRange = { readonly low: FailurePlace; readonly high: FailurePlace };

const INDEXES = {
  all: { index: "delivery_failedAt", condition: "" },
  app: { index: "delivery_failedApp", condition: "AND failed_app = ?6" },
  endpoint: { index: "delivery_failedOf", condition: "AND endpoint_seq = ?6" },
} as const;

/** Up to `count` rows of the range, from its low end or from its high end. */
export function* readFailed(
  s: Reads,
  scope: FailureScope,
  p: FailureRange & { readonly upwards: boolean; readonly count: number },
): Steps<readonly FailedRow[]> {
  const { index, condition } = INDEXES[scope.of];
  const order = toOrder(p.upwards);
  return yield* s.all<FailedRow>(
    `SELECT seq, event_seq, endpoint_seq, part, attempts, reason, finished_at AS failed_at,
       accepted_at
     FROM delivery ${s.sql.indexedBy(index)}
     WHERE state = 2 ${condition}
       AND (finished_at, seq) > (?1, ?2) AND (finished_at, seq) < (?3, ?4)
     ORDER BY finished_at ${order}, seq ${order} LIMIT ?5`,
    [
      p.low.at,
      p.low.seq,
      p.high.at,
      p.high.seq,
      p.count,
      ...(scope.of === "all" ? [] : [scope.seq]),
    ],
  );
}

/** Facts about rows that were read, for the rest of the call. */
export type FailedFacts = {
  readonly attempts: Map<number, LastAttemptRow>;
  readonly events: Map<number, FailedEvent>;
};

export function newFacts(): FailedFacts {
  return { attempts: new Map(), events: new Map() };
}

/** The rows that pass the filter and whose events are not hidden. Their events are then in `facts`. */
export function* selectWanted(
  s: Reads,
  rows: readonly FailedRow[],
  filter: FailureFilter,
  facts: FailedFacts,
): Steps<readonly FailedRow[]> {
  const { eventTypes } = filter;
  const judged = yield* judgeFailures(s, rows, filter, facts);
  yield* addEvents(s, judged, facts);
  return judged.filter(({ eventSeq }) => {
    const event = facts.events.get(eventSeq);
    return event !== undefined && (eventTypes === undefined || eventTypes.includes(event.type));
  });
}

/** The rows that have one of the reasons and one of the status classes. */
export function* judgeFailures(
  s: Reads,
  rows: readonly FailedRow[],
  { reasons, statusCodeClasses }: Pick<FailureFilter, "reasons" | "statusCodeClasses">,
  facts: FailedFacts,
): Steps<readonly FailedRow[]> {
  const asksAttempt =
    statusCodeClasses !== undefined || (reasons !== undefined && needsLastAttempt(reasons));
  if (asksAttempt) yield* addLastAttempts(s, rows, facts);
  return rows.filter(({ seq, reason }) => {
    const last = facts.attempts.get(seq) ?? null;
    if (reasons !== undefined && !failedFor(reasons, toFailureEnd(reason), last)) return false;
    if (statusCodeClasses === undefined) return true;
    return last !== null && statusCodeClasses.includes(toClass(last.statusCode));
  });
}

export function* addLastAttempts(
  s: Reads,
  rows: readonly FailedRow[],
  { attempts }: FailedFacts,
): Steps<void> {
  const tried = rows.filter((row) => row.attempts > 0 && !attempts.has(row.seq));
  for (const last of yield* lastAttempts(s, tried)) attempts.set(last.deliverySeq, last);
}

function* addEvents(s: Reads, rows: readonly FailedRow[], { events }: FailedFacts): Steps<void> {
  const seqs = new Set(rows.map(({ eventSeq }) => eventSeq));
  const unknown = [...seqs].filter((seq) => !events.has(seq));
  if (unknown.length === 0) return;
  const found = yield* s.all<FailedEvent>(
    `SELECT seq, id, type FROM event WHERE ${s.sql.oneOf("seq", "?1", "bigint")} AND accepted_at >= ?2`,
    [unknown, s.horizon()],
  );
  for (const event of found) events.set(event.seq, event);
}

function toClass(statusCode: number): number {
  return Math.floor(statusCode / 100) * 100;
}
