/**
 * Endpoints. Every change bumps the version and is told to the owner of the shard (I11). What is
 * owed to one that is paused, disabled or deleted is not touched: `parked` and `cancelled` follow
 * from the endpoint's row, so such a change costs the same with half a million deliveries behind it.
 */
import { AppError } from "../../core/error.ts";
import type { Dialect } from "../../core/snapshot.ts";
import type { Endpoint, EndpointChange } from "../endpoints.ts";
import type { Done, Once, Page, Window } from "../store.ts";
import { findApp } from "./apps.ts";
import type { Connection } from "./connection.ts";
import { changeableColumns, endpointOf, findEndpoint, type EndpointRow } from "./endpoint-rows.ts";
import { requeueEndpoint } from "./endpoint-queue.ts";
import { findOnce, keepOnce } from "./once.ts";
import { pageLimit, pageOf, readsUpwards } from "./paging.ts";
import type { Writer } from "./writer-types.ts";

export function createEndpoint(
  writer: Writer,
  p: { appRef: string; endpoint: Endpoint; once: Once | null },
): Done<Endpoint> | null {
  const app = findApp(writer, p.appRef);
  if (app === null) return null;
  const before = findOnce(writer, p.once)?.[0];
  if (before !== undefined) {
    return { repeated: true, value: endpointEvenDeleted(writer, before, app.id) };
  }
  refuseTakenUid(writer, app.seq, p.endpoint.uid);
  const { endpoint } = p;
  const columns = {
    ...changeableColumns(endpoint),
    id: endpoint.endpointId,
    appSeq: app.seq,
    dialect: endpoint.dialect,
    status: endpoint.status,
    parkedAt: endpoint.status === "enabled" ? null : endpoint.createdAt,
    shard: endpoint.shard,
    version: endpoint.version,
    createdAt: endpoint.createdAt,
    updatedAt: endpoint.updatedAt,
  };
  const names = Object.keys(columns);
  const { lastInsertRowid } = writer
    .sql(
      `INSERT INTO endpoint (${names.join(", ")}) VALUES (${names.map((n) => `:${n}`).join(", ")})`,
    )
    .run(columns);
  const insertSecret = writer.sql(
    "INSERT INTO endpointSecret (endpointSeq, ordinal, createdAt, sealed, expiresAt) VALUES (?, ?, ?, ?, ?)",
  );
  for (const [i, secret] of endpoint.secrets.entries()) {
    const ordinal = endpoint.secrets.length - i;
    insertSecret.run(lastInsertRowid, ordinal, secret.createdAt, secret.sealed, secret.expiresAt);
  }
  writer.state.forgetEndpoints(app.seq);
  keepOnce(writer, p.once, [endpoint.endpointId]);
  return { repeated: false, value: endpointEvenDeleted(writer, endpoint.endpointId, app.id) };
}

export function getEndpoint(
  connection: Connection,
  p: { appRef: string; ref: string },
): Endpoint | null {
  const app = findApp(connection, p.appRef);
  const row = app === null ? null : findEndpoint(connection, app.seq, p.ref);
  return app === null || row === null ? null : endpointOf(connection, row, app.id);
}

export function listEndpoints(
  connection: Connection,
  p: Window & { appRef: string; dialect: Dialect | null },
): Page<Endpoint> | null {
  const app = findApp(connection, p.appRef);
  if (app === null) return null;
  const upwards = readsUpwards(p);
  const rows = connection
    .sql(
      `SELECT * FROM endpoint
       WHERE appSeq = ?1 AND status <> 'deleted'
         AND seq ${upwards ? ">" : "<"} coalesce((SELECT seq FROM endpoint WHERE id = ?2), ?3)
         AND (?4 IS NULL OR dialect = ?4)
       ORDER BY seq ${upwards ? "ASC" : "DESC"} LIMIT ?5`,
    )
    .all(app.seq, p.after, upwards ? 0 : Number.MAX_SAFE_INTEGER, p.dialect, pageLimit(p) + 1);
  return pageOf(p, rows as EndpointRow[], (row) => endpointOf(connection, row, app.id));
}

