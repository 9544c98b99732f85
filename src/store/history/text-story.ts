/**
 * One text with all events about it, found by the search index. The walk ends at a bound, and the answer says
 * where.
 */
import { isSnowflake, snowflakeTime } from "../../core/ids/snowflake.ts";
import { isKsuid } from "../../core/ids/ksuid.ts";
import { derivedId } from "../../core/ids/ids.ts";
import { DERIVED_TYPES } from "../../core/events/derive.ts";
import { LIMITS } from "../../core/limits.ts";
import { readMatched } from "../accept/event-matching.ts";
import type { EventOfText, Text, TextStore, TextStory } from "../interface/texts.ts";
import type { Steps } from "../session.ts";
import type { EventName } from "../search/event-names.ts";
import { walkNamed } from "../search/named-walk.ts";
import { type AppRow, findApp } from "../tenancy/app-row.ts";
import { readAttempts } from "./attempt-marks.ts";
import { findEventSeq, loadEvent } from "./event-rows.ts";
import { findPlace } from "./events.ts";
import { loadMarks } from "./marks.ts";
import type { HistorySession } from "./session.ts";
import {
  loadTexts,
  readDerivedEvents,
  readNamed,
  readTextEvent,
  readTextEventsOf,
  type TextEventRow,
  withWords,
} from "./text-rows.ts";

type Params = Parameters<TextStore["find"]>[0];
/** The event that made a text, or the end of a search without a result; null when there is none. */
type Found = { readonly eventSeq: number } | { readonly searchedTo: number } | null;

const { value: MOST_EVENTS } = LIMITS.eventsOfText;
const DIGITS = /^\d{1,19}$/;
const HANDLE = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Ids are ahead of the clock by a second at most, and events of one commit have one time. */
const AHEAD_MS = 60_000;
const BUDGET_MS = 500;

export function* findText(
  s: HistorySession,
  p: Params,
): Steps<TextStory | { readonly searchedTo: number } | null> {
  const app = yield* findApp(s, p.appRef);
  const found = app === null ? null : yield* findMaker(s, app, p.ref);
  if (app === null || found === null) return null;
  if ("searchedTo" in found) return found;
  const made = yield* readTextEvent(s, { appSeq: app.seq, seq: found.eventSeq });
  const text = made === null ? undefined : (yield* loadTexts(s, [made])).get(made.seq);
  if (made === null || text === undefined) return null;
  const payload = text.isExpunged ? null : ((yield* loadEvent(s, made.seq))?.payloadText ?? null);
  const walked = yield* walkEvents(s, app, { made, text, after: p.after ?? null });
  const marks = yield* loadMarks(s, { app, events: walked.rows, endpointSeq: null, now: p.now });
  const attempts = yield* readAttempts(
    s,
    walked.rows.map(({ seq }) => seq),
  );
  const ids = new Map(walked.rows.map(({ seq, id }) => [seq, id]));
  const events = walked.rows.map((row): EventOfText => ({
    id: row.id,
    eventId: row.eventId,
    type: row.type,
    acceptedAt: row.acceptedAt,
    status: row.type === "message.progress" ? (readNamed(row.participants)?.status ?? null) : null,
    isSuppressed: readMatched(row).isSuppressed,
    derivedFrom: row.parentSeq === null ? null : (ids.get(row.parentSeq) ?? null),
    cells: (marks.byEvent.get(row.seq) ?? []).map(({ deliverySeq, ...mark }) => ({
      ...mark,
      attempts: deliverySeq === null ? [] : (attempts.byDelivery.get(deliverySeq) ?? []),
    })),
  }));
  return {
    text: withWords(text, payload),
    events,
    endpoints: marks.endpoints,
    hasMoreEndpoints: marks.hasMoreEndpoints,
    searchedTo: walked.last?.acceptedAt ?? null,
    next: walked.last?.id ?? null,
    hasMoreAttempts: attempts.hasMore,
  };
}

/** Each way is a search of an index, but the last: an id that only the content of events has. */
function* findMaker(s: HistorySession, app: AppRow, ref: string): Steps<Found> {
  const bySnowflake = DIGITS.test(ref) ? yield* findBySnowflake(s, app, BigInt(ref)) : null;
  if (bySnowflake !== null) return bySnowflake;
  const inWindow = yield* s.findMessageInWindow(app.seq, ref);
  if (inWindow !== null) return { eventSeq: inWindow };
  const eventSeq = yield* findEventSeq(s, app.seq, ref);
  if (eventSeq !== null) return yield* findNamedBy(s, app, eventSeq);
  return yield* searchFor(s, app, ref);
}

function* findBySnowflake(s: HistorySession, app: AppRow, snowflake: bigint): Steps<Found> {
  if (!isSnowflake(snowflake)) return null;
  return yield* s.one<{ eventSeq: number }>(
    "SELECT event_seq FROM message WHERE snowflake = ?1 AND app_seq = ?2",
    [snowflake, app.seq],
  );
}

