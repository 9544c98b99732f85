/** API keys: only hashes are stored; the secret part is shown once and never stored (I10). */
import { AppError } from "../../core/error.ts";
import type { IdempotencyKey } from "../idempotency.ts";
import type { Key, Scope } from "../tenancy.ts";
import { findApp, keepApp } from "./apps.ts";
import { findIdempotent, saveIdempotent } from "./idempotency.ts";
import type { Reader, Tx } from "./types.ts";

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

export async function createKey(
  tx: Tx,
  p: { key: Key; idempotencyKey?: IdempotencyKey | null },
): Promise<Key> {
  const { key } = p;
  const idempotencyKey = p.idempotencyKey ?? null;
  const app = await keepApp(tx, key.appId);
  if (app === null) throw new AppError("not_found", `There is no application "${key.appId}".`);
  const before = (await findIdempotent(tx, idempotencyKey))?.[0];
  if (before !== undefined) return await keyById(tx, app.id, before);
  await tx.run(
    `INSERT INTO api_key (id, app_seq, kind, scopes, secret_hash, key_id, created_at, revoked_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      key.id,
      app.seq,
      key.kind,
      JSON.stringify(key.scopes),
      key.secretHash,
      key.keyId,
      key.createdAt,
      key.revokedAt,
    ],
  );
  await saveIdempotent(tx, idempotencyKey, [key.id]);
  return key;
}

/** A revoked key keeps its row, so a created key always has one. */
async function keyById(tx: Tx, appId: string, id: string): Promise<Key> {
  const [row] = await tx.sql<KeyRow>(
    "SELECT api_key.*, $1::text AS app_id FROM api_key WHERE id = $2",
    [appId, id],
  );
  return toKey(row as KeyRow);
}

/** Runs for every authenticated request: one lookup by the unique hash, one by the app's number. */
export async function findKeyByHash(
  reader: Reader,
  p: { secretHash: Uint8Array },
): Promise<Key | null> {
  const [row] = await reader.sql<KeyRow>(
    `SELECT api_key.*, app.id AS app_id FROM api_key JOIN app ON app.seq = api_key.app_seq
     WHERE secret_hash = $1 AND revoked_at IS NULL AND app.deleted_at IS NULL`,
    [p.secretHash],
  );
  return row === undefined ? null : toKey(row);
}

/** Newest first, revoked keys included; at most 1,000. */
export async function listKeys(reader: Reader, p: { appRef: string }): Promise<readonly Key[]> {
  const app = await findApp(reader, p.appRef);
  if (app === null) return [];
  const rows = await reader.sql<KeyRow>(
    `SELECT api_key.*, $1::text AS app_id FROM api_key WHERE app_seq = $2
     ORDER BY created_at DESC, id COLLATE "C" DESC LIMIT 1000`,
    [app.id, app.seq],
  );
  return rows.map(toKey);
}

export async function revokeKey(
  tx: Tx,
  p: { appRef: string; keyId: string; now: number },
): Promise<boolean> {
  const app = await findApp(tx, p.appRef);
  if (app === null) return false;
  const revoked = await tx.run(
    "UPDATE api_key SET revoked_at = $1 WHERE id = $2 AND app_seq = $3 AND revoked_at IS NULL",
    [p.now, p.keyId, app.seq],
  );
  return revoked > 0;
}
