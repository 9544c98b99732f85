/** API keys: hashes only; the secret part is shown once and kept nowhere (I10). */
import { AppError } from "../../core/error.ts";
import type { IdempotencyKey } from "../idempotency.ts";
import type { Key, Scope } from "../tenancy.ts";
import { findApp } from "./apps.ts";
import type { Connection } from "./connection.ts";
import { findIdempotent, saveIdempotent } from "./idempotency.ts";
import type { Writer } from "./writer-types.ts";

type KeyRow = {
  readonly id: string;
  readonly appId: string;
  readonly kind: string;
  readonly scopes: string;
  readonly secretHash: Uint8Array;
  readonly keyId: string | null;
  readonly createdAt: number;
  readonly revokedAt: number | null;
};

function toKey(row: KeyRow): Key {
  return {
    id: row.id,
    appId: row.appId,
    kind: row.kind as Key["kind"],
    scopes: JSON.parse(row.scopes) as Scope[],
    secretHash: row.secretHash,
    keyId: row.keyId,
    createdAt: row.createdAt,
    revokedAt: row.revokedAt,
  };
}

export function createKey(
  writer: Writer,
  p: { key: Key; idempotencyKey?: IdempotencyKey | null },
): Key {
  const idempotencyKey = p.idempotencyKey ?? null;
  const app = findApp(writer, p.key.appId);
  if (app === null) throw new AppError("not_found", `There is no application "${p.key.appId}".`);
  const before = findIdempotent(writer, idempotencyKey)?.[0];
  if (before !== undefined) return keyById(writer, app.id, before);
  writer
    .sql(
      `INSERT INTO apiKey (id, appSeq, kind, scopes, secretHash, keyId, createdAt, revokedAt)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      p.key.id,
      app.seq,
      p.key.kind,
      JSON.stringify(p.key.scopes),
      p.key.secretHash,
      p.key.keyId,
      p.key.createdAt,
      p.key.revokedAt,
    );
  saveIdempotent(writer, idempotencyKey, [p.key.id]);
  return p.key;
}

/** A key's row stays when it is revoked, so one that was made is there. */
function keyById(connection: Connection, appId: string, id: string): Key {
  const row = connection.sql("SELECT *, ? AS appId FROM apiKey WHERE id = ?").get(appId, id);
  return toKey(row as KeyRow);
}

/** Asked for every authenticated request: one look-up by the unique hash, one by the app's rowid. */
export function findKeyByHash(connection: Connection, p: { secretHash: Uint8Array }): Key | null {
  const row = connection
    .sql(
      `SELECT apiKey.*, app.id AS appId FROM apiKey JOIN app ON app.seq = apiKey.appSeq
       WHERE secretHash = ? AND revokedAt IS NULL AND app.deletedAt IS NULL`,
    )
    .get(p.secretHash);
  return row === undefined ? null : toKey(row as KeyRow);
}

/** Newest first, revoked ones too; at most 1,000. */
export function listKeys(connection: Connection, p: { appRef: string }): readonly Key[] {
  const app = findApp(connection, p.appRef);
  if (app === null) return [];
  const rows = connection
    .sql(
      `SELECT *, ? AS appId FROM apiKey WHERE appSeq = ? ORDER BY createdAt DESC, id DESC LIMIT 1000`,
    )
    .all(app.id, app.seq);
  return (rows as KeyRow[]).map(toKey);
}

export function revokeKey(
  writer: Writer,
  p: { appRef: string; keyId: string; now: number },
): boolean {
  const app = findApp(writer, p.appRef);
  if (app === null) return false;
  return (
    writer
      .sql("UPDATE apiKey SET revokedAt = ? WHERE id = ? AND appSeq = ? AND revokedAt IS NULL")
      .run(p.now, p.keyId, app.seq).changes > 0
  );
}