/** The text that an event is about. An event without content is about the text that it made. */
function* findNamedBy(s: HistorySession, app: AppRow, eventSeq: number): Steps<Found> {
  const row = yield* readTextEvent(s, { appSeq: app.seq, seq: eventSeq });
  if (row === null) return null;
  const named = readNamed(row.participants);
  if (named !== null) return yield* findBySnowflake(s, app, named.snowflake);
  if (row.parentSeq !== null) return yield* findNamedBy(s, app, row.parentSeq);
  return { eventSeq };
}

/** A walk of the search index. Only the newest events, which it does not have yet, are read one by one. */
function* searchFor(s: HistorySession, app: AppRow, ref: string): Steps<Found> {
  const scanned = yield* walkNamed(s, {
    appSeq: app.seq,
    names: [toName(ref)],
    time: { since: s.horizon() },
    window: { after: null, limit: 1, backward: false, ascending: false },
    examine: takeAll,
    endsAt: performance.now() + BUDGET_MS,
    cursor: null,
  });
  const [row] = scanned.rows;
  if (row !== undefined) return yield* findNamedBy(s, app, row.seq);
  return scanned.stoppedAt === null ? null : { searchedTo: scanned.stoppedAt.acceptedAt };
}

function toName(value: string): EventName {
  if (HANDLE.test(value)) return { kind: "handle", value };
  return { kind: isKsuid(value) ? "ksuid" : "messageId", value };
}

// oxlint-disable-next-line require-yield -- nothing to read
function* takeAll(rows: readonly { readonly seq: number }[]): Steps<ReadonlySet<number>> {
  return new Set(rows.map(({ seq }) => seq));
}

type Walked = {
  readonly rows: readonly TextEventRow[];
  /** The walk goes on behind this event; null at its end. */
  readonly last: Pick<TextEventRow, "id" | "acceptedAt"> | null;
};

/** The events that name the text by both ids, and those derived from them. A publisher's id may come again. */
function* walkEvents(
  s: HistorySession,
  app: AppRow,
  p: { readonly made: TextEventRow; readonly text: Text; readonly after: string | null },
): Steps<Walked> {
  const { made, text, after } = p;
  const { message } = text;
  const scanned = yield* walkNamed(s, {
    appSeq: app.seq,
    names: [
      { kind: "messageId", value: message.id },
      { kind: "handle", value: message.handle },
    ],
    time: { since: Math.max(s.horizon(), snowflakeTime(message.snowflake) - AHEAD_MS) },
    window: { after, limit: MOST_EVENTS, backward: false, ascending: true },
    examine: takeAll,
    endsAt: performance.now() + BUDGET_MS,
    cursor: after === null ? null : yield* findPlace(s, after),
  });
  // Only the first page has the event that made the text, wherever its place is.
  const others = scanned.rows.filter(({ seq }) => seq !== made.seq).map(({ seq }) => seq);
  const named = yield* readTextEventsOf(s, {
    appSeq: app.seq,
    seqs: after === null ? [made.seq, ...others] : others,
  });
  const known = new Set(named.map(({ id }) => id));
  const ids = named
    .flatMap(({ id }) => DERIVED_TYPES.map((type) => derivedId(id, type)))
    .filter((id) => !known.has(id));
  const derived = yield* readDerivedEvents(s, { appSeq: app.seq, ids });
  const { rows, cutBehind } = fill(named, derived, made);
  const last = scanned.stoppedAt ?? (scanned.done ? null : (scanned.rows.at(-1) ?? null));
  return { rows, last: cutBehind ?? last };
}

/**
 * Returns as many events as an answer has. An event stays with those that are derived from it, so that the next page begins
 * behind both; `cutBehind` is the last one when some are left out.
 */
function fill(
  named: readonly TextEventRow[],
  derived: readonly TextEventRow[],
  made: TextEventRow,
): { readonly rows: readonly TextEventRow[]; readonly cutBehind: TextEventRow | null } {
  const byPlace = (one: TextEventRow, other: TextEventRow): number => one.place - other.place;
  const withDerived = (row: TextEventRow): readonly TextEventRow[] => [
    row,
    ...derived.filter(({ parentSeq }) => parentSeq === row.seq),
  ];
  const rows = named.filter(({ seq }) => seq === made.seq).flatMap(withDerived);
  let last: TextEventRow | null = null;
  for (const row of named.filter(({ seq }) => seq !== made.seq).toSorted(byPlace)) {
    const added = withDerived(row);
    if (last !== null && rows.length + added.length > MOST_EVENTS)
      return { rows: rows.toSorted(byPlace), cutBehind: last };
    rows.push(...added);
    last = row;
  }
  return { rows: rows.toSorted(byPlace), cutBehind: null };
}
