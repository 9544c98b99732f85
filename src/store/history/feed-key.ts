/** The key of the cursors of feeds, a setting that a migration made and no rotation of keys changes. */
import { createFeedCursors, type FeedCursors } from "../../core/crypto/feed-cursor.ts";
import type { Session, Steps } from "../session.ts";

export const FEED_KEY = "feed.key";

export function* loadFeedCursors(s: Session, appId: string): Steps<FeedCursors> {
  const row = yield* s.one<{ value: string }>("SELECT value FROM setting WHERE name = ?1", [
    FEED_KEY,
  ]);
  return createFeedCursors(row?.value ?? "", appId);
}
