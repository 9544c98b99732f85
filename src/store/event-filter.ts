/** Filters of events over the columns that matter to them, so that no payload is read to be left out. */
import type { EventFilter } from "./history.ts";

/** What a filter reads; lists are JSON, null when empty. */
export type EventTraits = {
  readonly type: string;
  readonly channels: string | null;
  readonly tags: string | null;
};

/** Whether type, channel and tag are asked for; times are compared by the caller. */
export function passesFilter(
  filter: Pick<EventFilter, "eventTypes" | "channel" | "tag">,
  event: EventTraits,
): boolean {
  if (filter.eventTypes !== undefined && !filter.eventTypes.includes(event.type)) return false;
  if (filter.channel !== undefined && !readList(event.channels).includes(filter.channel)) {
    return false;
  }
  return filter.tag === undefined || readList(event.tags).includes(filter.tag);
}

/** From `since` on and before `until`. */
export function isWithin(at: number, filter: Pick<EventFilter, "since" | "until">): boolean {
  return at >= (filter.since ?? -Infinity) && at < (filter.until ?? Infinity);
}

export function readList(text: string | null): readonly string[] {
  return text === null ? [] : (JSON.parse(text) as string[]);
}
