/**
 * Applications. A `ref` is an id or a uid; where one text is both, the id wins. Deleting keeps the row,
 * because old events refer to its number; the sweep blanks the content in slices.
 */
import { AppError } from "../../core/error.ts";
import { OPERATOR_APP_ID } from "../../core/events/operational-events.ts";
import { scopeToStore, type Idempotent, type IdempotencyKey } from "../idempotency.ts";
import type { Page, PageRequest } from "../page.ts";
import { pageLimit, readsUpwards, toOrder, toPage } from "../paging.ts";
import type { EndpointChanged, Session, Steps, WriteSession } from "../session.ts";
import type { App, AppFields, AppListFilter } from "../interface/tenancy.ts";
import { unregisterLines } from "./lines.ts";
import { type AppRow, findApp, lockApp, toApp } from "./app-row.ts";
import { findByBeginning } from "./find-apps.ts";

export function* createApp(
  s: WriteSession,
  p: { app: App; idempotencyKey: IdempotencyKey | null },
): Steps<Idempotent<App>> {
  const key = scopeToStore(p.idempotencyKey);
  const before = (yield* s.findIdempotent(key))?.[0];
  if (before !== undefined) return { repeated: true, value: yield* appByIdEvenDeleted(s, before) };
  yield* refuseTakenUid(s, p.app.uid);
  yield* insertApp(s, p.app);
  yield* s.saveIdempotent(key, [p.app.id]);
  return { repeated: false, value: p.app };
}

export function* getOrCreateApp(
  s: WriteSession,
  p: { app: App; idempotencyKey: IdempotencyKey | null },
): Steps<{ app: App; created: boolean }> {
  const key = scopeToStore(p.idempotencyKey);
  const before = yield* s.findIdempotent(key);
  if (before !== null) {
    // The second resource is the answer of the first call: the same request gets the same answer.
    return {
      app: yield* appByIdEvenDeleted(s, before[0] as string),
      created: before[1] === "created",
    };
  }
  const found = p.app.uid === null ? null : yield* findApp(s, p.app.uid);
  if (found === null) yield* insertApp(s, p.app);
  const app = found === null ? p.app : toApp(found);
  yield* s.saveIdempotent(key, [app.id, found === null ? "created" : "found"]);
  return { app, created: found === null };
}

export function* seedOperator(s: WriteSession, p: { app: App }): Steps<void> {
  if ((yield* findApp(s, p.app.id)) === null) yield* insertApp(s, p.app);
}

/** An application of a tenant: lists and changes leave out the operator's. */
export function* findTenant(s: Session, ref: string): Steps<AppRow | null> {
  const row = yield* findApp(s, ref);
  return row?.id === OPERATOR_APP_ID ? null : row;
}

/** The row as it is once no accept and no other change of the application is under way. */
export function* lockTenant(s: WriteSession, ref: string): Steps<AppRow | null> {
  const row = yield* lockApp(s, ref);
  return row?.id === OPERATOR_APP_ID ? null : row;
}

export function* getApp(s: Session, p: { ref: string }): Steps<App | null> {
  const row = yield* findTenant(s, p.ref);
  return row === null ? null : toApp(row);
}

export function* listApps(s: Session, p: PageRequest & AppListFilter): Steps<Page<App>> {
  const { beginning = null } = p;
  if (beginning !== null) return yield* findByBeginning(s, { ...p, beginning });
  const upwards = readsUpwards(p);
  const rows = yield* s.all<AppRow>(
    `SELECT * FROM app
     WHERE deleted_at IS NULL AND id <> '${OPERATOR_APP_ID}'
       AND seq ${upwards ? ">" : "<"} coalesce((SELECT seq FROM app WHERE id = ?1), CAST(?2 AS BIGINT))
       AND (NOT CAST(?3 AS BOOLEAN) OR EXISTS
         (SELECT 1 FROM endpoint WHERE app_seq = app.seq AND status <> 'deleted'))
       AND (NOT CAST(?4 AS BOOLEAN) OR endpoint_count = 0 OR EXISTS
         (SELECT 1 FROM endpoint WHERE app_seq = app.seq AND status <> 'deleted' AND status <> 'disabled'))
     ORDER BY seq ${toOrder(upwards)} LIMIT ?5`,
    [
      p.after,
      upwards ? 0 : Number.MAX_SAFE_INTEGER,
      p.excludeEmpty === true,
      p.excludeDisabled === true,
      pageLimit(p) + 1,
    ],
  );
  return toPage(p, rows, toApp);
}

