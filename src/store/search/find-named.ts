/**
 * The newest events of one application with each of several names, for the box of a search. The events that are not in
 * the index yet are read once for all names, and the index is read by one call.
 */
import { LIMITS } from "../../core/limits.ts";
import type { HistorySession } from "../history/session.ts";
import type { Steps } from "../session.ts";
import {
  type EventName,
  includesName,
  listNames,
  loadToKey,
  type NamedColumns,
  toSearched,
} from "./event-names.ts";
import type { FoundEvent, SearchEnd } from "./hits.ts";
import { loadSealedTo } from "./seal.ts";

const { value: SCAN_LIMIT } = LIMITS.searchedRows;
/** More than usually wait for the index. */
const TAIL_AT_ONCE = 2_500;
/** Participants may be large. */
const ROWS_AT_ONCE = 250;
/** Payloads have the words of texts, and one of them may be large. */
const SMALL_BYTES = 16_384;

export type NamedSearch = {
  readonly appSeq: number;
  readonly names: readonly EventName[];
  /** Events of each name, at most. */
  readonly limit: number;
  /** The event behind which the search goes on; null at its beginning. */
  readonly cursor: { readonly seq: number; readonly place: number } | null;
  /** By the clock of the process: the tail is then read no further. */
  readonly endsAt: number;
};
/** A list of numbers of events per name, newest first. */
type Candidates = readonly (readonly number[])[];
type Part = { readonly seqs: Candidates; readonly stoppedAt: SearchEnd };
type NamedRow = FoundEvent & Pick<NamedColumns, "eventId"> & { readonly seq: number };

/** The events name by name. The tail was searched to `stoppedAt`, or completely when that is null. */
export function* findNamed(
  s: HistorySession,
  p: NamedSearch,
): Steps<{ readonly events: readonly FoundEvent[]; readonly stoppedAt: SearchEnd }> {
  const sealedTo = yield* loadSealedTo(s);
  const [tail, index] = yield* s.together<Part>([
    findInTail(s, p, sealedTo),
    findInIndex(s, p, Math.min(sealedTo, Math.ceil(p.cursor?.seq ?? sealedTo))),
  ]);
  const seqs = p.names.map((_, i) =>
    [...(tail?.seqs[i] ?? []), ...(index?.seqs[i] ?? [])].slice(0, p.limit),
  );
  const rows = yield* loadNamed(s, p, seqs.flat());
  const events: FoundEvent[] = [];
  for (const [i, name] of p.names.entries()) {
    events.push(...(yield* keepNamed(s, { ...p, names: [name] }, { seqs: seqs[i] ?? [], rows })));
  }
  return { events, stoppedAt: tail?.stoppedAt ?? null };
}

/** Two names can have one key, so the names of each event are compared. In place of others, older ones are found. */
function* keepNamed(
  s: HistorySession,
  p: NamedSearch,
  found: { readonly seqs: readonly number[]; readonly rows: ReadonlyMap<number, NamedRow> },
): Steps<readonly NamedRow[]> {
  const name = p.names[0] as EventName;
  const kept: NamedRow[] = [];
  for (let { seqs, rows } = found; ;) {
    for (const seq of seqs) {
      const row = rows.get(seq);
      if (row !== undefined && kept.length < p.limit && includesName(listNames(row), name))
        kept.push(row);
    }
    const last = seqs.at(-1);
    const isAll = seqs.length < p.limit || kept.length === p.limit;
    if (last === undefined || isAll || performance.now() >= p.endsAt) return kept;
    s.checkDeadline();
    const older = yield* findInIndex(s, p, last);
    seqs = older.seqs[0] ?? [];
    rows = yield* loadNamed(s, p, seqs);
  }
}

function* findInIndex(s: HistorySession, p: NamedSearch, high: number): Steps<Part> {
  const toKey = yield* loadToKey(s);
  const seqs = yield* s.readSeen({
    keys: p.names.map((name) => toKey(p.appSeq, name)),
    low: s.leastEvent(),
    high,
    upwards: false,
    count: p.limit,
  });
  return { seqs, stoppedAt: null };
}

