/**
 * Ids that a client chooses stand in paths. Clients fold `.` and `..` out of a path before they send
 * it, `%2e` included, so a call about a thing with such an id would arrive as a call about another.
 */

/** The beginning of every pattern of a chosen id, right after `^`. */
export const NOT_DOTS_ALONE = "(?!(?:\\.|%2[eE])+$)";
export const NOT_DOTS_MEANING = "not of dots alone";
