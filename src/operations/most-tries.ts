/**
 * Maximum number of attempts at a change that others overtook. A resource has few clients, so this many
 * conflicts in a row mean that one of them loops.
 */
export const MOST_TRIES = 20;
