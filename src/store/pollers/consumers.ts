/**
 * Consumers of pollers. A poll reads the feed first and moves its consumer afterwards, so the move compares the
 * state that the poll has seen. Of two polls under way for one consumer, one moves it.
 */
import { LIMITS, limitOf } from "../../core/limits.ts";
import { refuseLimit } from "../../core/limits/limit.ts";
import { loadFeedCursors } from "../history/feed-key.ts";
import type { Consumer, PollerStore } from "../interface/pollers.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import { findApp, keepApp, lockApp, type AppRow } from "../tenancy/app-row.ts";
import { toOwnLimits } from "../tenancy/own-limits.ts";

type Params<M extends keyof PollerStore> = Parameters<PollerStore[M]>[0];
type Key = readonly [appSeq: number, pollerId: string, consumer: string];

const OF_KEY = "app_seq = ?1 AND poller_id = ?2 AND consumer = ?3";

export function* getConsumer(s: Session, p: Params<"consumer">): Steps<Consumer | null> {
  const app = yield* findApp(s, p.appRef);
  return app === null ? null : yield* findConsumer(s, [app.seq, p.pollerId, p.consumer], "");
}

export function* moveConsumer(s: WriteSession, p: Params<"moveConsumer">): Steps<boolean> {
  // A consumer is added once, and moved with every poll.
  const app = p.before ? yield* keepApp(s, p.appRef) : yield* lockApp(s, p.appRef);
  if (app === null) return false;
  const key: Key = [app.seq, p.pollerId, p.consumer];
  const found = yield* findConsumer(s, key, s.sql.forUpdate);
  if (p.before !== undefined && !isSame(found, p.before)) return false;
  const { cursor, nextCursor, since } = p.after;
  if (found === null) {
    const poller = yield* s.one("SELECT 1 FROM poller WHERE app_seq = ?1 AND id = ?2", [
      app.seq,
      p.pollerId,
    ]);
    if (poller === null) return false;
    yield* refuseBeyondLimit(s, app);
    yield* s.run(
      `INSERT INTO poller_consumer (app_seq, poller_id, consumer, cursor, next_cursor, since, updated_at)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
      [...key, cursor, nextCursor, since, p.now],
    );
    return true;
  }
  yield* s.run(
    `UPDATE poller_consumer SET cursor = ?4, next_cursor = ?5, since = ?6, updated_at = ?7
     WHERE ${OF_KEY}`,
    [...key, cursor, nextCursor, since, p.now],
  );
  return true;
}

export function* oldestCursor(s: Session, p: Params<"oldestCursor">): Steps<string | null> {
  const app = yield* findApp(s, p.appRef);
  return app === null ? null : (yield* loadFeedCursors(s, app.id)).write(0);
}

export function* countConsumers(s: Session, appSeq: number): Steps<number> {
  const row = yield* s.one<{ count: number }>(
    "SELECT count(*) AS count FROM poller_consumer WHERE app_seq = ?1",
    [appSeq],
  );
  return row?.count ?? 0;
}

function* findConsumer(s: Session, key: Key, lock: string): Steps<Consumer | null> {
  return yield* s.one<Consumer>(
    `SELECT cursor, next_cursor, since FROM poller_consumer WHERE ${OF_KEY} ${lock}`,
    key,
  );
}

function* refuseBeyondLimit(s: WriteSession, app: AppRow): Steps<void> {
  const limit = limitOf(s.limits, toOwnLimits(app.ownLimits), "pollerConsumers");
  if ((yield* countConsumers(s, app.seq)) < limit) return;
  throw refuseLimit(LIMITS.pollerConsumers, limit);
}

function isSame(a: Consumer | null, b: Consumer | null): boolean {
  if (a === null || b === null) return a === b;
  return a.cursor === b.cursor && a.nextCursor === b.nextCursor && a.since === b.since;
}