type TailEnd = { readonly place: number; readonly id: string; readonly acceptedAt: number };
type TailRow = NamedColumns & TailEnd & { readonly seq: number };

/** A name with enough events is not asked for any more. */
function* findInTail(s: HistorySession, p: NamedSearch, sealedTo: number): Steps<Part> {
  const { feedPosition, indexedBy } = s.sql;
  const seqs: number[][] = p.names.map(() => []);
  // The event may be in the index by now, and the tail before it was searched.
  if (p.cursor !== null && p.cursor.seq < sealedTo) return { seqs, stoppedAt: null };
  const tail = `FROM event ${indexedBy("event_app")}
     WHERE app_seq = ?1 AND ${feedPosition} >= ?2 AND ${feedPosition} < ?3 AND seq >= ?4`;
  const low = yield* s.placeFrom(sealedTo);
  let high = Math.ceil(p.cursor?.place ?? Number.MAX_SAFE_INTEGER);
  for (let read = TAIL_AT_ONCE; ; read += TAIL_AT_ONCE) {
    const end = yield* s.one<TailEnd>(
      `SELECT ${feedPosition} AS place, id, accepted_at ${tail}
       ORDER BY ${feedPosition} DESC LIMIT 1 OFFSET ${TAIL_AT_ONCE - 1}`,
      [p.appSeq, low, high, sealedTo],
    );
    for (let isChunk = true; isChunk;) {
      const asked = p.names.filter((_, i) => (seqs[i]?.length ?? 0) < p.limit);
      if (asked.length === 0) return { seqs, stoppedAt: null };
      const { condition, values } = toCondition(s, asked);
      const rows = yield* s.all<TailRow>(
        `SELECT ${feedPosition} AS place, seq, id, app_seq, event_id, accepted_at, participants ${tail}
           AND accepted_at >= ?5 AND (${condition})
         ORDER BY ${feedPosition} DESC LIMIT ${ROWS_AT_ONCE}`,
        [p.appSeq, end?.place ?? low, high, sealedTo, s.horizon(), ...values],
      );
      for (const row of rows) {
        const own = listNames(row);
        for (const [i, name] of p.names.entries()) {
          if (includesName(own, name)) seqs[i]?.push(row.seq);
        }
      }
      isChunk = rows.length === ROWS_AT_ONCE;
      high = (isChunk ? rows.at(-1)?.place : end?.place) ?? low;
      if (performance.now() >= p.endsAt) {
        const last = isChunk ? rows.at(-1) : end;
        return { seqs, stoppedAt: last ?? null };
      }
      s.checkDeadline();
    }
    if (end === null || read >= SCAN_LIMIT) return { seqs, stoppedAt: end };
  }
}

/** Several names may have one value. */
function toCondition(
  s: HistorySession,
  names: readonly EventName[],
): { readonly condition: string; readonly values: readonly string[] } {
  const texts = new Set(names.filter(({ kind }) => kind !== "eventId").map(toSearched));
  const ids = names.filter(({ kind }) => kind === "eventId").map(({ value }) => value);
  const conditions = [
    ...[...texts].map((_, i) => s.sql.includes("participants", `?${FIRST_TEXT + i}`)),
    ...ids.map((_, i) => `event_id = ?${FIRST_TEXT + texts.size + i}`),
  ];
  return { condition: conditions.join(" OR "), values: [...texts, ...ids] };
}

const FIRST_TEXT = 6;

function* loadNamed(
  s: HistorySession,
  { appSeq }: NamedSearch,
  seqs: readonly number[],
): Steps<ReadonlyMap<number, NamedRow>> {
  if (seqs.length === 0) return new Map();
  const rows = yield* s.all<NamedRow>(
    `SELECT event.seq, event.id, type, accepted_at, event_id, participants,
       CASE WHEN octet_length(payload) <= ${SMALL_BYTES} THEN payload END AS payload
     FROM ${s.sql.among("event", "seq", "?1", "+app_seq = ?2 AND accepted_at >= ?3")}`,
    [[...new Set(seqs)], appSeq, s.horizon()],
  );
  return new Map(rows.map((row) => [row.seq, row]));
}
