/**
 * The writes that endpoints are made and changed by, one at a time or many in a set. Every change
 * bumps the version and is told to the owner of the shard (I11).
 */
import { AppError } from "../../core/error.ts";
import { changeableColumns, type EndpointRow } from "../endpoint-row.ts";
import type { Endpoint, EndpointChange } from "../endpoints.ts";
import type { AppRow } from "./apps.ts";
import type { Connection } from "./connection.ts";
import { requeueEndpoint } from "./endpoint-queue.ts";
import { probeNow } from "./endpoint-state.ts";
import { loadEndpoint } from "./endpoint-rows.ts";
import type { Writer } from "./writer-types.ts";

/** Refuses with `conflict` when another live endpoint of the app has the uid. */
export function insertEndpoint(writer: Writer, app: AppRow, endpoint: Endpoint): Endpoint {
  refuseTakenUid(writer, app.seq, endpoint.uid);
  const columns = {
    ...toColumns(endpoint),
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
    "INSERT INTO endpointSecret (endpointSeq, ordinal, createdAt, encrypted, expiresAt) VALUES (?, ?, ?, ?, ?)",
  );
  for (const [i, secret] of endpoint.secrets.entries()) {
    const ordinal = endpoint.secrets.length - i;
    insertSecret.run(
      lastInsertRowid,
      ordinal,
      secret.createdAt,
      secret.encrypted,
      secret.expiresAt,
    );
  }
  writer.state.forgetEndpoints(app.seq);
  return endpointEvenDeleted(writer, endpoint.endpointId, app.id);
}

/** Refuses with `conflict` when another live endpoint of the app has the uid. */
export function changeEndpoint(
  writer: Writer,
  p: { app: AppRow; row: EndpointRow; change: EndpointChange; now: number },
): Endpoint {
  const { app, row, change, now } = p;
  const before = loadEndpoint(writer, row, app.id);
  const status = change.status ?? before.status;
  // An endpoint that is enabled again is not disabled for any reason.
  const disabledReason = status === "enabled" ? null : before.disabledReason;
  const after: Endpoint = { ...before, disabledReason, ...change };
  if (after.uid !== before.uid) refuseTakenUid(writer, app.seq, after.uid);
  const columns = toColumns(after);
  writer
    .sql(
      `UPDATE endpoint SET ${Object.keys(columns)
        .map((name) => `${name} = :${name}`)
        .join(", ")}, updatedAt = :now WHERE seq = :seq`,
    )
    .run({ ...columns, now, seq: row.seq });
  if (status !== before.status) changeStatus(writer, row, status, now);
  bumpVersion(writer, row);
  if (after.url !== before.url) forgetPause(writer, row.seq);
  probeNow(writer, row.seq, now);
  return endpointEvenDeleted(writer, row.id, app.id);
}

function toColumns(endpoint: Endpoint) {
  return { ...changeableColumns(endpoint), wantsHistory: endpoint.wantsHistory ? 1 : 0 };
}

/** It was another receiver that asked for it. */
function forgetPause({ sql }: Writer, endpointSeq: number): void {
  sql("UPDATE endpointState SET pausedUntil = NULL WHERE endpointSeq = ?").run(endpointSeq);
}

/** The only secret from now on, or none. The caller bumps the version, by the change it comes with. */
export function replaceSecrets(
  writer: Writer,
  row: EndpointRow,
  p: { secret: Uint8Array | null; now: number },
): void {
  writer.sql("DELETE FROM endpointSecret WHERE endpointSeq = ?").run(row.seq);
  if (p.secret === null) return;
  writer
    .sql(
      `INSERT INTO endpointSecret (endpointSeq, ordinal, createdAt, encrypted, expiresAt)
       VALUES (?, 1, ?, ?, NULL)`,
    )
    .run(row.seq, p.now, p.secret);
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

export function bumpVersion(writer: Writer, row: EndpointRow): void {
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
    throw new AppError(
      "conflict",
      `The application already has an endpoint with the uid "${uid}"; use another uid.`,
    );
}

export function endpointEvenDeleted(connection: Connection, id: string, appId: string): Endpoint {
  const row = connection.sql("SELECT * FROM endpoint WHERE id = ?").get(id) as EndpointRow;
  return loadEndpoint(connection, row, appId);
}
