/**
 * Walks the events of one application that have a name. The newest events are not in the index yet, so they are
 * read one after another: the tail, in the order of the feed. Behind it the index names the events.
 */
import { JOINED_TRAIT_COLUMNS } from "../history/event-filter.ts";
import { scan } from "../history/scan.ts";
import type { HistorySession, ListedEvent } from "../history/session.ts";
import type { PageRequest } from "../page.ts";
import { pageLimit, readsUpwards, type PlaceRange, type Scanned, toOrder } from "../paging.ts";
import type { Steps, TimeRange } from "../session.ts";
import { type EventName, includesName, listNames, loadToKey, toSearched } from "./event-names.ts";
import { loadSealedTo } from "./seal.ts";

type NamedEvent = ListedEvent & {
  readonly eventId: string | null;
  readonly participants: string | null;
};
/** Returns the numbers of the events to show. */
export type Examine = (rows: readonly ListedEvent[]) => Steps<ReadonlySet<number>>;

export type NamedWalk = {
  readonly appSeq: number;
  /** The event has all of them; at least one. */
  readonly names: readonly EventName[];
  readonly time: TimeRange;
  readonly window: PageRequest;
  readonly examine: Examine;
  readonly endsAt: number;
};

type Kept = NamedEvent & { readonly isKept: boolean };

const ROWS_AT_ONCE = 250;

/** `cursor` is the event behind which the walk begins. */
export function* walkNamed(
  s: HistorySession,
  p: NamedWalk & { readonly cursor: { readonly seq: number; readonly place: number } | null },
): Steps<Scanned<ListedEvent>> {
  const sealedTo = yield* loadSealedTo(s);
  const parts = [
    { isTail: true, seqFrom: sealedTo },
    { isTail: false, seqFrom: sealedTo },
  ];
  if (readsUpwards(p.window)) parts.reverse();
  const limit = pageLimit(p.window);
  const rows: ListedEvent[] = [];
  for (const { isTail, seqFrom } of parts) {
    if (isBehind(p, { isTail, sealedTo: seqFrom })) continue;
    const left = { ...p, window: { ...p.window, limit: Math.max(1, limit - rows.length) } };
    const part = isTail ? yield* walkTail(s, left, sealedTo) : yield* walkSealed(s, left, sealedTo);
    if (rows.length === limit && part.rows.length > 0)
      return { rows, done: false, stoppedAt: null };
    if (rows.length < limit) rows.push(...part.rows);
    if (!part.done) return { rows, done: false, stoppedAt: part.stoppedAt };
  }
  return { rows, done: true, stoppedAt: null };
}

type Walk = Parameters<typeof walkNamed>[1];

/** True for the part before the cursor, which earlier pages have shown. */
function isBehind(p: Walk, { isTail, sealedTo }: { isTail: boolean; sealedTo: number }): boolean {
  if (p.cursor === null) return false;
  const isCursorInTail = p.cursor.seq >= sealedTo;
  return readsUpwards(p.window) ? isCursorInTail && !isTail : !isCursorInTail && isTail;
}

function* walkTail(s: HistorySession, p: Walk, sealedTo: number): Steps<Scanned<ListedEvent>> {
  const { low, high } = yield* s.placesOfTime("event", p.time);
  const cursor = p.cursor !== null && p.cursor.seq >= sealedTo ? p.cursor.place : null;
  const range = { low: Math.max(low, yield* s.placeFrom(sealedTo)), high };
  return yield* scan<Kept>(
    s,
    {
      window: p.window,
      range,
      cursor,
      *read(chunk, upwards, count) {
        const rows = yield* readTail(s, p, { ...chunk, upwards, count, sealedTo });
        return yield* withKept(p, rows);
      },
      keep: ({ isKept }) => isKept,
      isPlannedOnce: true,
      endsAt: p.endsAt,
    },
    ({ place }) => place,
  );
}

