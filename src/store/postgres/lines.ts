/**
 * Registered lines. A row exists once an event has used the number, with the deviceId that counts.
 * Registering adds an id and credentials; unregistering removes them and keeps the rest.
 */
import { AppError } from "../../core/error.ts";
import { toLine, type LineRow } from "../line-row.ts";
import type { IdempotencyKey } from "../idempotency.ts";
import type { RegisteredLine } from "../tenancy.ts";
import { findApp, keepApp } from "./apps.ts";
import type { Connection } from "./connection.ts";
import { findIdempotent, saveIdempotent } from "./idempotency.ts";
import { Overtaken } from "./pg-error.ts";
import type { Reader, Tx } from "./types.ts";

export async function createLine(
  tx: Tx,
  p: { line: RegisteredLine; idempotencyKey?: IdempotencyKey | null },
): Promise<RegisteredLine> {
  const { line } = p;
  const idempotencyKey = p.idempotencyKey ?? null;
  // A line of an app that is being deleted would keep its user name for ever.
  const app = await keepApp(tx, line.appId);
  if (app === null) throw new AppError("not_found", `There is no application "${line.appId}".`);
  const before = (await findIdempotent(tx, idempotencyKey))?.[0];
  if (before !== undefined) {
    // A line that was unregistered since is returned as requested.
    const lines = await loadLines(tx, app);
    return lines.find(({ id }) => id === before) ?? line;
  }
  const taken = await tx.sql("SELECT 1 FROM line WHERE lower(username) = lower($1)", [
    line.username,
  ]);
  if (taken.length > 0) {
    throw new AppError("conflict", `The username "${line.username}" is taken; use another one.`);
  }
  const [met] = await tx.sql<{ deviceId: number; lineId: string | null }>(
    "SELECT device_id, line_id FROM line WHERE app_seq = $1 AND number = $2",
    [app.seq, line.number],
  );
  if (met !== undefined && met.lineId !== null) {
    throw new AppError(
      "conflict",
      `The line ${line.number} is already registered; delete it before registering it again.`,
    );
  }
  const deviceId = met?.deviceId ?? (await freeDeviceId(tx, line.deviceId));
  const [written] = await tx.sql<{ deviceId: number }>(
    `INSERT INTO line (app_seq, number, device_id, line_id, name, username, password_hash,
       payload_generation, created_at, registered_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
     ON CONFLICT (app_seq, number) DO UPDATE SET line_id = excluded.line_id, name = excluded.name,
       username = excluded.username, password_hash = excluded.password_hash,
       payload_generation = excluded.payload_generation, registered_at = excluded.registered_at
     WHERE line.line_id IS NULL RETURNING device_id`,
    [
      app.seq,
      line.number,
      deviceId,
      line.id,
      line.name,
      line.username,
      line.passwordHash,
      line.payloadGeneration,
      line.createdAt,
    ],
  );
  if (written === undefined) throw new Overtaken("the line was registered meanwhile");
  await saveIdempotent(tx, idempotencyKey, [line.id]);
  return { ...line, deviceId: written.deviceId };
}

/** `username` is compared without regard to case. */
export async function findLineByUsername(
  reader: Reader,
  p: { username: string },
): Promise<RegisteredLine | null> {
  const [row] = await reader.sql<LineRow>(
    `SELECT line.*, app.id AS app_id FROM line JOIN app ON app.seq = line.app_seq
     WHERE lower(username) = lower($1) AND app.deleted_at IS NULL`,
    [p.username],
  );
  return row === undefined ? null : toLine(row);
}

/**
 * `ref` is the line's id or its number. If a username is assigned twice at once, the unique index refuses the
 * second.
 */
export async function assignUsername(
  tx: Tx,
  p: { appRef: string; ref: string; username: string },
): Promise<RegisteredLine | null> {
  const app = await keepApp(tx, p.appRef);
  if (app === null) return null;
  const [row] = await tx.sql<{ seq: number }>(
    `SELECT seq FROM line WHERE app_seq = $1 AND line_id IS NOT NULL
       AND (line_id = $2 OR number = $2) LIMIT 1 FOR UPDATE`,
    [app.seq, p.ref],
  );
  if (row === undefined) return null;
  await tx.run(
    "UPDATE line SET username = line_id WHERE lower(username) = lower($1) AND seq <> $2",
    [p.username, row.seq],
  );
  const [changed] = await tx.sql<LineRow>(
    "UPDATE line SET username = $1 WHERE seq = $2 RETURNING *, $3::text AS app_id",
    [p.username, row.seq, app.id],
  );
  return changed === undefined ? null : toLine(changed);
}

/** Lines in the order of registration; at most 1,000. */
export async function listLines(
  reader: Reader,
  p: { appRef: string },
): Promise<readonly RegisteredLine[]> {
  const app = await findApp(reader, p.appRef);
  return app === null ? [] : await loadLines(reader, app);
}

async function loadLines(
  connection: Connection,
  app: { readonly seq: number; readonly id: string },
): Promise<readonly RegisteredLine[]> {
  const rows = await connection.sql<LineRow>(
    `SELECT line.*, $1::text AS app_id FROM line WHERE app_seq = $2 AND line_id IS NOT NULL
     ORDER BY registered_at, seq LIMIT 1000`,
    [app.id, app.seq],
  );
  return rows.map(toLine);
}

/** `ref` is the line's id or its number. Of two deletions at once one finds nothing. */
export async function deleteLine(
  tx: Tx,
  p: { appRef: string; ref: string; now: number },
): Promise<boolean> {
  const app = await findApp(tx, p.appRef);
  if (app === null) return false;
  const [row] = await tx.sql<{ seq: number }>(
    `UPDATE line SET line_id = NULL, name = NULL, username = NULL, password_hash = NULL,
       registered_at = NULL
     WHERE line_id IS NOT NULL AND seq = (SELECT seq FROM line
       WHERE app_seq = $1 AND line_id IS NOT NULL AND (line_id = $2 OR number = $2) LIMIT 1)
     RETURNING seq`,
    [app.seq, p.ref],
  );
  if (row === undefined) return false;
  await tx.run("DELETE FROM line_session WHERE line_seq = $1", [row.seq]);
  return true;
}

/**
 * deviceIds are random and unique across the server; after a collision the next free one is used. If another
 * transaction takes it meanwhile, the unique index refuses it, and the rerun uses another.
 */
async function freeDeviceId(connection: Connection, wanted: number): Promise<number> {
  for (let deviceId = wanted; ; deviceId++) {
    const taken = await connection.sql("SELECT 1 FROM line WHERE device_id = $1", [deviceId]);
    if (taken.length === 0) return deviceId;
  }
}
