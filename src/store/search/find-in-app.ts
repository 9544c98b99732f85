/** A search in one application: everything that the text may be, one search of an index each, or a bounded walk. */
import { isSnowflake } from "../../core/ids/snowflake.ts";
import { isUserId } from "../../core/messages/address.ts";
import { parseSearch, type SearchQuery } from "../../core/search/search-query.ts";
import { findEndpoint } from "../endpoints/rows.ts";
import { findEventSeq, visible } from "../history/event-rows.ts";
import { findPlace } from "../history/events.ts";
import type { HistorySession } from "../history/session.ts";
import type { Hit, Hits, SearchStore } from "../interface/search.ts";
import type { PageRequest } from "../page.ts";
import type { Steps } from "../session.ts";
import { type AppRow, findApp } from "../tenancy/app-row.ts";
import type { EventName } from "./event-names.ts";
import { type FoundEvent, type SearchEnd, toEventHit, toHits } from "./hits.ts";
import { searchEvents } from "./search-events.ts";
import { findNamed } from "./find-named.ts";

/** A text has several events, and the first twenty texts are shown. */
const EVENTS_OF_NAME = 60;
const CONTACTS_READ = 10_000;
const ENDPOINTS_READ = 1_000;
const SHOWN = 20;
const BUDGET_MS = 200;

type Found = { readonly hits: readonly Hit[]; readonly stoppedAt: SearchEnd };
type Search = {
  readonly app: AppRow;
  readonly query: SearchQuery;
  /** The event behind which the search goes on; null at its beginning. */
  readonly cursor: { readonly seq: number; readonly place: number } | null;
};

export function* searchInApp(
  s: HistorySession,
  p: Parameters<SearchStore["inApp"]>[0],
): Steps<Hits | null> {
  const app = yield* findApp(s, p.appRef);
  if (app === null) return null;
  const after = p.after ?? null;
  const cursor = after === null ? null : yield* findPlace(s, after);
  const search = { app, query: parseSearch(p.query, p.isMasked), cursor };
  const { words } = search.query;
  if (words !== null) {
    const { hits, stoppedAt } = yield* findWords(s, search, words);
    return toHits(hits, stoppedAt);
  }
  // Each step searches an index, so one plan for all values is enough.
  yield* s.beginLookups();
  if (cursor !== null) {
    const { hits, stoppedAt } = yield* findByNames(s, search);
    return toHits(hits, stoppedAt);
  }
  const [direct, named, hosts] = yield* s.together<Found>([
    findDirect(s, search),
    findByNames(s, search),
    findHosts(s, search),
  ]);
  const parts = [direct, named, hosts].filter((part) => part !== undefined);
  return toHits(
    parts.flatMap(({ hits }) => hits),
    named?.stoppedAt ?? null,
  );
}

function* findWords(s: HistorySession, { app, cursor }: Search, contains: string): Steps<Found> {
  const scanned = yield* searchEvents(s, {
    app,
    // Words ask for no deliveries, whose states depend on the time.
    now: 0,
    filter: visible(s, {}),
    search: { contains },
    window: newest(SHOWN),
    cursor,
  });
  const hits = yield* toEventHits(
    s,
    app,
    scanned.rows.map(({ seq }) => seq),
  );
  return { hits, stoppedAt: scanned.stoppedAt };
}

/** The things whose row the text names. */
function* findDirect(s: HistorySession, search: Search): Steps<Found> {
  const hits = yield* s.together<readonly Hit[]>([
    findEndpointHit(s, search),
    findEventHit(s, search),
    findBySnowflake(s, search),
    findContacts(s, search),
  ]);
  return { hits: hits.flat(), stoppedAt: null };
}

function* findEndpointHit(s: HistorySession, { app, query }: Search): Steps<readonly Hit[]> {
  const row = yield* findEndpoint(s, app.seq, query.text);
  if (row === null) return [];
  return [
    { kind: "endpoint", id: row.id, appId: app.id, label: row.url, text: null, at: row.createdAt },
  ];
}

/** The id of an event finds the event itself, which the text of an event about a text does not show. */
function* findEventHit(s: HistorySession, { app, query }: Search): Steps<readonly Hit[]> {
  const seq = yield* findEventSeq(s, app.seq, query.text);
  if (seq === null) return [];
  const row = yield* s.one<FoundEvent>("SELECT id, type, accepted_at FROM event WHERE seq = ?1", [
    seq,
  ]);
  return row === null ? [] : [toEventHit(app.id, { ...row, participants: null })];
}

