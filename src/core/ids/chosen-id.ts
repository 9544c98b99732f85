/**
 * Ids that a client chooses are used in paths. Clients resolve `.` and `..` in a path before they send it,
 * `%2e` included. A call about such an id would therefore arrive as a call about another resource.
 */

/** The beginning of every pattern of a chosen id, directly after `^`. */
export const NOT_DOTS_ALONE = "(?!(?:\\.|%2[eE])+$)";
export const NOT_DOTS_MEANING = "not only dots";