export function updateEndpoint(
  writer: Writer,
  p: { appRef: string; ref: string; change: EndpointChange; now: number },
): Endpoint | null {
  const app = findApp(writer, p.appRef);
  const row = app === null ? null : findEndpoint(writer, app.seq, p.ref);
  if (app === null || row === null) return null;
  const before = endpointOf(writer, row, app.id);
  const status = p.change.status ?? before.status;
  // An endpoint that is enabled again is not disabled for any reason.
  const disabledReason = status === "enabled" ? null : before.disabledReason;
  const after: Endpoint = { ...before, disabledReason, ...p.change };
  if (after.uid !== before.uid) refuseTakenUid(writer, app.seq, after.uid);
  const columns = changeableColumns(after);
  writer
    .sql(
      `UPDATE endpoint SET ${Object.keys(columns)
        .map((name) => `${name} = :${name}`)
        .join(", ")}, updatedAt = :now WHERE seq = :seq`,
    )
    .run({ ...columns, now: p.now, seq: row.seq });
  if (status !== before.status) changeStatus(writer, row, status, p.now);
  bumpVersion(writer, row);
  return endpointEvenDeleted(writer, row.id, app.id);
}

export function rotateSecret(
  writer: Writer,
  p: {
    appRef: string;
    ref: string;
    sealed: Uint8Array;
    overlapUntil: number;
    keep: number;
    now: number;
    once: Once | null;
  },
): Done<Endpoint> | null {
  const app = findApp(writer, p.appRef);
  const row = app === null ? null : findEndpoint(writer, app.seq, p.ref);
  if (app === null || row === null) return null;
  if (findOnce(writer, p.once) !== null) {
    return { repeated: true, value: endpointOf(writer, row, app.id) };
  }
  // One that was rotated away earlier keeps its own end when that is sooner.
  writer
    .sql(
      `UPDATE endpointSecret SET expiresAt = min(coalesce(expiresAt, ?1), ?1) WHERE endpointSeq = ?2`,
    )
    .run(p.overlapUntil, row.seq);
  writer
    .sql(
      `INSERT INTO endpointSecret (endpointSeq, ordinal, createdAt, sealed, expiresAt)
       SELECT ?1, coalesce(max(ordinal), 0) + 1, ?2, ?3, NULL
       FROM endpointSecret WHERE endpointSeq = ?1`,
    )
    .run(row.seq, p.now, p.sealed);
  writer
    .sql(
      `DELETE FROM endpointSecret WHERE endpointSeq = ?1 AND (expiresAt <= ?2 OR ordinal <=
         (SELECT max(ordinal) FROM endpointSecret WHERE endpointSeq = ?1) - ?3)`,
    )
    .run(row.seq, p.now, Math.max(1, p.keep));
  writer.sql("UPDATE endpoint SET updatedAt = ? WHERE seq = ?").run(p.now, row.seq);
  bumpVersion(writer, row);
  keepOnce(writer, p.once, [row.id]);
  return { repeated: false, value: endpointEvenDeleted(writer, row.id, app.id) };
}

/**
 * Leaving `enabled` takes the endpoint out of the queue and starts its parked time; coming back puts
 * it in with its earliest due time, and `claim` moves each schedule on by the time it was parked.
 */
function changeStatus(
  writer: Writer,
  row: EndpointRow,
  status: Endpoint["status"],
  now: number,
): void {
  writer
    .sql(
      `UPDATE endpoint SET status = ?1,
         parkedMs = parkedMs + CASE WHEN ?1 = 'enabled' THEN max(0, ?2 - parkedAt) ELSE 0 END,
         parkedAt = CASE WHEN ?1 = 'enabled' THEN NULL ELSE coalesce(parkedAt, ?2) END
       WHERE seq = ?3`,
    )
    .run(status, now, row.seq);
  writer.state.forgetEndpoints(row.appSeq);
  if (status !== "enabled") {
    writer.sql("DELETE FROM endpointQueue WHERE endpointSeq = ?").run(row.seq);
    return;
  }
  // What it failed at before it was disabled must not disable it again at the first failure.
  if (row.status === "disabled") {
    writer.sql("DELETE FROM endpointState WHERE endpointSeq = ?").run(row.seq);
  }
  requeueEndpoint(writer, row.seq);
}

function bumpVersion(writer: Writer, row: EndpointRow): void {
  const version = row.version + 1;
  writer.sql("UPDATE endpoint SET version = ? WHERE seq = ?").run(version, row.seq);
  writer.state.forgetEndpoints(row.appSeq);
  writer.noteChanged({ endpointId: row.id, version, shard: row.shard });
}

function refuseTakenUid(writer: Writer, appSeq: number, uid: string | null): void {
  if (uid === null) return;
  const taken = writer
    .sql("SELECT 1 FROM endpoint WHERE appSeq = ? AND uid = ? AND status <> 'deleted'")
    .get(appSeq, uid);
  if (taken !== undefined)
    throw new AppError("conflict", `an endpoint with the uid "${uid}" exists`);
}

function endpointEvenDeleted(connection: Connection, id: string, appId: string): Endpoint {
  const row = connection.sql("SELECT * FROM endpoint WHERE id = ?").get(id) as EndpointRow;
  return endpointOf(connection, row, appId);
}
