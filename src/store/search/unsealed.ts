/** How far the search index is behind: a metric. Newer events than those that may be added are no delay. */
import type { HistorySession } from "../history/session.ts";
import type { Steps } from "../session.ts";
import { loadSealedTo } from "./seal.ts";

/** The time between the newest event and the oldest one that could be in the index and is not. */
export function* unsealedSeconds(s: Pick<HistorySession, "one" | "sealable">): Steps<number> {
  const sealedTo = yield* loadSealedTo(s);
  const end = yield* s.sealable(Infinity, sealedTo);
  const oldest = yield* s.one<{ acceptedAt: number }>(
    "SELECT accepted_at FROM event WHERE seq >= ?1 AND seq < ?2 ORDER BY seq LIMIT 1",
    [sealedTo, end],
  );
  if (oldest === null) return 0;
  const newest = yield* s.one<{ acceptedAt: number }>(
    "SELECT accepted_at FROM event ORDER BY seq DESC LIMIT 1",
  );
  return Math.max(0, ((newest?.acceptedAt ?? 0) - oldest.acceptedAt) / 1000);
}
