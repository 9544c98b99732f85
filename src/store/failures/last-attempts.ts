/** The last attempt of each of these deliveries. Attempts are found by their events. */
import type { Session, Steps } from "../session.ts";

export type LastAttemptRow = {
  readonly seq: number;
  readonly deliverySeq: number;
  readonly statusCode: number;
  readonly reason: string | null;
};

export function* lastAttempts(
  s: Session,
  rows: readonly { readonly seq: number; readonly eventSeq: number }[],
): Steps<readonly LastAttemptRow[]> {
  if (rows.length === 0) return [];
  const eventSeqs = [...new Set(rows.map(({ eventSeq }) => eventSeq))];
  const attempts = yield* s.all<LastAttemptRow>(
    `SELECT seq, delivery_seq, status_code, reason FROM attempt ${s.sql.indexedBy("attempt_event")}
     WHERE ${s.sql.oneOf("event_seq", "?1", "bigint")}
       AND ${s.sql.oneOf("delivery_seq", "?2", "bigint")} AND seq >= ?3`,
    [eventSeqs, rows.map(({ seq }) => seq), s.leastDelivery(Math.min(...eventSeqs))],
  );
  const last = new Map<number, LastAttemptRow>();
  for (const row of attempts) {
    if ((last.get(row.deliverySeq)?.seq ?? -1) < row.seq) last.set(row.deliverySeq, row);
  }
  return [...last.values()];
}
