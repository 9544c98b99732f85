/**
 * Texts, newest first: the events that made one, walked like other events. A filter reads no row twice, and a
 * page that ends early says how far it searched.
 */
import { toMark } from "../../core/verdict.ts";
import { findEndpoint } from "../endpoints/rows.ts";
import type { Text, TextFilter, TextPage, TextStore } from "../interface/texts.ts";
import { pageOfScan } from "../paging.ts";
import type { Steps } from "../session.ts";
import { type AppRow, findApp } from "../tenancy/app-row.ts";
import { isWithin } from "./event-filter.ts";
import { loadEvents, visible } from "./event-rows.ts";
import { findPosition } from "./events.ts";
import { loadMarks, type Marks } from "./marks.ts";
import { scan } from "./scan.ts";
import type { HistorySession } from "./session.ts";
import {
  isWanted,
  LARGEST_CHUNK,
  loadTexts,
  readTextEvents,
  type TextEventRow,
  withWords,
} from "./text-rows.ts";

type Params = Parameters<TextStore["list"]>[0];
type Marking = { readonly app: AppRow; readonly endpointSeq: number | null; readonly now: number };

const NOTHING: TextPage = {
  items: [],
  done: true,
  endpoints: [],
  hasMoreEndpoints: false,
  searchedTo: null,
};

export function* listTexts(s: HistorySession, p: Params): Steps<TextPage | null> {
  const app = yield* findApp(s, p.appRef);
  if (app === null) return null;
  const { endpointRef } = p.filter;
  const endpoint = endpointRef === undefined ? null : yield* findEndpoint(s, app.seq, endpointRef);
  if (endpointRef !== undefined && endpoint === null) return NOTHING;
  const filter = visible(s, p.filter);
  const marking = { app, endpointSeq: endpoint?.seq ?? null, now: p.now };
  const texts = new Map<number, Text>();
  const scanned = yield* scan<TextEventRow>(
    s,
    {
      window: p.window,
      range: yield* s.placesOfTime("event", filter),
      cursor: p.window.after === null ? null : yield* findPosition(s, p.window.after),
      largestChunk: LARGEST_CHUNK,
      *read(range, upwards, count) {
        const chunk = { appSeq: app.seq, ...range, upwards, count };
        const rows = yield* readTextEvents(s, chunk);
        yield* addWanted(s, texts, rows, { filter, marking });
        return rows;
      },
      keep: ({ seq }) => texts.has(seq),
    },
    ({ place }) => place,
  );
  const events = yield* loadEvents(
    s,
    scanned.rows.map(({ seq }) => seq),
  );
  const rows = scanned.rows.slice(0, events.length);
  const marks = yield* loadMarks(s, { ...marking, events: rows });
  const items = rows.map(({ seq }, i) => ({
    ...withWords(texts.get(seq) as Text, events[i]?.payloadText ?? null),
    marks: marks.byEvent.get(seq) ?? [],
  }));
  return {
    ...pageOfScan(p.window, scanned, items, (row) => ("eventId" in row ? row.id : "")),
    endpoints: marks.endpoints,
    hasMoreEndpoints: marks.hasMoreEndpoints,
    searchedTo: scanned.stoppedAt?.acceptedAt ?? null,
  };
}

function* addWanted(
  s: HistorySession,
  texts: Map<number, Text>,
  rows: readonly TextEventRow[],
  p: { readonly filter: TextFilter; readonly marking: Marking },
): Steps<void> {
  const { filter, marking } = p;
  const inTime = rows.filter(({ acceptedAt }) => isWithin(acceptedAt, filter));
  const found = yield* loadTexts(s, inTime);
  const wanted = inTime.filter(({ seq }) => {
    const text = found.get(seq);
    return text !== undefined && isWanted(text, filter);
  });
  const marks =
    filter.marks === undefined || wanted.length === 0
      ? null
      : yield* loadMarks(s, { ...marking, events: wanted });
  for (const { seq } of wanted) {
    if (marks !== null && !hasMark(marks, seq, filter)) continue;
    texts.set(seq, found.get(seq) as Text);
  }
}

function hasMark(marks: Marks, eventSeq: number, filter: TextFilter): boolean {
  const ofEvent = marks.byEvent.get(eventSeq) ?? [];
  return ofEvent.some(({ verdict }) => filter.marks?.includes(toMark(verdict)));
}
