/** Which of a few events pass a search by their payloads and their deliveries. One statement examines all. */
import { findField } from "../../core/json/find-field.ts";
import { type Mark, toMark } from "../../core/verdict.ts";
import { PAGE_BYTES } from "../history/event-rows.ts";
import type { HistorySession } from "../history/session.ts";
import type { EventSearch } from "../interface/history.ts";
import type { Steps } from "../session.ts";
import { loadEventMarks, type Marking } from "./event-marks.ts";

/** The part of a search that is about payloads and deliveries; the endpoint is a row of the application. */
export type Asked = Pick<EventSearch, "contains" | "field" | "marks"> & {
  readonly marking: Marking;
};

export function asksMore({ contains, field, marks, marking }: Asked): boolean {
  const isAboutDeliveries = marks !== undefined || marking.endpointSeq !== null;
  return contains !== undefined || field !== undefined || isAboutDeliveries;
}

/** Returns the numbers of those that pass. */
export function* examine(
  s: HistorySession,
  eventSeqs: readonly number[],
  asked: Asked,
): Steps<ReadonlySet<number>> {
  let left = eventSeqs;
  const { contains, field, marks, marking } = asked;
  if (contains !== undefined) left = yield* findContaining(s, left, contains);
  if (field !== undefined) left = yield* findWithField(s, left, field);
  if (marks !== undefined) left = yield* findMarked(s, left, { marks, marking });
  else if (marking.endpointSeq !== null) left = yield* findDelivered(s, left, marking.endpointSeq);
  return new Set(left);
}

/** A text that JSON escapes is also searched as it is written. */
function* findContaining(
  s: HistorySession,
  eventSeqs: readonly number[],
  text: string,
): Steps<readonly number[]> {
  if (eventSeqs.length === 0) return [];
  const includes = (parameter: string) => s.sql.includes("lower(payload)", `lower(${parameter})`);
  const rows = yield* s.all<{ seq: number }>(
    `SELECT event.seq FROM ${s.sql.among("event", "seq", "?1", `(${includes("?2")} OR ${includes("?3")})`)}`,
    [eventSeqs, text, JSON.stringify(text).slice(1, -1)],
  );
  return rows.map(({ seq }) => seq);
}

/** Characters that JSON may write differently; the longest part between them is searched. */
const ESCAPED = /["\\/\p{Cc}]/u;

/** Only payloads that contain the value are parsed, and those with an escape, which may hide it. */
function* findWithField(
  s: HistorySession,
  eventSeqs: readonly number[],
  field: NonNullable<EventSearch["field"]>,
): Steps<readonly number[]> {
  if (eventSeqs.length === 0) return [];
  const includes = (parameter: string) => s.sql.includes("payload", parameter);
  const parts = field.value.split(ESCAPED).toSorted((a, b) => b.length - a.length);
  const rows = yield* s.all<{ seq: number; bytes: number }>(
    `SELECT event.seq, octet_length(payload) AS bytes FROM ${s.sql.among("event", "seq", "?1", `(${includes("?2")} OR ${includes("?3")})`)}
     ORDER BY event.seq`,
    [eventSeqs, parts[0] ?? "", "\\u"],
  );
  return yield* matchField(s, rows, field);
}

/** The payloads that are read at once are bounded by their octets, which are known without reading them. */
function* matchField(
  s: HistorySession,
  rows: readonly { readonly seq: number; readonly bytes: number }[],
  { path, value }: NonNullable<EventSearch["field"]>,
): Steps<readonly number[]> {
  const found: number[] = [];
  for (let from = 0; from < rows.length;) {
    let bytes = 0;
    const rest = rows.slice(from);
    const end = rest.findIndex((row) => (bytes += row.bytes) > PAGE_BYTES);
    const part = end === -1 ? rest : rest.slice(0, Math.max(1, end));
    from += part.length;
    const payloads = yield* s.all<{ seq: number; payload: string | null }>(
      `SELECT event.seq, payload FROM ${s.sql.among("event", "seq", "?1", "true")}`,
      [part.map(({ seq }) => seq)],
    );
    for (const { seq, payload } of payloads) {
      if (payload !== null && findField(payload, path) === value) found.push(seq);
    }
    s.checkDeadline();
  }
  return found;
}

function* findMarked(
  s: HistorySession,
  eventSeqs: readonly number[],
  { marks, marking }: { readonly marks: readonly Mark[]; readonly marking: Marking },
): Steps<readonly number[]> {
  const { byEvent } = yield* loadEventMarks(s, eventSeqs, { ...marking, isFilter: true });
  return eventSeqs.filter((seq) =>
    byEvent.get(seq)?.some(({ verdict }) => marks.includes(toMark(verdict))),
  );
}

function* findDelivered(
  s: HistorySession,
  eventSeqs: readonly number[],
  endpointSeq: number,
): Steps<readonly number[]> {
  if (eventSeqs.length === 0) return [];
  const rows = yield* s.all<{ eventSeq: number }>(
    `SELECT event_seq FROM ${s.sql.among("delivery", "event_seq", "?1", "endpoint_seq = ?2 AND seq >= ?3")}`,
    [eventSeqs, endpointSeq, s.leastDelivery(Math.min(...eventSeqs))],
  );
  return rows.map(({ eventSeq }) => eventSeq);
}
