/**
 * Events that made a text, and the text after its last change. A text lives as long as that event. Other events
 * about it repeat its ids in their participants.
 */
import type { Message } from "../../core/snapshot.ts";
import { isCreating } from "../../core/messages/complete-message.ts";
import { readMessage, readParticipants } from "../accept/snapshot-text.ts";
import type { Text, TextFilter } from "../interface/texts.ts";
import { type PlaceRange, toOrder } from "../paging.ts";
import { isTrue, type Steps } from "../session.ts";
import type { MarkableEvent } from "./marks.ts";
import type { HistorySession } from "./session.ts";

/** Large participants are not rare: a chunk of them must fit into memory. */
export const LARGEST_CHUNK = 250;

export type TextEventRow = MarkableEvent & {
  /** The position in the feed. */
  readonly place: number;
  readonly id: string;
  /** The publisher's id. */
  readonly eventId: string | null;
  readonly parentSeq: number | null;
};

/** Events of an application in the order of the feed. */
export function* readTextEvents(
  s: HistorySession,
  p: PlaceRange & {
    readonly appSeq: number;
    readonly upwards: boolean;
    readonly count: number;
  },
): Steps<readonly TextEventRow[]> {
  const { feedPosition, indexedBy } = s.sql;
  return yield* s.all<TextEventRow>(
    `SELECT ${toColumns(s)}, participants FROM event ${indexedBy("event_app")}
     WHERE app_seq = ?1 AND ${feedPosition} >= ?2 AND ${feedPosition} < ?3
     ORDER BY ${feedPosition} ${toOrder(p.upwards)} LIMIT ?4`,
    [p.appSeq, p.low, p.high, p.count],
  );
}

export function* readTextEvent(
  s: HistorySession,
  p: { readonly appSeq: number; readonly seq: number },
): Steps<TextEventRow | null> {
  return yield* s.one<TextEventRow>(
    `SELECT ${toColumns(s)}, participants FROM event
     WHERE seq = ?1 AND app_seq = ?2 AND accepted_at >= ?3`,
    [p.seq, p.appSeq, s.horizon()],
  );
}

/** The events with these numbers, in any order. */
export function* readTextEventsOf(
  s: HistorySession,
  p: { readonly appSeq: number; readonly seqs: readonly number[] },
): Steps<readonly TextEventRow[]> {
  return yield* s.all<TextEventRow>(
    `SELECT ${toColumns(s)}, participants
     FROM ${s.sql.among("event", "seq", "?1", "+app_seq = ?2 AND accepted_at >= ?3")}`,
    [p.seqs, p.appSeq, s.horizon()],
  );
}

/** Those of the events with these ids that exist. */
export function* readDerivedEvents(
  s: HistorySession,
  p: { readonly appSeq: number; readonly ids: readonly string[] },
): Steps<readonly TextEventRow[]> {
  return yield* s.all<TextEventRow>(
    `SELECT ${toColumns(s)}, participants FROM event
     WHERE ${s.sql.oneOf("id", "?1", "text")} AND +app_seq = ?2 AND accepted_at >= ?3`,
    [p.ids, p.appSeq, s.horizon()],
  );
}

function toColumns(s: HistorySession): string {
  return `${s.sql.feedPosition} AS place, seq, id, event_id, type, channels, tags, accepted_at,
    parent_seq, matching, payload IS NULL AS is_blank`;
}

/** The texts that these events made, by the seq of the event, without their words while these are unchanged. */
export function* loadTexts(
  s: HistorySession,
  rows: readonly TextEventRow[],
): Steps<ReadonlyMap<number, Text>> {
  const candidates = rows.filter(({ type }) => isCreating(type));
  const whole = candidates.filter(({ participants }) => participants !== null);
  const blank = candidates.filter((row) => isTrue(row.isBlank));
  const records = new Map<number, string | null>();
  yield* s.beginLookups();
  if (whole.length > 0) {
    const found = yield* s.all<{ eventSeq: number; record: string | null }>(
      `SELECT event_seq, record FROM ${s.sql.createdBy("?1")}`,
      [whole.map(({ seq }) => seq)],
    );
    for (const { eventSeq, record } of found) records.set(eventSeq, record);
  }
  if (blank.length > 0) {
    const found = yield* s.findRecords(blank.map(({ seq }) => seq));
    for (const { eventSeq, record } of found) records.set(eventSeq, record);
  }
  const texts = new Map<number, Text>();
  for (const { seq, id, acceptedAt, participants, isBlank } of candidates) {
    const record = records.get(seq);
    if (record === undefined) continue;
    const message = readMessage({ record, participants, payload: null });
    if (message === null) continue;
    texts.set(seq, { eventId: id, acceptedAt, message, isExpunged: isTrue(isBlank) });
  }
  return texts;
}

/** The text with its words, which may stand only in the payload of its event. */
export function withWords(text: Text, payload: string | null): Text {
  const { message } = text;
  if ((message.text as string | undefined) !== undefined) return text;
  return { ...text, message: { ...message, text: wordsIn(payload) } };
}

/** The message that an event names; null without one. */
export function readNamed(participants: string | null): Message | null {
  return readParticipants(participants, null).message;
}

export function isWanted({ message }: Text, filter: TextFilter): boolean {
  const { direction, from, to, status } = message;
  const [line, number] = direction === "outbound" ? [from, to] : [to, from];
  if (filter.direction !== undefined && filter.direction !== direction) return false;
  if (filter.channel !== undefined && filter.channel !== message.channel) return false;
  if (filter.line !== undefined && filter.line !== line) return false;
  const isOther = filter.number === number || message.participants.includes(filter.number ?? "");
  if (filter.number !== undefined && !isOther) return false;
  return filter.statuses === undefined || (status !== null && filter.statuses.includes(status));
}

function wordsIn(payload: string | null): string {
  if (payload === null) return "";
  const { message } = JSON.parse(payload) as { message?: { text?: unknown } };
  return typeof message?.text === "string" ? message.text : "";
}
