/**
 * A page of the events that a search finds, newest first. A name is found by the index; everything else is a walk
 * over the events of the application, with a budget of rows and of time.
 */
import { AppError } from "../../core/error.ts";
import { findEndpoint } from "../endpoints/rows.ts";
import { isWithin, passesFilter } from "../history/event-filter.ts";
import { scan, SCAN_BUDGET_MS } from "../history/scan.ts";
import type { HistorySession, ListedEvent } from "../history/session.ts";
import type { EventFilter, EventSearch } from "../interface/history.ts";
import type { PageRequest } from "../page.ts";
import type { Scanned } from "../paging.ts";
import type { Steps } from "../session.ts";
import type { AppRow } from "../tenancy/app-row.ts";
import type { EventName } from "./event-names.ts";
import { type Asked, asksMore, examine } from "./examine.ts";
import { type Examine, walkNamed } from "./named-walk.ts";

/** Payloads may be large, so fewer rows are examined at once. */
const ROWS_AT_ONCE = 250;

export type SearchedPage = {
  readonly app: AppRow;
  readonly now: number;
  readonly filter: EventFilter;
  readonly search: EventSearch;
  readonly window: PageRequest;
  /** The event behind which the page begins; of a deleted one, its former place. */
  readonly cursor: { readonly seq: number; readonly place: number } | null;
};

export function* searchEvents(s: HistorySession, p: SearchedPage): Steps<Scanned<ListedEvent>> {
  const { filter, search, window, cursor } = p;
  const { seq: appSeq } = p.app;
  const asked = yield* toAsked(s, p);
  const endsAt = performance.now() + SCAN_BUDGET_MS;
  const passing: Examine = function* (rows) {
    const seqs = rows
      .filter((row) => isWithin(row.acceptedAt, filter) && passesFilter(filter, row))
      .map(({ seq }) => seq);
    return asksMore(asked) ? yield* examine(s, seqs, asked) : new Set(seqs);
  };
  const names = toNames(search);
  if (names.length > 0) {
    const walk = { appSeq, names, time: filter, window, examine: passing, endsAt };
    return yield* walkNamed(s, { ...walk, cursor });
  }
  const scanned = yield* scan<ListedEvent & { readonly isKept: boolean }>(
    s,
    {
      window,
      range: yield* s.placesOfTime("event", filter),
      cursor: cursor?.place ?? null,
      *read(range, upwards, count) {
        const rows = yield* s.readListedEvents({ appSeq, filter, ...range, upwards, count });
        const kept = yield* passing(rows);
        return rows.map((row) => ({ ...row, isKept: kept.has(row.seq) }));
      },
      keep: ({ isKept }) => isKept,
      largestChunk: ROWS_AT_ONCE,
      isPlannedOnce: true,
      endsAt,
    },
    ({ place }) => place,
  );
  return scanned;
}

function toNames({ number, messageId }: EventSearch): readonly EventName[] {
  const names: EventName[] = [];
  if (messageId !== undefined) names.push({ kind: "messageId", value: messageId });
  if (number !== undefined) names.push({ kind: "address", value: number });
  return names;
}

function* toAsked(s: HistorySession, { app, now, search }: SearchedPage): Steps<Asked> {
  const { endpointRef, contains, field, marks } = search;
  return {
    ...(contains === undefined ? undefined : { contains }),
    ...(field === undefined ? undefined : { field }),
    ...(marks === undefined ? undefined : { marks }),
    marking: { app, now, endpointSeq: yield* findAskedEndpoint(s, app, endpointRef) },
  };
}

/** Refuses with `not_found` an unknown endpoint. */
export function* findAskedEndpoint(
  s: HistorySession,
  app: AppRow,
  ref: string | undefined,
): Steps<number | null> {
  if (ref === undefined) return null;
  const endpoint = yield* findEndpoint(s, app.seq, ref);
  if (endpoint !== null) return endpoint.seq;
  throw new AppError("not_found", "The application has no endpoint with the given endpoint_id.");
}
