/**
 * Texts, newest first: the events that made one, walked like other events. A filter reads no row twice, and a
 * page that ends early says how far it searched.
 */
import { isCreating } from "../../core/messages/complete-message.ts";
import { toMark } from "../../core/verdict.ts";
import { findEndpoint } from "../endpoints/rows.ts";
import type { Text, TextFilter, TextPage, TextStore } from "../interface/texts.ts";
import type { PageRequest } from "../page.ts";
import { pageOfScan, type Scanned } from "../paging.ts";
import { walkNamed } from "../search/named-walk.ts";
import type { Steps } from "../session.ts";
import { type AppRow, findApp } from "../tenancy/app-row.ts";
import { isWithin } from "./event-filter.ts";
import { loadEvents, visible } from "./event-rows.ts";
import { findPlace, findPosition } from "./events.ts";
import { loadMarks, type Marks } from "./marks.ts";
import { scan, SCAN_BUDGET_MS } from "./scan.ts";
import type { HistorySession } from "./session.ts";
import {
  isWanted,
  LARGEST_CHUNK,
  loadTexts,
  readTextEvents,
  readTextEventsOf,
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
  yield* s.beginLookups();
  const { endpointRef } = p.filter;
  const endpoint = endpointRef === undefined ? null : yield* findEndpoint(s, app.seq, endpointRef);
  if (endpointRef !== undefined && endpoint === null) return NOTHING;
  const filter = visible(s, p.filter);
  const marking = { app, endpointSeq: endpoint?.seq ?? null, now: p.now };
  const texts = new Map<number, Found>();
  const walk = { app, filter, marking, texts, window: p.window };
  const scanned =
    filter.number === undefined
      ? yield* walkAll(s, walk)
      : yield* walkNumber(s, { ...walk, number: filter.number });
  const events = yield* loadEvents(
    s,
    scanned.rows.map(({ seq }) => seq),
  );
  const shown = scanned.rows.slice(0, events.length).map(({ seq }) => texts.get(seq) as Found);
  const marks = yield* loadMarks(s, { ...marking, events: shown.map(({ row }) => row) });
  const items = shown.map(({ text, row: { seq } }, i) => ({
    ...withWords(text, events[i]?.payloadText ?? null),
    marks: marks.byEvent.get(seq) ?? [],
  }));
  return {
    ...pageOfScan(p.window, scanned, items, ({ id }) => id),
    endpoints: marks.endpoints,
    hasMoreEndpoints: marks.hasMoreEndpoints,
    searchedTo: scanned.stoppedAt?.acceptedAt ?? null,
  };
}

type Found = { readonly text: Text; readonly row: TextEventRow };
/** A row of a walk. */
type Walked = Pick<TextEventRow, "seq" | "id" | "acceptedAt">;

type Walk = {
  readonly app: AppRow;
  readonly filter: TextFilter;
  readonly marking: Marking;
  /** Gets the texts to show, by the numbers of their events. */
  readonly texts: Map<number, Found>;
  readonly window: PageRequest;
};

function* walkAll(s: HistorySession, { app, texts, window, ...p }: Walk): Steps<Scanned<Walked>> {
  return yield* scan<TextEventRow>(
    s,
    {
      window,
      range: yield* s.placesOfTime("event", p.filter),
      cursor: window.after === null ? null : yield* findPosition(s, window.after),
      largestChunk: LARGEST_CHUNK,
      isPlannedOnce: true,
      *read(range, upwards, count) {
        const rows = yield* readTextEvents(s, { appSeq: app.seq, ...range, upwards, count });
        yield* addWanted(s, texts, rows, p);
        return rows;
      },
      keep: ({ seq }) => texts.has(seq),
    },
    ({ place }) => place,
  );
}

/** The search index names the events with the number, which are few among all. */
function* walkNumber(
  s: HistorySession,
  { app, number, texts, window, ...p }: Walk & { readonly number: string },
): Steps<Scanned<Walked>> {
  return yield* walkNamed(s, {
    appSeq: app.seq,
    names: [{ kind: "address", value: number }],
    time: p.filter,
    window,
    *examine(events) {
      const creating = events.filter(({ type }) => isCreating(type));
      const seqs = creating.map(({ seq }) => seq);
      const rows = yield* readTextEventsOf(s, { appSeq: app.seq, seqs });
      yield* addWanted(s, texts, rows, p);
      return new Set(seqs.filter((seq) => texts.has(seq)));
    },
    endsAt: performance.now() + SCAN_BUDGET_MS,
    cursor: window.after === null ? null : yield* findPlace(s, window.after),
  });
}

function* addWanted(
  s: HistorySession,
  texts: Map<number, Found>,
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
      : yield* loadMarks(s, { ...marking, events: wanted, isFilter: true });
  for (const row of wanted) {
    if (marks !== null && !hasMark(marks, row.seq, filter)) continue;
    texts.set(row.seq, { text: found.get(row.seq) as Text, row });
  }
}

function hasMark(marks: Marks, eventSeq: number, filter: TextFilter): boolean {
  const ofEvent = marks.byEvent.get(eventSeq) ?? [];
  return ofEvent.some(({ verdict }) => filter.marks?.includes(toMark(verdict)));
}
