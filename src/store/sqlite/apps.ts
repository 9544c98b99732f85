/**
 * Apps. A `ref` is an id or a uid; where one text is both, the id wins. Deleting keeps the row: its
 * number stays in every old event, and the sweep blanks the content in slices.
 */
import { AppError } from "../../core/error.ts";
import { OPERATOR_APP_ID } from "../../core/operational-events.ts";
import type { SignatureHeaders } from "../../core/signature-headers.ts";
import type { Page, PageRequest } from "../page.ts";
import type { Idempotent, IdempotencyKey } from "../idempotency.ts";
import type { App, AppFields } from "../tenancy.ts";
import type { Connection } from "./connection.ts";
import { findIdempotent, saveIdempotent } from "./idempotency.ts";
import { pageLimit, toPage, readsUpwards } from "../paging.ts";
import type { Writer } from "./writer-types.ts";

export type AppRow = {
  readonly seq: number;
  readonly id: string;
  readonly uid: string | null;
  readonly name: string;
  readonly throttleRate: number | null;
  readonly signatureHeaders: string | null;
  readonly metadata: string;
  readonly test: number;
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
    test: row.test === 1,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
}

/** The live app with this id, else with this uid. */
export function findApp(connection: Connection, ref: string): AppRow | null {
  const byId = connection.sql("SELECT * FROM app WHERE id = ? AND deletedAt IS NULL").get(ref);
  const row =
    byId ?? connection.sql("SELECT * FROM app WHERE uid = ? AND deletedAt IS NULL").get(ref);
  return (row as AppRow | undefined) ?? null;
}

export function createApp(
  writer: Writer,
  p: { app: App; idempotencyKey: IdempotencyKey | null },
): Idempotent<App> {
  const before = findIdempotent(writer, p.idempotencyKey)?.[0];
  if (before !== undefined) return { repeated: true, value: appByIdEvenDeleted(writer, before) };
  insertApp(writer, p.app);
  saveIdempotent(writer, p.idempotencyKey, [p.app.id]);
  return { repeated: false, value: p.app };
}

export function getOrCreateApp(
  writer: Writer,
  p: { app: App; idempotencyKey: IdempotencyKey | null },
): { app: App; created: boolean } {
  const before = findIdempotent(writer, p.idempotencyKey);
  if (before !== null) {
    // The second resource says what was answered then: the same request is answered the same way.
    return {
      app: appByIdEvenDeleted(writer, before[0] as string),
      created: before[1] === "created",
    };
  }
  const found = p.app.uid === null ? null : findApp(writer, p.app.uid);
  if (found === null) insertApp(writer, p.app);
  const app = found === null ? p.app : toApp(found);
  saveIdempotent(writer, p.idempotencyKey, [app.id, found === null ? "created" : "found"]);
  return { app, created: found === null };
}

export function seedOperator(writer: Writer, p: { app: App }): void {
  if (findApp(writer, p.app.id) === null) insertApp(writer, p.app);
}

/** An app that is somebody's: the operator's own is kept out of every list and change of apps. */
function findTenant(connection: Connection, ref: string): AppRow | null {
  const row = findApp(connection, ref);
  return row?.id === OPERATOR_APP_ID ? null : row;
}

export function getApp(connection: Connection, p: { ref: string }): App | null {
  const row = findTenant(connection, p.ref);
  return row === null ? null : toApp(row);
}

export function listApps(
  connection: Connection,
  p: PageRequest & { excludeEmpty?: boolean },
): Page<App> {
  const upwards = readsUpwards(p);
  const rows = connection
    .sql(
      `SELECT * FROM app
       WHERE deletedAt IS NULL AND id <> '${OPERATOR_APP_ID}'
         AND seq ${upwards ? ">" : "<"} coalesce((SELECT seq FROM app WHERE id = ?1), ?2)
         AND (?3 = 0 OR EXISTS
           (SELECT 1 FROM endpoint WHERE appSeq = app.seq AND status <> 'deleted'))
       ORDER BY seq ${upwards ? "ASC" : "DESC"} LIMIT ?4`,
    )
    .all(
      p.after,
      upwards ? 0 : Number.MAX_SAFE_INTEGER,
      p.excludeEmpty === true ? 1 : 0,
      pageLimit(p) + 1,
    );
  return toPage(p, rows as AppRow[], toApp);
}

