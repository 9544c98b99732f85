/**
 * One text with all events about it. Its events follow it closely, so they are found by a walk of the feed from
 * its beginning. The walk ends at a bound, and the answer says where.
 */
import { isSnowflake, snowflakeTime } from "../../core/ids/snowflake.ts";
import { isKsuid, ksuidTime } from "../../core/ids/ksuid.ts";
import { LIMITS } from "../../core/limits.ts";
import type { Message } from "../../core/snapshot.ts";
import { readMatched } from "../accept/event-matching.ts";
import type { EventOfText, Text, TextStore, TextStory } from "../interface/texts.ts";
import type { Steps } from "../session.ts";
import { type AppRow, findApp } from "../tenancy/app-row.ts";
import { readAttempts } from "./attempt-marks.ts";
import { findEventSeq, loadEvent } from "./event-rows.ts";
import { loadMarks } from "./marks.ts";
import { scan } from "./scan.ts";
import type { HistorySession } from "./session.ts";
import {
  LARGEST_CHUNK,
  loadTexts,
  readNamed,
  readTextEvent,
  readTextEvents,
  type TextEventRow,
  withWords,
} from "./text-rows.ts";

type Params = Parameters<TextStore["find"]>[0];
/** The event that made a text, or the end of a search without a result; null when there is none. */
type Found = { readonly eventSeq: number } | { readonly searchedTo: number } | null;

const { value: MOST_EVENTS } = LIMITS.eventsOfText;
const DIGITS = /^\d{1,19}$/;

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
  const walked = yield* walkEvents(s, app, made, text);
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
    searchedTo: walked.searchedTo,
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

/** Walks from the newest event, and around the time that a KSUID contains. */
function* searchFor(s: HistorySession, app: AppRow, ref: string): Steps<Found> {
  const madeAt = isKsuid(ref) ? ksuidTime(ref) : null;
  const time = madeAt === null ? { since: s.horizon() } : { since: madeAt, until: madeAt };
  const named = new Map<number, Message>();
  const scanned = yield* scan<TextEventRow>(
    s,
    {
      window: { after: null, limit: 1, backward: false, ascending: madeAt !== null },
      range: yield* s.placesOfTime("event", time),
      cursor: null,
      *read(range, upwards, count) {
        return yield* readTextEvents(s, { appSeq: app.seq, ...range, upwards, count, naming: ref });
      },
      keep({ seq, participants }) {
        const message = participants === null ? null : readNamed(participants);
        if (message === null || !hasId(message, ref)) return false;
        named.set(seq, message);
        return true;
      },
      largestChunk: LARGEST_CHUNK,
    },
    ({ place }) => place,
  );
  const [row] = scanned.rows;
  const message = row === undefined ? undefined : named.get(row.seq);
  if (message !== undefined) return yield* findBySnowflake(s, app, message.snowflake);
  return scanned.stoppedAt === null ? null : { searchedTo: scanned.stoppedAt.acceptedAt };
}

function hasId({ id, handle, ksuid }: Message, ref: string): boolean {
  return ref === id || ref === handle || ref === ksuid;
}

type Walked = { readonly rows: readonly TextEventRow[]; readonly searchedTo: number | null };

function* walkEvents(
  s: HistorySession,
  app: AppRow,
  made: TextEventRow,
  { message }: Text,
): Steps<Walked> {
  const found = new Set([made.seq]);
  const naming = `${message.snowflake}`;
  const scanned = yield* scan<TextEventRow>(
    s,
    {
      window: { after: null, limit: MOST_EVENTS, backward: false, ascending: true },
      range: yield* s.placesOfTime("event", { since: snowflakeTime(message.snowflake) }),
      cursor: null,
      *read(range, upwards, count) {
        return yield* readTextEvents(s, { appSeq: app.seq, ...range, upwards, count, naming });
      },
      keep(row) {
        const isAbout =
          found.has(row.seq) ||
          (row.parentSeq !== null && found.has(row.parentSeq)) ||
          readNamed(row.participants)?.snowflake === message.snowflake;
        if (isAbout) found.add(row.seq);
        return isAbout;
      },
    },
    ({ place }) => place,
  );
  const last = scanned.stoppedAt ?? (scanned.done ? null : scanned.rows.at(-1));
  return { rows: scanned.rows, searchedTo: last?.acceptedAt ?? null };
}
