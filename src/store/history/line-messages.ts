/**
 * Messages of a line, newest first, for clients that page by number. Such a page costs as many index entries as
 * its start, and its total as many as are counted, so both end at `listedMessages`.
 */
import { LIMITS } from "../../core/limits.ts";
import type { MessageList, MessageStore, MessageView } from "../interface/messages.ts";
import type { Steps, Value } from "../session.ts";
import { findApp } from "../tenancy/app-row.ts";
import { PAGE_BYTES } from "./event-rows.ts";
import { findLine, findPersons, readStored, type StoredMessage } from "./message-rows.ts";
import type { HistorySession } from "./session.ts";

type Params = Parameters<MessageStore["list"]>[0];

const { value: MOST_LISTED } = LIMITS.listedMessages;

export function* listMessages(s: HistorySession, p: Params): Steps<MessageList | null> {
  const app = yield* findApp(s, p.appRef);
  const line = app === null ? null : yield* findLine(s, app.seq, p.line);
  if (app === null || line === null) return null;
  const listed = toListed(s, line.deviceId, p.fingerprint);
  const { total } = (yield* s.one<{ total: number }>(
    `SELECT count(*) AS total FROM (SELECT 1 ${listed.text} LIMIT ${MOST_LISTED}) AS counted`,
    listed.values,
  )) ?? { total: 0 };
  const limit = Math.min(p.limit, total - p.start);
  if (limit <= 0) return { messages: [], total };
  const rows = yield* s.all<{ eventSeq: number }>(
    `SELECT event_seq ${listed.text} ORDER BY event_seq DESC
     LIMIT ?${listed.values.length + 1} OFFSET ?${listed.values.length + 2}`,
    [...listed.values, limit, p.start],
  );
  const stored = yield* loadPage(
    s,
    line.deviceId,
    rows.map(({ eventSeq }) => eventSeq),
  );
  const read = stored.map(readStored);
  const addresses = [...new Set(read.flatMap(({ contact }) => contact ?? []))];
  const persons = yield* findPersons(s, { appSeq: app.seq, line: p.line, addresses });
  const messages = read.flatMap(({ message, contact }): MessageView[] => {
    const person = contact === null ? undefined : persons.get(contact);
    return message === null || person === undefined ? [] : [{ message, line, ...person }];
  });
  return { messages, total };
}

/** The range of the list in its index. */
function toListed(
  s: HistorySession,
  deviceId: number,
  fingerprint: string | null,
): { readonly text: string; readonly values: readonly Value[] } {
  const text = "FROM message WHERE device_id = ?1 AND event_seq >= ?2";
  const values = [deviceId, s.leastEvent()];
  return fingerprint === null
    ? { text, values }
    : { text: `${text} AND fingerprint = ?3`, values: [...values, fingerprint] };
}

type EventRow = Omit<StoredMessage, "record"> & { readonly seq: number };

/** The messages that these events created, in this order: as many as fit a page's bytes, and at least one. */
function* loadPage(
  s: HistorySession,
  deviceId: number,
  eventSeqs: readonly number[],
): Steps<readonly StoredMessage[]> {
  const seqs = yield* takePage(s, eventSeqs);
  if (seqs.length === 0) return [];
  const range = [seqs, Math.min(...seqs), Math.max(...seqs)];
  const events = yield* s.all<EventRow>(
    `SELECT seq, participants, payload FROM event WHERE ${inRange(s, "seq")}`,
    range,
  );
  const records = yield* s.all<{ eventSeq: number; record: string | null }>(
    `SELECT event_seq, record FROM message
     WHERE ${inRange(s, "event_seq")} AND device_id = ?4`,
    [...range, deviceId],
  );
  const bySeq = new Map(events.map((event) => [event.seq, event]));
  const recordOf = new Map(records.map(({ eventSeq, record }) => [eventSeq, record]));
  return seqs.flatMap((seq) => {
    const event = bySeq.get(seq);
    return event === undefined ? [] : [{ ...event, record: recordOf.get(seq) ?? null }];
  });
}

function* takePage(s: HistorySession, eventSeqs: readonly number[]): Steps<readonly number[]> {
  if (eventSeqs.length === 0) return [];
  const rows = yield* s.all<{ seq: number; bytes: number }>(
    `SELECT seq, octet_length(payload) AS bytes FROM event
     WHERE ${inRange(s, "seq")} AND payload IS NOT NULL`,
    [eventSeqs, Math.min(...eventSeqs), Math.max(...eventSeqs)],
  );
  const sizes = new Map(rows.map(({ seq, bytes }) => [seq, bytes]));
  const taken: number[] = [];
  let total = 0;
  for (const seq of eventSeqs) {
    const bytes = sizes.get(seq);
    if (bytes === undefined) continue;
    total += bytes;
    if (total > PAGE_BYTES && taken.length > 0) break;
    taken.push(seq);
  }
  return taken;
}

/** `?1` lists the numbers, from `?2` to `?3`: the bounds exclude days from the search with any cached plan. */
function inRange(s: HistorySession, column: string): string {
  return `${s.sql.oneOf(column, "?1", "bigint")} AND ${column} BETWEEN ?2 AND ?3`;
}
