/** Filters of events over their small columns, so that no payload is read to be skipped. */
import type { EventFilter } from "../interface/history.ts";

/** The columns that a filter reads. Lists are JSON, null when empty. */
export type EventTraits = {
  readonly type: string;
  readonly channels: string | null;
  readonly tags: string | null;
};

/** The column of each trait. A trait without a column would be undefined in every row. */
const COLUMNS = { type: "type", channels: "channels", tags: "tags" } as const satisfies Record<
  keyof EventTraits,
  string
>;

/** The columns of `EventTraits` in a statement that reads the table `event` alone. */
export const TRAIT_COLUMNS = Object.values(COLUMNS).join(", ");
/** The same columns in a statement that joins the table `event`. */
export const JOINED_TRAIT_COLUMNS = Object.values(COLUMNS)
  .map((column) => `event.${column}`)
  .join(", ");

/** True when type, channel and tag match; the caller compares times. */
export function passesFilter(
  filter: Pick<EventFilter, "eventTypes" | "channel" | "channels" | "tag">,
  event: EventTraits,
): boolean {
  if (filter.eventTypes !== undefined && !filter.eventTypes.includes(event.type)) return false;
  if (filter.channel !== undefined && !readList(event.channels).includes(filter.channel)) {
    return false;
  }
  const { channels: anyOf } = filter;
  if (anyOf !== undefined && !readList(event.channels).some((one) => anyOf.includes(one))) {
    return false;
  }
  return filter.tag === undefined || readList(event.tags).includes(filter.tag);
}

/** True when `at` is at or after `since` and before `until`. */
export function isWithin(at: number, filter: Pick<EventFilter, "since" | "until">): boolean {
  return at >= (filter.since ?? -Infinity) && at < (filter.until ?? Infinity);
}

export function readList(text: string | null): readonly string[] {
  return text === null ? [] : (JSON.parse(text) as string[]);
}
