/** Places in the order of failures: an instant and, among equal ones, the number of the delivery. */
import { readFailureCursor } from "../../core/delivery/failure-cursor.ts";
import type { Session, Steps } from "../session.ts";

export type FailurePlace = { readonly at: number; readonly seq: number };

/** Every number of a delivery is between them. */
export const BEFORE_ALL = -1;
export const AFTER_ALL = Number.MAX_SAFE_INTEGER;

/**
 * The place that a cursor names, also when its delivery was sent again meanwhile. For a delivery that is deleted,
 * the place is the near edge of its instant, so that no other one is left out.
 */
export function* findPlace(s: Session, cursor: string, upwards: boolean): Steps<FailurePlace> {
  const named = readFailureCursor(cursor);
  const at = named.failedAt;
  if (named.eventId === null) return { at, seq: upwards ? AFTER_ALL : BEFORE_ALL };
  const near = { at, seq: upwards ? BEFORE_ALL : AFTER_ALL };
  const event = yield* s.one<{ seq: number }>("SELECT seq FROM event WHERE id = ?1", [
    named.eventId,
  ]);
  if (event === null) return near;
  const row = yield* s.one<{ seq: number }>(
    `SELECT seq FROM delivery WHERE event_seq = ?1 AND part = ?2 AND seq >= ?3
       AND endpoint_seq = (SELECT seq FROM endpoint WHERE id = ?4)`,
    [event.seq, named.part, s.leastDelivery(event.seq), named.endpointId],
  );
  return row === null ? near : { at, seq: row.seq };
}
