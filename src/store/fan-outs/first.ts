import type { Session, Steps } from "../session.ts";

/** Place in the feed of the application's first event that is not fanned out; null without one. */
export function* firstFanOut(s: Session, appSeq: number): Steps<number | null> {
  const row = yield* s.one<{ place: number | null }>(
    "SELECT min(place) AS place FROM fan_out WHERE app_seq = ?1",
    [appSeq],
  );
  return row?.place ?? null;
}
