/** API keys. Only hashes are stored; the secret part is shown once (I10). */
import { AppError } from "../../core/error.ts";
import { scopeToApp, type IdempotencyKey } from "../idempotency.ts";
import type { Session, Steps, WriteSession } from "../session.ts";
import type { Key, Scope } from "../interface/tenancy.ts";
import { findApp, keepApp } from "./app-row.ts";

type KeyRow = Omit<Key, "scopes" | "kind"> & { readonly kind: string; readonly scopes: string };

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

export function* createKey(
  s: WriteSession,
  p: { key: Key; idempotencyKey?: IdempotencyKey | null },
): Steps<Key> {
  const { key, idempotencyKey = null } = p;
  const app = yield* keepApp(s, key.appId);
  if (app === null) throw new AppError("not_found", `There is no application "${key.appId}".`);
  const once = scopeToApp(idempotencyKey, app.id);
  const before = (yield* s.findIdempotent(once))?.[0];
  if (before !== undefined) return yield* keyById(s, app.id, before);
  yield* s.run(
    `INSERT INTO api_key (id, app_seq, kind, scopes, secret_hash, key_id, created_at, revoked_at)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
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
  yield* s.saveIdempotent(once, [key.id]);
  return key;
}

/** Revoking keeps the row, so a key that was created is found. */
function* keyById(s: Session, appId: string, id: string): Steps<Key> {
  const row = yield* s.one<KeyRow>(
    "SELECT api_key.*, CAST(?1 AS TEXT) AS app_id FROM api_key WHERE id = ?2",
    [appId, id],
  );
  return toKey(row as KeyRow);
}

/** Runs for every authenticated request: one lookup by the unique hash, one by the app's number. */
export function* findKeyByHash(s: Session, p: { secretHash: Uint8Array }): Steps<Key | null> {
  const row = yield* s.one<KeyRow>(
    `SELECT api_key.*, app.id AS app_id FROM api_key JOIN app ON app.seq = api_key.app_seq
     WHERE secret_hash = ?1 AND revoked_at IS NULL AND app.deleted_at IS NULL`,
    [p.secretHash],
  );
  return row === null ? null : toKey(row);
}

/** Newest first, including revoked ones; at most 1,000. */
export function* listKeys(s: Session, p: { appRef: string }): Steps<readonly Key[]> {
  const app = yield* findApp(s, p.appRef);
  if (app === null) return [];
  const rows = yield* s.all<KeyRow>(
    `SELECT api_key.*, CAST(?1 AS TEXT) AS app_id FROM api_key WHERE app_seq = ?2
     ORDER BY created_at DESC, id ${s.sql.binary} DESC LIMIT 1000`,
    [app.id, app.seq],
  );
  return rows.map(toKey);
}

export function* revokeKey(
  s: WriteSession,
  p: { appRef: string; keyId: string; now: number },
): Steps<boolean> {
  const app = yield* findApp(s, p.appRef);
  if (app === null) return false;
  const revoked = yield* s.run(
    "UPDATE api_key SET revoked_at = ?1 WHERE id = ?2 AND app_seq = ?3 AND revoked_at IS NULL",
    [p.now, p.keyId, app.seq],
  );
  return revoked > 0;
}
