/** Content so old that retention may delete it before an attempt is not replayed. */
import type { Instant } from "../snapshot.ts";

const LAST_HOUR_MS = 3_600_000;

/** Returns the instant of acceptance from which events are replayed. */
export function replayableSince(p: {
  readonly now: Instant;
  readonly retentionMs: number;
}): Instant {
  return p.now - p.retentionMs + LAST_HOUR_MS;
}
