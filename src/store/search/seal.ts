/**
 * Part of the sweep: adds the names of older events to the search index, in the order of the events. Publishes
 * write none, and newer events are searched without the index. A slice commits its rows with its progress, so a
 * crash loses and repeats nothing.
 */
import type { SweepContext } from "../maintenance/sweep-context.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import { listKeys, loadToKey, type NamedColumns } from "./event-names.ts";
import type { SeenReads, SeenRow, SeenWrites } from "./statements.ts";

const SEALED_TO = "search.sealedTo";

export type EventOfIndex = NamedColumns & { readonly seq: number };
export const NAMED_COLUMNS = "seq, app_seq, event_id, accepted_at, participants";

export type Sealing = Pick<Session, "one" | "all" | "run"> &
  Pick<SeenReads, "sealable"> &
  Pick<SeenWrites, "beginSealing" | "addSeen">;

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
  const end = yield* s.sealable(cx.now);
  if (from >= end || !(yield* s.beginSealing())) return 0;
  const events = yield* s.all<EventOfIndex>(
    `SELECT ${NAMED_COLUMNS} FROM event WHERE seq >= ?1 AND seq < ?2 ORDER BY seq LIMIT ?3`,
    [from, end, limit],
  );
  yield* s.addSeen(yield* toRows(s, events));
  const last = events.at(-1);
  const to = last === undefined || events.length < limit ? end : last.seq + 1;
  yield* s.run(
    `INSERT INTO setting (name, value) VALUES (?1, ?2)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    [SEALED_TO, String(to)],
  );
  return events.length;
}

/** In the order of their keys: neighbours are on one page of the index. */
export function* toRows(
  s: Pick<Session, "one">,
  events: readonly EventOfIndex[],
): Steps<readonly SeenRow[]> {
  const toKey = yield* loadToKey(s);
  return events
    .flatMap((event) => listKeys(toKey, event).map((key) => ({ key, eventSeq: event.seq })))
    .toSorted((one, other) => one.key - other.key);
}

/** True when the sweep must not take its usual pauses, so that a search scans few newer events. */
export function* isIndexFarBehind(s: WriteSession, now: number): Steps<boolean> {
  return s.isFarBehind(yield* loadSealedTo(s), yield* s.sealable(now));
}