function* walkSealed(s: HistorySession, p: Walk, sealedTo: number): Steps<Scanned<ListedEvent>> {
  const toKey = yield* loadToKey(s);
  const key = toKey(p.appSeq, p.names[0] as EventName);
  const { low, high } = yield* s.eventsOfTime(p.time);
  const cursor = p.cursor !== null && p.cursor.seq < sealedTo ? p.cursor.seq : null;
  return yield* scan<Kept>(
    s,
    {
      window: p.window,
      range: { low, high: Math.min(high, sealedTo) },
      cursor,
      *read(chunk, upwards, count) {
        const [seqs = []] = yield* s.readSeen({ keys: [key], ...chunk, upwards, count });
        return yield* withKept(p, yield* readNamed(s, p.appSeq, seqs));
      },
      keep: ({ isKept }) => isKept,
      largestChunk: ROWS_AT_ONCE,
      isPlannedOnce: true,
      endsAt: p.endsAt,
    },
    ({ seq }) => seq,
  );
}

/** Two names can have one key, so the names of each event are compared. */
function* withKept(p: NamedWalk, rows: readonly NamedEvent[]): Steps<readonly Kept[]> {
  const named = rows.filter((row) => hasNames(row, p.names));
  const kept = yield* p.examine(named);
  return rows.map((row) => ({ ...row, isKept: kept.has(row.seq) }));
}

const COLUMNS = `event.seq, event.id, ${JOINED_TRAIT_COLUMNS}, event.accepted_at, event.event_id`;

/**
 * Only events that contain the name are loaded: a tail of thousands takes a few milliseconds. The others are
 * one row that is repeated, so that the walk counts them.
 */
function* readTail(
  s: HistorySession,
  { appSeq, names: [name] }: Walk,
  p: PlaceRange & {
    readonly upwards: boolean;
    readonly count: number;
    readonly sealedTo: number;
  },
): Steps<readonly NamedEvent[]> {
  const { feedPosition, indexedBy, includes } = s.sql;
  const tail = `FROM event ${indexedBy("event_app")}
     WHERE app_seq = ?1 AND ${feedPosition} >= ?2 AND ${feedPosition} < ?3 AND seq >= ?4`;
  const order = `ORDER BY ${feedPosition} ${toOrder(p.upwards)}`;
  const chunk = yield* s.one<{ rows: number; low: number | null; high: number | null }>(
    `SELECT count(*) AS rows, min(place) AS low, max(place) AS high
     FROM (SELECT ${feedPosition} AS place ${tail} ${order} LIMIT ?5) AS chunk`,
    [appSeq, p.low, p.high, p.sealedTo, p.count],
  );
  if (chunk === null || chunk.low === null || chunk.high === null) return [];
  const rows = yield* s.all<NamedEvent>(
    `SELECT ${feedPosition} AS place, ${COLUMNS},
       CASE WHEN ${includes("participants", "?5")} THEN participants END AS participants
     ${tail} AND (${includes("participants", "?5")} OR event_id = ?6 OR ${feedPosition} = ?7) ${order}`,
    [
      appSeq,
      chunk.low,
      chunk.high + 1,
      p.sealedTo,
      toSearched(name as EventName),
      (name as EventName).value,
      p.upwards ? chunk.high : chunk.low,
    ],
  );
  const last = rows.at(-1);
  if (last === undefined) return [];
  const other = { ...last, seq: -1, eventId: null, participants: null };
  const others = Array.from({ length: chunk.rows - rows.length }, () => other);
  return [...rows.slice(0, -1), ...others, last];
}

/** The events in this order. Every number stays in its place, so that the walk continues behind it. */
function* readNamed(
  s: HistorySession,
  appSeq: number,
  seqs: readonly number[],
): Steps<readonly NamedEvent[]> {
  if (seqs.length === 0) return [];
  const rows = yield* s.all<NamedEvent>(
    `SELECT ${s.sql.feedPosition} AS place, ${COLUMNS}, participants
     FROM ${s.sql.among("event", "seq", "?1", "+app_seq = ?2 AND accepted_at >= ?3")}`,
    [seqs, appSeq, s.horizon()],
  );
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  return seqs.map((seq) => bySeq.get(seq) ?? { ...GONE, seq });
}

/** In place of an event that retention has hidden: it has no name. */
const GONE: NamedEvent = {
  place: 0,
  seq: 0,
  id: "",
  type: "",
  channels: null,
  tags: null,
  acceptedAt: 0,
  eventId: null,
  participants: null,
};

function hasNames(row: NamedEvent, names: readonly EventName[]): boolean {
  const own = listNames(row);
  return names.every((name) => includesName(own, name));
}