function* findBySnowflake(s: HistorySession, { app, query }: Search): Steps<readonly Hit[]> {
  const { snowflake } = query;
  if (snowflake === null || !isSnowflake(snowflake)) return [];
  const row = yield* s.one<{ eventSeq: number }>(
    "SELECT event_seq FROM message WHERE snowflake = ?1 AND app_seq = ?2",
    [snowflake, app.seq],
  );
  return row === null ? [] : yield* toEventHits(s, app, [row.eventSeq]);
}

function* findContacts(
  s: HistorySession,
  { app, query: { number, lastDigits, text } }: Search,
): Steps<readonly Hit[]> {
  const rows = yield* s.all<{ number: string }>(
    `SELECT number FROM contact WHERE app_seq = ?1 AND ${s.sql.oneOf("number", "?2", "text")}`,
    [app.seq, [text, ...(number === null ? [] : [number])]],
  );
  const ending =
    lastDigits === null
      ? []
      : yield* s.all<{ number: string }>(
          `SELECT number FROM
             (SELECT number FROM contact WHERE app_seq = ?1 LIMIT ${CONTACTS_READ}) AS chunk
           WHERE number LIKE ?2 LIMIT ${SHOWN}`,
          [app.seq, `%${lastDigits}`],
        );
  return [...rows, ...ending].map(({ number: address }) => ({
    kind: "contact",
    id: address,
    appId: app.id,
    label: address,
    text: null,
    at: null,
  }));
}

/** The events that have the text as one of their names. */
function* findByNames(s: HistorySession, { app, query, cursor }: Search): Steps<Found> {
  const { text, number, handle, ksuid } = query;
  const address = number ?? (isUserId(text) ? text : null);
  const names: EventName[] = [
    ...(address === null ? [] : [{ kind: "address", value: address } as const]),
    { kind: "messageId", value: text },
    { kind: "eventId", value: text },
    ...(handle === null ? [] : [{ kind: "handle", value: handle } as const]),
    ...(ksuid === null ? [] : [{ kind: "ksuid", value: ksuid } as const]),
  ];
  const { events, stoppedAt } = yield* findNamed(s, {
    appSeq: app.seq,
    names,
    cursor,
    limit: EVENTS_OF_NAME,
    endsAt: performance.now() + BUDGET_MS,
  });
  return { hits: events.map((event) => toEventHit(app.id, event)), stoppedAt };
}

function* findHosts(s: HistorySession, { app, query: { part } }: Search): Steps<Found> {
  if (part === null) return { hits: [], stoppedAt: null };
  const rows = yield* s.all<{ id: string; url: string; createdAt: number }>(
    `SELECT id, url, created_at FROM
       (SELECT id, url, created_at FROM endpoint
        WHERE app_seq = ?1 AND status <> 'deleted' ORDER BY seq LIMIT ${ENDPOINTS_READ}) AS chunk
     WHERE ${s.sql.includes("lower(url)", "lower(?2)")} LIMIT ${SHOWN}`,
    [app.seq, part],
  );
  const hits = rows.map(({ id, url, createdAt }): Hit => {
    return { kind: "endpoint", id, appId: app.id, label: url, text: null, at: createdAt };
  });
  return { hits, stoppedAt: null };
}

/** In the given order. Payloads have the words of texts, and one of them may be large. */
function* toEventHits(
  s: HistorySession,
  app: AppRow,
  eventSeqs: readonly number[],
): Steps<readonly Hit[]> {
  if (eventSeqs.length === 0) return [];
  const rows = yield* s.all<FoundEvent & { readonly seq: number }>(
    `SELECT seq, id, type, accepted_at, participants,
       CASE WHEN octet_length(payload) <= ${SMALL_BYTES} THEN payload END AS payload
     FROM event WHERE ${s.sql.oneOf("seq", "?1", "bigint")}`,
    [eventSeqs],
  );
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  return eventSeqs.flatMap((seq) => {
    const row = bySeq.get(seq);
    return row === undefined ? [] : [toEventHit(app.id, row)];
  });
}

const SMALL_BYTES = 16_384;

function newest(limit: number): PageRequest {
  return { after: null, limit, backward: false, ascending: false };
}
