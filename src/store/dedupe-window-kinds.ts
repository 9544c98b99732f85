/** What an id in the dedupe windows is, and what its `ref` points to. */
export const WINDOW_KINDS = {
  /** The publisher's event id; the event. */
  event: 1,
  /** The publisher's message id; the message (SQLite) or the event that made it (PostgreSQL). */
  message: 2,
  /** A message whose opt-out was published; that event. */
  explicitOptOut: 3,
  /** A message whose opt-out was derived from its text; that event. */
  derivedOptOut: 4,
} as const;
export type WindowKind = (typeof WINDOW_KINDS)[keyof typeof WINDOW_KINDS];
