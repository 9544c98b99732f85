/** Attempts as history: of an event, of an endpoint, or one. */
import { findEndpoint } from "../endpoints/rows.ts";
import type { AttemptView, HistoryStore } from "../interface/history.ts";
import type { Page, PageRequest } from "../page.ts";
import { pageOfScan, type PlaceRange, type Scanned } from "../paging.ts";
import type { Steps } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { type AttemptRow, COLUMNS, isAskedFor, toAttempt, WITH_ENDPOINT } from "./attempt-rows.ts";
import { findEventSeq, findNamedEvent, loadEvent, loadEvents } from "./event-rows.ts";
import { scan } from "./scan.ts";
import type { HistorySession, HistoryWriteSession, OwnedRows } from "./session.ts";

type Params<M extends keyof HistoryStore> = Parameters<HistoryStore[M]>[0];

export function* attemptsOfEvent(
  s: HistorySession,
  p: Params<"attemptsOfEvent">,
): Steps<Page<AttemptView> | null> {
  const app = yield* findApp(s, p.appRef);
  const eventSeq = app === null ? null : yield* findEventSeq(s, app.seq, p.eventId);
  if (app === null || eventSeq === null) return null;
  const endpoint = p.endpointRef === null ? null : yield* findEndpoint(s, app.seq, p.endpointRef);
  if (p.endpointRef !== null && endpoint === null) return null;
  const scanned = yield* scanAttempts(s, {
    of: "event_seq",
    seq: eventSeq,
    window: p.window,
    range: { low: s.leastDelivery(eventSeq), high: Number.MAX_SAFE_INTEGER },
    keep: (row) =>
      (endpoint === null || row.endpointSeq === endpoint.seq) && isAskedFor(row, p.filter),
  });
  const items = scanned.rows.map((row) => toAttempt(row, row.endpointId as string));
  return pageOfScan(p.window, scanned, items, ({ id }) => id);
}

export function* attemptsOfEndpoint(
  s: HistorySession,
  p: Params<"attemptsOfEndpoint">,
): Steps<Page<AttemptView> | null> {
  const app = yield* findApp(s, p.appRef);
  const endpoint = app === null ? null : yield* findEndpoint(s, app.seq, p.endpointRef);
  if (endpoint === null) return null;
  const scanned = yield* scanAttempts(s, {
    of: "endpoint_seq",
    seq: endpoint.seq,
    window: p.window,
    range: yield* s.placesOfTime("attempt", p.filter),
    keep: (row) => isAskedFor(row, p.filter),
  });
  const attempts = scanned.rows.map((row) => toAttempt(row, endpoint.id));
  const items = p.withEvent ? yield* withEvents(s, scanned.rows, attempts) : attempts;
  return pageOfScan(p.window, scanned, items, ({ id }) => id);
}

function* withEvents(
  s: HistorySession,
  rows: readonly AttemptRow[],
  attempts: readonly AttemptView[],
): Steps<readonly AttemptView[]> {
  const events = yield* loadEvents(
    s,
    rows.map(({ eventSeq }) => eventSeq),
  );
  return events.map((event, i) => ({ ...(attempts[i] as AttemptView), event }));
}

export function* getAttempt(s: HistorySession, p: Params<"getAttempt">): Steps<AttemptView | null> {
  const eventSeq = yield* findNamedEvent(s, p);
  if (eventSeq === null) return null;
  const [row] = yield* s.readWithEvents<AttemptRow>({
    table: "attempt",
    columns: WITH_ENDPOINT,
    of: "event_seq",
    seq: eventSeq,
    low: s.leastDelivery(eventSeq),
    high: Number.MAX_SAFE_INTEGER,
    upwards: true,
    count: 1,
    where: "listed.id = ?6",
    values: [p.attemptId],
  });
  if (row === undefined) return null;
  return { ...toAttempt(row, row.endpointId as string), event: yield* loadEvent(s, eventSeq) };
}

export function* expungeAttempt(
  s: HistoryWriteSession,
  p: Params<"expungeAttempt">,
): Steps<boolean> {
  const eventSeq = yield* findNamedEvent(s, p);
  if (eventSeq === null) return false;
  const changed = yield* s.run(
    `UPDATE attempt SET response = NULL, detail = NULL
     WHERE event_seq = ?1 AND seq >= ?2 AND id = ?3`,
    [eventSeq, s.leastDelivery(eventSeq), p.attemptId],
  );
  return changed > 0;
}

type AttemptScan = Omit<OwnedRows, "table"> & {
  readonly window: PageRequest;
  readonly range: PlaceRange;
  readonly keep: (row: AttemptRow) => boolean;
};

function* scanAttempts(
  s: HistorySession,
  { of, seq, window, range, keep }: AttemptScan,
): Steps<Scanned<AttemptRow>> {
  const owned = { table: "attempt", of, seq } as const;
  const columns = of === "endpoint_seq" ? COLUMNS : WITH_ENDPOINT;
  return yield* scan<AttemptRow>(
    s,
    {
      window,
      range,
      cursor: window.after === null ? null : yield* s.findAttemptPlace(window.after, owned),
      read: (places, upwards, count) =>
        s.readWithEvents<AttemptRow>({ ...owned, ...places, upwards, count, columns }),
      keep,
    },
    ({ place }) => place,
  );
}
