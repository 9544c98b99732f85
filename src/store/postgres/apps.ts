/**
 * Apps. A `ref` is an id or a uid; an id takes precedence. Deletion keeps the row, because old events refer
 * to its number; the sweep blanks the content in slices. A change locks the app before it reads the app.
 */
import { AppError } from "../../core/error.ts";
import { OPERATOR_APP_ID } from "../../core/operational-events.ts";
import type { SignatureHeaders } from "../../core/signature-headers.ts";
import { pageLimit, toPage, readsUpwards } from "../paging.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Idempotent, IdempotencyKey } from "../idempotency.ts";
import type { App, AppFields } from "../tenancy.ts";
import { lockApp, touchEndpoints } from "./app-locks.ts";
import type { Connection } from "./connection.ts";
import { lockShared } from "./locks.ts";
import type { ChangeNote } from "./after-commit.ts";
import { findIdempotent, saveIdempotent } from "./idempotency.ts";
import type { Reader, Tx } from "./types.ts";

export type AppRow = {
  readonly seq: number;
  readonly id: string;
  readonly uid: string | null;
  readonly name: string;
  readonly throttleRate: number | null;
  readonly signatureHeaders: string | null;
  readonly metadata: string;
  readonly test: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
};

function toApp(row: AppRow): App {
  return {
    id: row.id,
    uid: row.uid,
    name: row.name,
    throttleRate: row.throttleRate,
    signatureHeaders: row.signatureHeaders as SignatureHeaders | null,
    metadata: JSON.parse(row.metadata) as Record<string, string>,
    test: row.test,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** The live app with this id, or else with this uid. */
export async function findApp(connection: Connection, ref: string): Promise<AppRow | null> {
  const [row] = await connection.sql<AppRow>(
    `SELECT * FROM app WHERE (id = $1 OR uid = $1) AND deleted_at IS NULL
     ORDER BY id = $1 DESC LIMIT 1`,
    [ref],
  );
  return row ?? null;
}

/** Like `findApp`, but the app also stays live until the transaction ends. */
export async function keepApp(tx: Tx, ref: string): Promise<AppRow | null> {
  const found = await findApp(tx, ref);
  if (found === null) return null;
  await lockShared(tx, "app", [found.seq]);
  return await findApp(tx, found.id);
}

export async function createApp(
  tx: Tx,
  p: { app: App; idempotencyKey: IdempotencyKey | null },
): Promise<Idempotent<App>> {
  const before = (await findIdempotent(tx, p.idempotencyKey))?.[0];
  if (before !== undefined) return { repeated: true, value: await appByIdEvenDeleted(tx, before) };
  await refuseTakenUid(tx, p.app.uid);
  await insertApp(tx, p.app);
  await saveIdempotent(tx, p.idempotencyKey, [p.app.id]);
  return { repeated: false, value: p.app };
}

export async function getOrCreateApp(
  tx: Tx,
  p: { app: App; idempotencyKey: IdempotencyKey | null },
): Promise<{ app: App; created: boolean }> {
  const before = await findIdempotent(tx, p.idempotencyKey);
  if (before !== null) {
    // The second resource stores the first answer, so that a repeated request gets the same one.
    return {
      app: await appByIdEvenDeleted(tx, before[0] as string),
      created: before[1] === "created",
    };
  }
  const found = p.app.uid === null ? null : await findApp(tx, p.app.uid);
  if (found === null) await insertApp(tx, p.app);
  const app = found === null ? p.app : toApp(found);
  await saveIdempotent(tx, p.idempotencyKey, [app.id, found === null ? "created" : "found"]);
  return { app, created: found === null };
}

export async function seedOperator(tx: Tx, p: { app: App }): Promise<void> {
  if ((await findApp(tx, p.app.id)) === null) await insertApp(tx, p.app);
}

/** Finds an application's row. The operator's reserved app is left out of every list and change of apps. */
async function findTenant(connection: Connection, ref: string): Promise<AppRow | null> {
  const row = await findApp(connection, ref);
  return row?.id === OPERATOR_APP_ID ? null : row;
}

/** Locks an app for a change, then reads it: no other transaction changes it or accepts events for it. */
async function lockTenant(tx: Tx, ref: string): Promise<AppRow | null> {
  const found = await findTenant(tx, ref);
  if (found === null) return null;
  await lockApp(tx, found.seq);
  return await findApp(tx, found.id);
}

export async function getApp(reader: Reader, p: { ref: string }): Promise<App | null> {
  const row = await findTenant(reader, p.ref);
  return row === null ? null : toApp(row);
}

export async function listApps(
  reader: Reader,
  p: PageRequest & { excludeEmpty?: boolean },
): Promise<Page<App>> {
  const upwards = readsUpwards(p);
  const rows = await reader.sql<AppRow>(
    `SELECT * FROM app
     WHERE deleted_at IS NULL AND id <> '${OPERATOR_APP_ID}'
       AND seq ${upwards ? ">" : "<"} coalesce((SELECT seq FROM app WHERE id = $1), $2::bigint)
       AND (NOT $3::boolean OR EXISTS
         (SELECT 1 FROM endpoint WHERE app_seq = app.seq AND status <> 'deleted'))
     ORDER BY seq ${upwards ? "ASC" : "DESC"} LIMIT $4`,
    [p.after, upwards ? 0 : Number.MAX_SAFE_INTEGER, p.excludeEmpty === true, pageLimit(p) + 1],
  );
  return toPage(p, rows, toApp);
}

export async function updateApp(
  tx: Tx,
  p: { ref: string; change: Partial<AppFields>; now: number },
): Promise<App | null> {
  const row = await lockTenant(tx, p.ref);
  if (row === null) return null;
  const app: App = { ...toApp(row), ...p.change, updatedAt: p.now };
  if (app.uid !== row.uid) await refuseTakenUid(tx, app.uid);
  await tx.run(
    `UPDATE app SET uid = $1, name = $2, throttle_rate = $3, signature_headers = $4, metadata = $5,
       updated_at = $6
     WHERE seq = $7`,
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
  const isSentOtherwise =
    app.throttleRate !== row.throttleRate || app.signatureHeaders !== row.signatureHeaders;
  if (isSentOtherwise) await changeEndpoints(tx, row.seq);
  return app;
}

/** Lanes cache the app's rate and signature headers, so their owners load the endpoints again. */
async function changeEndpoints(tx: Tx, appSeq: number): Promise<void> {
  const changed = await tx.sql<ChangeNote>(
    `UPDATE endpoint SET version = version + 1 WHERE app_seq = $1 AND status <> 'deleted'
     RETURNING id AS endpoint_id, version, shard`,
    [appSeq],
  );
  await touchEndpoints(tx, appSeq);
  for (const note of changed) tx.afterCommit.changed(note);
}

export async function deleteApp(tx: Tx, p: { ref: string; now: number }): Promise<boolean> {
  const row = await lockTenant(tx, p.ref);
  if (row === null) return false;
  const appSeq = row.seq;
  await tx.run("UPDATE app SET deleted_at = $1, updated_at = $1 WHERE seq = $2", [p.now, appSeq]);
  const ended = await tx.sql<ChangeNote & { seq: number }>(
    `UPDATE endpoint SET status = 'deleted', version = version + 1, updated_at = $1
     WHERE app_seq = $2 AND status <> 'deleted' RETURNING seq, id AS endpoint_id, version, shard`,
    [p.now, appSeq],
  );
  await touchEndpoints(tx, appSeq);
  for (const { endpointId, version, shard } of ended) {
    tx.afterCommit.changed({ endpointId, version, shard });
  }
  await tx.run("UPDATE api_key SET revoked_at = $1 WHERE app_seq = $2 AND revoked_at IS NULL", [
    p.now,
    appSeq,
  ]);
  await tx.run("DELETE FROM dialect_state WHERE app_seq = $1", [appSeq]);
  await freeLines(tx, appSeq);
  await tx.run(
    `DELETE FROM endpoint_queue WHERE endpoint_seq IN
       (SELECT endpoint_seq FROM endpoint_queue WHERE endpoint_seq = ANY ($1::bigint[])
        ORDER BY endpoint_seq FOR UPDATE)`,
    [ended.map(({ seq }) => seq)],
  );
  return true;
}

/** User names are unique across the server; those of a deleted app become free. */
async function freeLines(tx: Tx, appSeq: number): Promise<void> {
  const lines = await tx.sql<{ seq: number }>(
    `UPDATE line SET line_id = NULL, name = NULL, username = NULL, password_hash = NULL,
       registered_at = NULL
     WHERE app_seq = $1 AND line_id IS NOT NULL RETURNING seq`,
    [appSeq],
  );
  await tx.run("DELETE FROM line_session WHERE line_seq = ANY ($1::bigint[])", [
    lines.map(({ seq }) => seq),
  ]);
}

/**
 * Inserts an app that this transaction looked for and did not find; returns the row's seq. If another
 * transaction creates the same app meanwhile, the unique index refuses this one, and the rerun finds it.
 */
export async function insertApp(tx: Tx, app: App): Promise<number> {
  const [row] = await tx.sql<{ seq: number }>(
    `INSERT INTO app (id, uid, name, throttle_rate, signature_headers, metadata, test, created_at,
       updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING seq`,
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
  return (row as { seq: number }).seq;
}

async function refuseTakenUid(connection: Connection, uid: string | null): Promise<void> {
  if (uid === null) return;
  const taken = await connection.sql("SELECT 1 FROM app WHERE uid = $1 AND deleted_at IS NULL", [
    uid,
  ]);
  if (taken.length > 0)
    throw new AppError(
      "conflict",
      `An application with the uid "${uid}" already exists; use another uid.`,
    );
}

async function appByIdEvenDeleted(connection: Connection, id: string): Promise<App> {
  const [row] = await connection.sql<AppRow>("SELECT * FROM app WHERE id = $1", [id]);
  return toApp(row as AppRow);
}
