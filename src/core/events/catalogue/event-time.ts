/** The instants in payloads. */
import type { Instant } from "../../snapshot.ts";

/** The calendar and the years are checked. The schema allows a leap second, which `Date.parse` does not know. */
export function toInstant(time: string): Instant {
  const ms = Date.parse(time);
  return Number.isNaN(ms) ? Date.parse(time.replace(":60", ":59")) : ms;
}

/** Returns the time of the event as a part of its flat payload. */
export function at(time: string | undefined): { at?: Instant } {
  return time === undefined ? {} : { at: toInstant(time) };
}
