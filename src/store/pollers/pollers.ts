/** Pollers of an application, in the order of their ids. The application is locked while one is added. */
import { AppError } from "../../core/error.ts";
import { LIMITS, limitOf } from "../../core/limits.ts";
import { refuseLimit } from "../../core/limits/limit.ts";
import { loadFeedCursors } from "../history/feed-key.ts";
import { scopeToApp, type Idempotent } from "../idempotency.ts";
import type { Poller, PollerStore } from "../interface/pollers.ts";
import type { Page } from "../page.ts";
import { pageLimit, readsUpwards, toOrder, toPage } from "../paging.ts";
import { isTrue, type Session, type Steps, type WriteSession } from "../session.ts";
import { findApp, lockApp, type AppRow } from "../tenancy/app-row.ts";
import { toOwnLimits } from "../tenancy/own-limits.ts";

type Params<M extends keyof PollerStore> = Parameters<PollerStore[M]>[0];

type PollerRow = Omit<Poller, "appId" | "isEnabled" | "eventTypes" | "channels" | "metadata"> & {
  readonly isEnabled: boolean | number;
  readonly eventTypes: string | null;
  readonly channels: string | null;
  readonly metadata: string;
};

const COLUMNS =
  "id, uid, is_enabled, event_types, channels, metadata, start_cursor, created_at, updated_at";

export function* createPoller(
  s: WriteSession,
  p: Params<"create">,
): Steps<Idempotent<Poller> | null> {
  const app = yield* lockApp(s, p.appRef);
  if (app === null) return null;
  const key = scopeToApp(p.idempotencyKey, app.id);
  const before = (yield* s.findIdempotent(key))?.[0];
  const cursors = yield* loadFeedCursors(s, app.id);
  // Later events are at this place or behind it.
  const startCursor = cursors.write(Math.max(0, (yield* s.nextEventPlace()) - 1));
  const poller = { ...p.poller, appId: app.id, startCursor };
  if (before !== undefined) {
    // A poller that was deleted since is answered as it was requested.
    return { repeated: true, value: (yield* findPoller(s, app, before)) ?? poller };
  }
  yield* refuseBeyondLimit(s, app);
  yield* refuseTakenUid(s, app.seq, poller);
  yield* s.run(
    `INSERT INTO poller (app_seq, ${COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)`,
    [app.seq, poller.id, ...toValues(poller), startCursor, poller.createdAt, poller.updatedAt],
  );
  yield* s.saveIdempotent(key, [poller.id]);
  return { repeated: false, value: poller };
}

function* refuseBeyondLimit(s: WriteSession, app: AppRow): Steps<void> {
  const limit = limitOf(s.limits, toOwnLimits(app.ownLimits), "pollers");
  if ((yield* countPollers(s, app.seq)) >= limit) throw refuseLimit(LIMITS.pollers, limit);
}

export function* countPollers(s: Session, appSeq: number): Steps<number> {
  const row = yield* s.one<{ count: number }>(
    "SELECT count(*) AS count FROM poller WHERE app_seq = ?1",
    [appSeq],
  );
  return row?.count ?? 0;
}

function* refuseTakenUid(
  s: Session,
  appSeq: number,
  { id, uid }: Pick<Poller, "id" | "uid">,
): Steps<void> {
  if (uid === null) return;
  const taken = yield* s.one("SELECT 1 FROM poller WHERE app_seq = ?1 AND uid = ?2 AND id <> ?3", [
    appSeq,
    uid,
    id,
  ]);
  if (taken === null) return;
  throw new AppError(
    "conflict",
    `The application already has a destination with the uid "${uid}"; use another uid.`,
  );
}

export function* getPoller(s: Session, p: Params<"get">): Steps<Poller | null> {
  const app = yield* findApp(s, p.appRef);
  return app === null ? null : yield* findPoller(s, app, p.ref);
}

/** Where one text is an id and a uid, the id wins. */
function* findPoller(
  s: Session,
  app: Pick<AppRow, "seq" | "id">,
  ref: string,
): Steps<Poller | null> {
  const rows = yield* s.all<PollerRow>(
    `SELECT ${COLUMNS} FROM poller WHERE app_seq = ?1 AND (id = ?2 OR uid = ?2)`,
    [app.seq, ref],
  );
  const row = rows.find(({ id }) => id === ref) ?? rows[0];
  return row === undefined ? null : toPoller(row, app.id);
}

export function* listPollers(s: Session, p: Params<"list">): Steps<Page<Poller> | null> {
  const app = yield* findApp(s, p.appRef);
  if (app === null) return null;
  const upwards = readsUpwards(p);
  const rows = yield* s.all<PollerRow>(
    `SELECT ${COLUMNS} FROM poller
     WHERE app_seq = ?1 AND (CAST(?2 AS TEXT) IS NULL OR id ${upwards ? ">" : "<"} ?2)
     ORDER BY id ${toOrder(upwards)} LIMIT ?3`,
    [app.seq, p.after, pageLimit(p) + 1],
  );
  return toPage(p, rows, (row) => toPoller(row, app.id));
}

export function* updatePoller(s: WriteSession, p: Params<"update">): Steps<Poller | null> {
  const app = yield* lockApp(s, p.appRef);
  const before = app === null ? null : yield* findPoller(s, app, p.ref);
  if (app === null || before === null) return null;
  const after = { ...before, ...p.change, updatedAt: p.now };
  yield* refuseTakenUid(s, app.seq, after);
  yield* s.run(
    `UPDATE poller SET uid = ?3, is_enabled = ?4, event_types = ?5, channels = ?6, metadata = ?7,
       updated_at = ?8 WHERE app_seq = ?1 AND id = ?2`,
    [app.seq, after.id, ...toValues(after), after.updatedAt],
  );
  return after;
}

export function* deletePoller(s: WriteSession, p: Params<"delete">): Steps<boolean> {
  const app = yield* lockApp(s, p.appRef);
  const poller = app === null ? null : yield* findPoller(s, app, p.ref);
  if (app === null || poller === null) return false;
  const key = [app.seq, poller.id] as const;
  yield* s.run("DELETE FROM poller_consumer WHERE app_seq = ?1 AND poller_id = ?2", key);
  yield* s.run("DELETE FROM poller WHERE app_seq = ?1 AND id = ?2", key);
  return true;
}

/** The values of the columns from `uid` to `metadata`. */
function toValues({ uid, isEnabled, eventTypes, channels, metadata }: Omit<Poller, "appId">) {
  return [uid, isEnabled, toText(eventTypes), toText(channels), JSON.stringify(metadata)] as const;
}

function toPoller(row: PollerRow, appId: string): Poller {
  return {
    ...row,
    appId,
    isEnabled: isTrue(row.isEnabled),
    eventTypes: toList(row.eventTypes),
    channels: toList(row.channels),
    metadata: JSON.parse(row.metadata) as Record<string, string>,
  };
}

function toText(list: readonly string[] | null): string | null {
  return list === null ? null : JSON.stringify(list);
}

function toList(text: string | null): readonly string[] | null {
  return text === null ? null : (JSON.parse(text) as string[]);
}
