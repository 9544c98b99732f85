/** The marks of events that are known by their numbers. */
import { loadMarks, type MarkableEvent, type Marks } from "../history/marks.ts";
import { TRAIT_COLUMNS } from "../history/event-filter.ts";
import type { HistorySession } from "../history/session.ts";
import type { Steps } from "../session.ts";
import type { AppRow } from "../tenancy/app-row.ts";

export type Marking = {
  readonly app: AppRow;
  /** Chooses one endpoint. */
  readonly endpointSeq: number | null;
  readonly now: number;
  readonly isFilter?: boolean;
};

export function* loadEventMarks(
  s: HistorySession,
  eventSeqs: readonly number[],
  marking: Marking,
): Steps<Marks> {
  yield* s.beginLookups();
  const events =
    eventSeqs.length === 0
      ? []
      : yield* s.all<MarkableEvent>(
          `SELECT seq, ${TRAIT_COLUMNS}, accepted_at, matching, participants,
             payload IS NULL AS is_blank
           FROM ${s.sql.among("event", "seq", "?1", "true")}`,
          [eventSeqs],
        );
  return yield* loadMarks(s, { ...marking, events });
}
