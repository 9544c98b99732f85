/** Events that name a phone number: finding them among a few, and erasing them with all that belongs to them. */
import { isUserId } from "../../core/messages/address.ts";
import { WINDOW_KINDS } from "../accept/dedupe-window-kinds.ts";
import { DEDUPE_WINDOWS } from "../accept/rotation.ts";
import { readMessage } from "../accept/snapshot-text.ts";
import { readList } from "../history/event-filter.ts";
import { blankEvents, MOST_ROWS } from "../maintenance/content.ts";
import { forgetNames } from "../search/forget-names.ts";
import type { Steps, WriteSession } from "../session.ts";

/** `searched` is searched by the database; `exact` leaves out longer numbers and user ids that contain it. */
export type NumberPattern = { readonly searched: readonly string[]; readonly exact: RegExp };

/** Columns by which an event is found, chosen by the publisher. */
type SearchFields = {
  readonly eventId: string | null;
  readonly channels: string | null;
  readonly tags: string | null;
  readonly orderingKey: string | null;
};
export type NamingEvent = SearchFields & {
  readonly seq: number;
  readonly place: number;
  readonly messageId: string | null;
};
type EventRow = Omit<NamingEvent, "messageId"> & {
  readonly payload: string | null;
  readonly participants: string | null;
};

const SEARCHED = "event_id channels tags ordering_key payload participants".split(" ");

/** The plus is left out, because JSON may have it escaped. Only numbers and user ids are given. */
export function toPattern(addresses: readonly string[]): NumberPattern {
  const searched = addresses.map((address) => address.replace("+", ""));
  const exact = searched.map((text) =>
    isUserId(text)
      ? `(?<![A-Za-z0-9])${text.replaceAll(".", "\\.")}(?![A-Za-z0-9])`
      : `(?<!\\d)${RegExp.escape(text)}(?!\\d)`,
  );
  return { searched, exact: new RegExp(exact.join("|")) };
}

/** Those of the events that name the number, in the given order. */
export function* findNaming(
  s: WriteSession,
  events: readonly { readonly seq: number; readonly place: number }[],
  { searched, exact }: NumberPattern,
): Steps<readonly NamingEvent[]> {
  const seqs = events.map(({ seq }) => seq);
  const conditions = searched
    .flatMap((_, n) => SEARCHED.map((column) => s.sql.includes(column, `?${n + 2}`)))
    .join(" OR ");
  const rows = yield* s.all<EventRow>(
    `SELECT seq, ${s.sql.feedPosition} AS place, ${SEARCHED.join(", ")} FROM event
     WHERE ${s.sql.oneOf("seq", "?1", "bigint")} AND (payload IS NULL OR ${conditions})`,
    [seqs, ...searched],
  );
  // The record of a message outlives the content of its event.
  const expunged = rows.filter(({ payload }) => payload === null).map(({ seq }) => seq);
  const found = expunged.length === 0 ? [] : yield* s.findRecords(expunged);
  const records = new Map(found.map(({ eventSeq, record }) => [eventSeq, record]));
  const naming = rows.flatMap(({ payload, participants, ...row }): NamingEvent[] => {
    const record = records.get(row.seq) ?? null;
    const { eventId, channels, tags, orderingKey } = row;
    const texts = [payload, participants, record, eventId, channels, tags, orderingKey];
    if (!texts.some((text) => text !== null && exact.test(text))) return [];
    const message = readMessage({ record, participants, payload });
    return [{ ...row, messageId: message?.id ?? null }];
  });
  return naming.toSorted((one, other) => one.place - other.place);
}

/** False when the events have more deliveries and attempts than one step may change; the call is repeated then. */
export function* eraseEvents(
  s: WriteSession,
  p: {
    readonly appSeq: number;
    readonly events: readonly NamingEvent[];
    readonly pattern: NumberPattern;
    readonly now: number;
  },
): Steps<boolean> {
  if (p.events.length === 0) return true;
  const eventSeqs = p.events.map(({ seq }) => seq);
  const changed = yield* blankEvents(s, { eventSeqs, now: p.now, limit: MOST_ROWS });
  if (changed >= MOST_ROWS) return false;
  yield* s.deleteMessages(eventSeqs);
  yield* forgetMessageIds(
    s,
    p.appSeq,
    p.events.flatMap(({ messageId }) => messageId ?? []),
  );
  return yield* eraseSearchFields(s, p);
}

/** A publisher may use the ids of erased messages again. */
function* forgetMessageIds(s: WriteSession, appSeq: number, ids: readonly string[]): Steps<void> {
  if (ids.length === 0) return;
  const { message, explicitOptOut, derivedOptOut } = WINDOW_KINDS;
  yield* s.gatherWindows();
  yield* s.together(
    DEDUPE_WINDOWS.tables.map((table) =>
      s.run(
        `DELETE FROM ${table} WHERE app_seq = ?1
           AND kind IN (${message}, ${explicitOptOut}, ${derivedOptOut})
           AND ${s.sql.oneOf("id", "?2", "text")}`,
        [appSeq, ids],
      ),
    ),
  );
}

/** An id without the number stays, so that a repeat of the publish is still found. False as above. */
function* eraseSearchFields(
  s: WriteSession,
  { appSeq, events, pattern }: Parameters<typeof eraseEvents>[1],
): Steps<boolean> {
  const names = (text: string | null): boolean => text !== null && pattern.exact.test(text);
  const touched = events.filter(
    ({ eventId, channels, tags, orderingKey }) =>
      names(eventId) || names(channels) || names(tags) || names(orderingKey),
  );
  if (touched.length === 0) return true;
  const keyed = touched.filter(({ orderingKey }) => names(orderingKey)).map(({ seq }) => seq);
  // The key of an event goes last: a step that is repeated finds the event by it.
  if (keyed.length > 0 && (yield* clearKeys(s, keyed)) >= MOST_ROWS) return false;
  const kept = (list: string | null): string | null => {
    const left = readList(list).filter((text) => !names(text));
    return left.length === 0 ? null : JSON.stringify(left);
  };
  const withId = touched.filter(({ eventId }) => names(eventId));
  yield* forgetNames(
    s,
    withId.map(({ seq }) => seq),
    "all",
  );
  yield* s.update(
    "event",
    ["seq"],
    touched.map(({ seq, eventId, channels, tags, orderingKey }) => ({
      seq,
      eventId: names(eventId) ? null : eventId,
      channels: kept(channels),
      tags: kept(tags),
      orderingKey: names(orderingKey) ? null : orderingKey,
    })),
  );
  const eventIds = touched.flatMap(({ eventId }) => (names(eventId) ? (eventId ?? []) : []));
  if (eventIds.length === 0) return true;
  yield* s.gatherWindows();
  for (const table of DEDUPE_WINDOWS.tables) {
    yield* s.run(
      `DELETE FROM ${table} WHERE app_seq = ?1 AND kind = ${WINDOW_KINDS.event}
         AND ${s.sql.oneOf("id", "?2", "text")}`,
      [appSeq, eventIds],
    );
  }
  return true;
}

/** Returns the number of changed deliveries. */
function* clearKeys(s: WriteSession, eventSeqs: readonly number[]): Steps<number> {
  return yield* s.run(
    `UPDATE delivery SET ordering_key = NULL WHERE seq >= ?2 AND seq IN
       (SELECT seq FROM delivery
        WHERE ${s.sql.oneOf("event_seq", "?1", "bigint")} AND seq >= ?2
          AND ordering_key IS NOT NULL LIMIT ?3)`,
    [eventSeqs, s.leastDelivery(Math.min(...eventSeqs)), MOST_ROWS],
  );
}