export function* updateApp(
  s: WriteSession,
  p: { ref: string; change: Partial<AppFields>; now: number },
): Steps<App | null> {
  const row = yield* lockTenant(s, p.ref);
  if (row === null) return null;
  const app: App = { ...toApp(row), ...p.change, updatedAt: p.now };
  if (app.uid !== row.uid) yield* refuseTakenUid(s, app.uid);
  yield* s.run(
    `UPDATE app SET uid = ?1, name = ?2, throttle_rate = ?3, signature_headers = ?4, metadata = ?5,
       updated_at = ?6
     WHERE seq = ?7`,
    [
      app.uid,
      app.name,
      app.throttleRate,
      app.signatureHeaders,
      JSON.stringify(app.metadata),
      p.now,
      row.seq,
    ],
  );
  s.appChanged(row.seq);
  const changesDeliveries =
    app.throttleRate !== row.throttleRate || app.signatureHeaders !== row.signatureHeaders;
  if (changesDeliveries) yield* changeEndpoints(s, row.seq);
  return app;
}

/** Lanes keep fields of the application, such as its rate, so owners load its endpoints again. */
export function* changeEndpoints(s: WriteSession, appSeq: number): Steps<void> {
  const changed = yield* s.all<EndpointChanged>(
    `UPDATE endpoint SET version = version + 1 WHERE app_seq = ?1 AND status <> 'deleted'
     RETURNING id AS endpoint_id, version, shard`,
    [appSeq],
  );
  yield* s.endpointsChanged(appSeq, toIds(changed));
  for (const change of changed) s.endpointChanged(change);
}

export function* deleteApp(s: WriteSession, p: { ref: string; now: number }): Steps<boolean> {
  const row = yield* lockTenant(s, p.ref);
  if (row === null) return false;
  yield* s.run(
    `UPDATE app SET deleted_at = ?1, updated_at = ?1, endpoint_count = 0, payload_filter_count = 0,
       filter_bytes = 0, endpoint_bytes = 0
     WHERE seq = ?2`,
    [p.now, row.seq],
  );
  const ended = yield* s.all<EndpointChanged & { readonly seq: number }>(
    `UPDATE endpoint SET status = 'deleted', version = version + 1, updated_at = ?1
     WHERE app_seq = ?2 AND status <> 'deleted' RETURNING seq, id AS endpoint_id, version, shard`,
    [p.now, row.seq],
  );
  yield* s.endpointsChanged(row.seq, toIds(ended));
  for (const { endpointId, version, shard } of ended) {
    s.endpointChanged({ endpointId, version, shard });
  }
  yield* s.run("UPDATE api_key SET revoked_at = ?1 WHERE app_seq = ?2 AND revoked_at IS NULL", [
    p.now,
    row.seq,
  ]);
  yield* s.run("DELETE FROM dialect_state WHERE app_seq = ?1", [row.seq]);
  yield* unregisterLines(s, row.seq);
  yield* s.dequeueEndpoints(ended.map(({ seq }) => seq));
  s.appChanged(row.seq);
  return true;
}

function toIds(changed: readonly EndpointChanged[]): readonly string[] {
  return changed.map(({ endpointId }) => endpointId);
}

/**
 * Inserts an application that this transaction looked for and did not find, and returns the row's
 * number. A concurrent insert fails on the unique index, and the rerun finds the row.
 */
export function* insertApp(s: WriteSession, app: App): Steps<number> {
  const row = yield* s.one<{ seq: number }>(
    `INSERT INTO app (id, uid, name, throttle_rate, signature_headers, metadata, test, created_at,
       updated_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING seq`,
    [
      app.id,
      app.uid,
      app.name,
      app.throttleRate,
      app.signatureHeaders,
      JSON.stringify(app.metadata),
      app.test,
      app.createdAt,
      app.updatedAt,
    ],
  );
  const { seq } = row as { seq: number };
  s.appChanged(seq);
  return seq;
}

function* refuseTakenUid(s: Session, uid: string | null): Steps<void> {
  if (uid === null) return;
  const taken = yield* s.one("SELECT 1 FROM app WHERE uid = ?1 AND deleted_at IS NULL", [uid]);
  if (taken !== null)
    throw new AppError(
      "conflict",
      `An application with the uid "${uid}" already exists; use another uid.`,
    );
}

function* appByIdEvenDeleted(s: Session, id: string): Steps<App> {
  return toApp((yield* s.one<AppRow>("SELECT * FROM app WHERE id = ?1", [id])) as AppRow);
}
