/** Removes names of events from the search index. Call this before the columns with the names are deleted. */
import type { Steps, WriteSession } from "../session.ts";
import { loadToKey } from "./event-names.ts";
import { type EventOfIndex, loadSealedTo, NAMED_COLUMNS, toRows } from "./seal.ts";

/** All names, or those of the content: the publisher's id of an event stays with the event. */
export function* forgetNames(
  s: WriteSession,
  eventSeqs: readonly number[],
  names: "all" | "content",
): Steps<void> {
  const events = yield* loadNamed(s, eventSeqs);
  const kept = names === "all" ? {} : { eventId: null };
  const toKey = yield* loadToKey(s);
  yield* s.removeSeen(
    toRows(
      toKey,
      events.map((event) => ({ ...event, ...kept })),
    ),
  );
}

function* loadNamed(s: WriteSession, eventSeqs: readonly number[]): Steps<readonly EventOfIndex[]> {
  yield* s.pauseSealing();
  const sealedTo = yield* loadSealedTo(s);
  const sealed = eventSeqs.filter((seq) => seq < sealedTo);
  if (sealed.length === 0) return [];
  return yield* s.all<EventOfIndex>(
    `SELECT ${NAMED_COLUMNS} FROM event WHERE ${s.sql.oneOf("seq", "?1", "bigint")}`,
    [sealed],
  );
}
