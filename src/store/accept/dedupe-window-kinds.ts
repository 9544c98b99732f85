/** The kinds of ids in the dedupe windows, and the target of each kind's `ref`. */
export const WINDOW_KINDS = {
  /** The publisher's event id; `ref` is the event. */
  event: 1,
  /** The publisher's message id; `ref` is the message (SQLite) or the event that it is stored with (PostgreSQL). */
  message: 2,
  /** A message whose opt-out was published; `ref` is that event. */
  explicitOptOut: 3,
  /** A message whose opt-out was derived from its text; `ref` is that event. */
  derivedOptOut: 4,
} as const;
export type WindowKind = (typeof WINDOW_KINDS)[keyof typeof WINDOW_KINDS];

/**
 * The last opt-out of a message counts, so a later entry replaces an earlier one. The id of an event or of a
 * message belongs to its first one. It is used again only when that one is gone, or has moved.
 */
export const OPT_OUTS: ReadonlySet<WindowKind> = new Set([
  WINDOW_KINDS.explicitOptOut,
  WINDOW_KINDS.derivedOptOut,
]);
