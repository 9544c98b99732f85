/** Tags of ours on events that are kept and owed to nobody. */

/** Says nothing new: a status that would step back, a second read or delete. */
export const STALE_TAG = "hookline:stale";
/** Says what a derived event has told already. */
export const REPEAT_TAG = "hookline:repeat";

/** Whether nobody was told of the event, because it says nothing new. */
export function isSuppressed(tags: readonly string[]): boolean {
  return tags.includes(STALE_TAG) || tags.includes(REPEAT_TAG);
}
