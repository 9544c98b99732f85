/** Events whose publisher's id was accepted before: in the window, or earlier in the same publish. */
import type { NewEvent } from "../../core/decide-types.ts";
import type { AcceptState, FirstEvent } from "./accept-state.ts";
import { WINDOW_KINDS } from "./dedupe-window-kinds.ts";

const NONE: ReadonlyMap<number, FirstEvent> = new Map();

/**
 * The first event under the id, by the index of the repeated one. A `seq` of 0 means that the first event is
 * earlier in this publish, so it has no number yet.
 */
export function findDuplicates(
  state: AcceptState,
  appSeq: number,
  events: readonly NewEvent[],
): ReadonlyMap<number, FirstEvent> {
  let firsts: Map<number, FirstEvent> | undefined;
  const here = events.length > 1 ? new Map<string, string>() : null;
  for (const [index, { id, eventId }] of events.entries()) {
    if (eventId === null) continue;
    const earlierHere = here?.get(eventId);
    const first =
      earlierHere === undefined ? findFirst(state, appSeq, eventId) : { seq: 0, id: earlierHere };
    if (first === null) here?.set(eventId, id);
    else (firsts ??= new Map()).set(index, first);
  }
  return firsts ?? NONE;
}

/** Null as well when retention deleted the event before its window ended: the id can be used again. */
export function findFirst(state: AcceptState, appSeq: number, eventId: string): FirstEvent | null {
  const seq = state.findInWindow(appSeq, WINDOW_KINDS.event, eventId);
  const id = seq === null ? null : state.findEventId(seq);
  return seq === null || id === null ? null : { seq, id };
}
