/** Tags of the server on events that are stored and not delivered. */

/** The event changes nothing: a status that would step back, a second read or delete. */
export const STALE_TAG = "hookline:stale";
/** The event repeats a derived event. */
export const REPEAT_TAG = "hookline:repeat";

/** Returns whether the event was not delivered because it repeats known facts. */
export function isSuppressed(tags: readonly string[]): boolean {
  return tags.includes(STALE_TAG) || tags.includes(REPEAT_TAG);
}
