/**
 * Registered lines. A row is there as soon as events met the number, with the deviceId that counts;
 * registering gives it an id and credentials, unregistering takes them away and keeps the rest.
 */
import { AppError } from "../../core/error.ts";
import { toLine, type LineRow } from "../line-row.ts";
import type { IdempotencyKey } from "../idempotency.ts";
import type { RegisteredLine } from "../tenancy.ts";
import { findApp } from "./apps.ts";
import type { Connection } from "./connection.ts";
import { findIdempotent, saveIdempotent } from "./idempotency.ts";
import type { Writer } from "./writer-types.ts";

export function createLine(
  writer: Writer,
  p: { line: RegisteredLine; idempotencyKey?: IdempotencyKey | null },
): RegisteredLine {
  const { line } = p;
  const idempotencyKey = p.idempotencyKey ?? null;
  const app = findApp(writer, line.appId);
  if (app === null) throw new AppError("not_found", `There is no application "${line.appId}".`);
  const before = findIdempotent(writer, idempotencyKey)?.[0];
  if (before !== undefined) {
    // One that was unregistered since is answered as it was asked for.
    return listLines(writer, { appRef: app.id }).find(({ id }) => id === before) ?? line;
  }
  if (writer.sql("SELECT 1 FROM line WHERE username = ?").get(line.username) !== undefined) {
    throw new AppError("conflict", `The username "${line.username}" is taken; use another one.`);
  }
  const met = writer
    .sql("SELECT deviceId, lineId FROM line WHERE appSeq = ? AND number = ?")
    .get(app.seq, line.number) as { deviceId: number; lineId: string | null } | undefined;
  if (met !== undefined && met.lineId !== null) {
    throw new AppError(
      "conflict",
      `The line ${line.number} is already registered; delete it before registering it again.`,
    );
  }
  const deviceId = met?.deviceId ?? freeDeviceId(writer, line.deviceId);
  writer
    .sql(
      `INSERT INTO line (appSeq, number, deviceId, lineId, name, username, passwordHash,
         payloadGeneration, createdAt, registeredAt)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)
       ON CONFLICT (appSeq, number) DO UPDATE SET lineId = ?4, name = ?5, username = ?6,
         passwordHash = ?7, payloadGeneration = ?8, registeredAt = ?9`,
    )
    .run(
      app.seq,
      line.number,
      deviceId,
      line.id,
      line.name,
      line.username,
      line.passwordHash,
      line.payloadGeneration,
      line.createdAt,
    );
  writer.registers.forgetLines();
  saveIdempotent(writer, idempotencyKey, [line.id]);
  return { ...line, deviceId };
}

/** `username` is compared in any case by the column's own collation. */
export function findLineByUsername(
  connection: Connection,
  p: { username: string },
): RegisteredLine | null {
  const row = connection
    .sql(
      `SELECT line.*, app.id AS appId FROM line JOIN app ON app.seq = line.appSeq
       WHERE username = ? AND app.deletedAt IS NULL`,
    )
    .get(p.username);
  return row === undefined ? null : toLine(row as LineRow);
}

/** `ref` is the line's id or its number. */
export function assignUsername(
  writer: Writer,
  p: { appRef: string; ref: string; username: string },
): RegisteredLine | null {
  const app = findApp(writer, p.appRef);
  if (app === null) return null;
  const row = writer
    .sql(
      `SELECT seq FROM line WHERE appSeq = ?1 AND lineId IS NOT NULL
         AND (lineId = ?2 OR number = ?2) LIMIT 1`,
    )
    .get(app.seq, p.ref) as { seq: number } | undefined;
  if (row === undefined) return null;
  writer
    .sql("UPDATE line SET username = lineId WHERE username = ? AND seq <> ?")
    .run(p.username, row.seq);
  const changed = writer
    .sql("UPDATE line SET username = ? WHERE seq = ? RETURNING *, ? AS appId")
    .get(p.username, row.seq, app.id);
  return toLine(changed as LineRow);
}

/** In the order of registration; at most 1,000. */
export function listLines(
  connection: Connection,
  p: { appRef: string },
): readonly RegisteredLine[] {
  const app = findApp(connection, p.appRef);
  if (app === null) return [];
  const rows = connection
    .sql(
      `SELECT *, ? AS appId FROM line WHERE appSeq = ? AND lineId IS NOT NULL
       ORDER BY registeredAt, seq LIMIT 1000`,
    )
    .all(app.id, app.seq);
  return (rows as LineRow[]).map(toLine);
}

/** `ref` is the line's id or its number. */
export function deleteLine(
  writer: Writer,
  p: { appRef: string; ref: string; now: number },
): boolean {
  const app = findApp(writer, p.appRef);
  if (app === null) return false;
  const row = writer
    .sql(
      `UPDATE line SET lineId = NULL, name = NULL, username = NULL, passwordHash = NULL,
         registeredAt = NULL
       WHERE seq = (SELECT seq FROM line WHERE appSeq = ?1 AND lineId IS NOT NULL
         AND (lineId = ?2 OR number = ?2) LIMIT 1)
       RETURNING seq`,
    )
    .get(app.seq, p.ref) as { seq: number } | undefined;
  if (row === undefined) return false;
  writer.sql("DELETE FROM lineSession WHERE lineSeq = ?").run(row.seq);
  writer.registers.forgetLines();
  return true;
}

/** deviceIds are drawn at random and unique over the server; the next free one on a collision. */
function freeDeviceId(writer: Writer, wanted: number): number {
  const taken = writer.sql("SELECT 1 FROM line WHERE deviceId = ?");
  let deviceId = wanted;
  while (taken.get(deviceId) !== undefined) deviceId += 1;
  return deviceId;
}