export function updateApp(
  writer: Writer,
  p: { ref: string; change: Partial<AppFields>; now: number },
): App | null {
  const row = findTenant(writer, p.ref);
  if (row === null) return null;
  const app: App = { ...toApp(row), ...p.change, updatedAt: p.now };
  if (app.uid !== row.uid) refuseTakenUid(writer, app.uid);
  writer
    .sql(
      `UPDATE app SET uid = ?, name = ?, throttleRate = ?, signatureHeaders = ?, metadata = ?,
         updatedAt = ? WHERE seq = ?`,
    )
    .run(
      app.uid,
      app.name,
      app.throttleRate,
      app.signatureHeaders,
      JSON.stringify(app.metadata),
      p.now,
      row.seq,
    );
  writer.state.forgetApp(row.seq);
  const isSentOtherwise =
    app.throttleRate !== row.throttleRate || app.signatureHeaders !== row.signatureHeaders;
  if (isSentOtherwise) noteEndpointsChanged(writer, row.seq);
  return app;
}

/** Lanes keep the rate and the signature headers of the app, so their owners load the endpoints again. */
function noteEndpointsChanged(writer: Writer, appSeq: number): void {
  const changed = writer
    .sql(
      `UPDATE endpoint SET version = version + 1 WHERE appSeq = ? AND status <> 'deleted'
       RETURNING id, version, shard`,
    )
    .all(appSeq) as { id: string; version: number; shard: number }[];
  for (const { id, version, shard } of changed) {
    writer.afterCommit.changed({ endpointId: id, version, shard });
  }
  writer.state.forgetEndpoints(appSeq);
}

export function deleteApp(writer: Writer, p: { ref: string; now: number }): boolean {
  const row = findTenant(writer, p.ref);
  if (row === null) return false;
  writer
    .sql("UPDATE app SET deletedAt = ?, updatedAt = ? WHERE seq = ?")
    .run(p.now, p.now, row.seq);
  writer
    .sql(
      `DELETE FROM endpointQueue WHERE endpointSeq IN
         (SELECT seq FROM endpoint WHERE appSeq = ? AND status <> 'deleted')`,
    )
    .run(row.seq);
  const changed = writer
    .sql(
      `UPDATE endpoint SET status = 'deleted', version = version + 1, updatedAt = ?
       WHERE appSeq = ? AND status <> 'deleted' RETURNING id AS endpointId, version, shard`,
    )
    .all(p.now, row.seq) as { endpointId: string; version: number; shard: number }[];
  for (const endpoint of changed) writer.noteChanged(endpoint);
  writer
    .sql("UPDATE apiKey SET revokedAt = ? WHERE appSeq = ? AND revokedAt IS NULL")
    .run(p.now, row.seq);
  writer
    .sql("DELETE FROM lineSession WHERE lineSeq IN (SELECT seq FROM line WHERE appSeq = ?)")
    .run(row.seq);
  writer.sql("DELETE FROM dialectState WHERE appSeq = ?").run(row.seq);
  // User names are unique over the server: those of a deleted app are free again.
  writer
    .sql(
      `UPDATE line SET lineId = NULL, name = NULL, username = NULL, passwordHash = NULL,
         registeredAt = NULL
       WHERE appSeq = ? AND lineId IS NOT NULL`,
    )
    .run(row.seq);
  writer.state.forgetApp(row.seq);
  writer.state.forgetEndpoints(row.seq);
  return true;
}

/** Refuses with `conflict` when another live app has the uid. Gives the new row's seq. */
export function insertApp(writer: Writer, app: App): number {
  refuseTakenUid(writer, app.uid);
  const { lastInsertRowid } = writer
    .sql(
      `INSERT INTO app (id, uid, name, throttleRate, signatureHeaders, metadata, test, createdAt, updatedAt)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      app.id,
      app.uid,
      app.name,
      app.throttleRate,
      app.signatureHeaders,
      JSON.stringify(app.metadata),
      app.test ? 1 : 0,
      app.createdAt,
      app.updatedAt,
    );
  const seq = Number(lastInsertRowid);
  writer.state.forgetApp(seq);
  return seq;
}

function refuseTakenUid(writer: Writer, uid: string | null): void {
  if (uid === null) return;
  const taken = writer.sql("SELECT 1 FROM app WHERE uid = ? AND deletedAt IS NULL").get(uid);
  if (taken !== undefined)
    throw new AppError(
      "conflict",
      `An application with the uid "${uid}" already exists; use another uid.`,
    );
}

function appByIdEvenDeleted(connection: Connection, id: string): App {
  return toApp(connection.sql("SELECT * FROM app WHERE id = ?").get(id) as AppRow);
}
