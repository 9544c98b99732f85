/**
 * Events whose publisher's id was accepted before: in the window, or earlier in the group or in the publish.
 */
import type { NewEvent } from "../../../core/decide-types.ts";
import { WINDOW_KINDS } from "../../accept/dedupe-window-kinds.ts";
import type { NamedEvent, Batch } from "./accept-batch-types.ts";
import { windowKey } from "./dedupe-windows.ts";

export type FirstEvent = NamedEvent & { readonly seq: number };

/** The first event under the id, by the index of the repeated one. */
export function findDuplicates(
  batch: Batch,
  appSeq: number,
  events: readonly NewEvent[],
): ReadonlyMap<number, FirstEvent> {
  const firsts = new Map<number, FirstEvent>();
  const here = new Map<string, string>();
  for (const [index, { id, eventId }] of events.entries()) {
    if (eventId === null) continue;
    const earlierHere = here.get(eventId);
    if (earlierHere !== undefined) {
      firsts.set(index, { id: earlierHere, seq: 0, position: null, place: null });
      continue;
    }
    const seq = batch.windows.get(windowKey(appSeq, WINDOW_KINDS.event, eventId));
    // Retention may remove an event before its window ends; its id may then be used again.
    const first = seq === undefined ? undefined : batch.named.get(seq);
    if (seq === undefined || first === undefined) here.set(eventId, id);
    else firsts.set(index, { ...first, seq });
  }
  return firsts;
}
