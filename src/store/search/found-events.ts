/** A page of the events that a search finds, with their payloads, and with their marks on request. */
import { findPlace } from "../history/events.ts";
import { loadEvents, visible } from "../history/event-rows.ts";
import type { Marks } from "../history/marks.ts";
import type { HistorySession } from "../history/session.ts";
import type { FoundEvents, HistoryStore } from "../interface/history.ts";
import { pageOfScan } from "../paging.ts";
import type { Steps } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { loadEventMarks } from "./event-marks.ts";
import { findAskedEndpoint, searchEvents } from "./search-events.ts";

const NO_MARKS: Marks = { byEvent: new Map(), endpoints: [], hasMoreEndpoints: false };

export function* listFoundEvents(
  s: HistorySession,
  p: Parameters<HistoryStore["searchEvents"]>[0],
): Steps<FoundEvents | null> {
  const app = yield* findApp(s, p.appRef);
  if (app === null) return null;
  yield* s.beginLookups();
  const { search, now, window } = p;
  const { after } = window;
  const scanned = yield* searchEvents(s, {
    app,
    now,
    filter: visible(s, p.filter),
    search,
    window,
    cursor: after === null ? null : yield* findPlace(s, after),
  });
  const events = yield* loadEvents(
    s,
    scanned.rows.map(({ seq }) => seq),
  );
  const shown = scanned.rows.slice(0, events.length).map(({ seq }) => seq);
  const endpointSeq = yield* findAskedEndpoint(s, app, search.endpointRef);
  const marked = p.withMarks
    ? yield* loadEventMarks(s, shown, { app, now, endpointSeq })
    : NO_MARKS;
  const items = events.map((event, i) => ({
    ...event,
    marks: marked.byEvent.get(shown[i] as number) ?? [],
  }));
  const searchedTo = scanned.stoppedAt?.acceptedAt ?? null;
  return {
    ...pageOfScan(window, scanned, items, ({ id }) => id),
    endpoints: marked.endpoints,
    hasMoreEndpoints: marked.hasMoreEndpoints,
    searchedTo,
  };
}
