/** The attempts of a few events, each as a mark of its delivery. */
import { LIMITS } from "../../core/limits.ts";
import type { AttemptMark } from "../interface/texts.ts";
import { isTrue, type Steps } from "../session.ts";
import type { HistorySession } from "./session.ts";

type AttemptRow = {
  readonly seq: number;
  readonly id: string;
  readonly deliverySeq: number;
  readonly at: number;
  readonly durationMs: number;
  readonly statusCode: number;
  readonly reason: string | null;
  readonly succeeded: boolean | number;
  readonly manual: boolean | number;
};

const { value: MOST_ATTEMPTS } = LIMITS.attemptsOfText;

/** The marks of a delivery are in the order of its attempts. */
export function* readAttempts(
  s: HistorySession,
  eventSeqs: readonly number[],
): Steps<{
  readonly byDelivery: ReadonlyMap<number, readonly AttemptMark[]>;
  readonly hasMore: boolean;
}> {
  const rows = yield* s.all<AttemptRow>(
    `SELECT seq, id, delivery_seq, at, duration_ms, status_code, reason, succeeded, manual FROM attempt
     WHERE ${s.sql.oneOf("event_seq", "?1", "bigint")} AND seq >= ?2 LIMIT ${MOST_ATTEMPTS + 1}`,
    [eventSeqs, s.leastDelivery(Math.min(...eventSeqs))],
  );
  const shown = rows.slice(0, MOST_ATTEMPTS).toSorted((one, other) => one.seq - other.seq);
  const byDelivery = new Map<number, AttemptMark[]>();
  for (const row of shown) {
    const marks = byDelivery.get(row.deliverySeq);
    if (marks === undefined) byDelivery.set(row.deliverySeq, [toMark(row)]);
    else marks.push(toMark(row));
  }
  return { byDelivery, hasMore: rows.length > MOST_ATTEMPTS };
}

function toMark(row: AttemptRow): AttemptMark {
  return {
    id: row.id,
    at: row.at,
    statusCode: row.statusCode,
    reason: row.reason,
    succeeded: isTrue(row.succeeded),
    trigger: isTrue(row.manual) ? "manual" : "scheduled",
    durationMs: row.durationMs,
  };
}
