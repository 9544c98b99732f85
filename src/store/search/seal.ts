/**
 * Part of the sweep: adds the names of older events to the search index, in the order of the events. Publishes
 * write none, and newer events are searched without the index. A slice commits its rows with its progress, so a
 * crash loses and repeats nothing.
 */
import type { SweepContext } from "../maintenance/sweep-context.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import { listKeys, loadToKey, type NamedColumns, type ToKey } from "./event-names.ts";
import type { SeenReads, SeenRow, SeenWrites } from "./statements.ts";

const SEALED_TO = "search.sealedTo";

export type EventOfIndex = NamedColumns & { readonly seq: number };
export const NAMED_COLUMNS = "seq, app_seq, event_id, accepted_at, participants";

/** Events that are loaded at once: their addresses may be many. */
const LOADED_AT_ONCE = 256;
/** A slice with so many names ends early. */
const MOST_NAMES = 32_768;

export type Sealing = Pick<Session, "one" | "all" | "run"> &
  Pick<SeenReads, "sealable"> &
  Pick<SeenWrites, "beginSealing" | "sliceOf" | "addSeen">;

/** Events below this number are in the index. */
export function* loadSealedTo(s: Pick<Session, "one">): Steps<number> {
  const row = yield* s.one<{ value: string }>("SELECT value FROM setting WHERE name = ?1", [
    SEALED_TO,
  ]);
  return Number(row?.value ?? 0);
}

export function* sealEvents(
  s: Sealing,
  cx: Pick<SweepContext, "now">,
  limit: number,
): Steps<number> {
  const from = yield* loadSealedTo(s);
  const end = yield* s.sealable(cx.now, from);
  if (from >= end || !(yield* s.beginSealing())) return 0;
  const slice = { from, end, most: s.sliceOf(limit) };
  const { rows, count, to } = yield* loadSlice(s, slice);
  yield* s.addSeen(rows);
  yield* s.run(
    `INSERT INTO setting (name, value) VALUES (?1, ?2)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    [SEALED_TO, String(to)],
  );
  return count;
}

/** The names of the next events, and the number up to which the index then has all. */
function* loadSlice(
  s: Sealing,
  { from, end, most }: { readonly from: number; readonly end: number; readonly most: number },
): Steps<{ readonly rows: readonly SeenRow[]; readonly count: number; readonly to: number }> {
  const toKey = yield* loadToKey(s);
  const rows: SeenRow[] = [];
  let count = 0;
  let to = from;
  while (count < most && rows.length < MOST_NAMES) {
    const limit = Math.min(most - count, LOADED_AT_ONCE);
    const events = yield* s.all<EventOfIndex>(
      `SELECT ${NAMED_COLUMNS} FROM event WHERE seq >= ?1 AND seq < ?2 ORDER BY seq LIMIT ?3`,
      [to, end, limit],
    );
    rows.push(...toRows(toKey, events));
    count += events.length;
    const last = events.at(-1);
    if (last === undefined || events.length < limit) return { rows, count, to: end };
    to = last.seq + 1;
  }
  return { rows, count, to };
}

export function toRows(toKey: ToKey, events: readonly EventOfIndex[]): readonly SeenRow[] {
  return events.flatMap((event) =>
    listKeys(toKey, event).map((key) => ({ key, eventSeq: event.seq })),
  );
}

/** True when the sweep must not take its usual pauses, so that a search scans few newer events. */
export function* isIndexFarBehind(s: WriteSession, now: number): Steps<boolean> {
  const sealedTo = yield* loadSealedTo(s);
  return s.isFarBehind(sealedTo, yield* s.sealable(now, sealedTo));
}
