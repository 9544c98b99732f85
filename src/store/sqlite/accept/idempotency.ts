/**
 * Idempotency keys, in the transaction of their effect: body hash and resource ids, never a body. Three
 * tables rotate like the dedupe windows: current, previous, and one being emptied.
 */
import { AppError } from "../../../core/error.ts";
import type { IdempotencyKey } from "../../idempotency.ts";
import type { Connection } from "../connection.ts";
import { readSetting, writeSetting } from "../file/setting.ts";

const TABLE_COUNT = 3;
const ROTATION_MS = 24 * 3_600_000;
const SETTING = "once";
type Rotation = { readonly current: number; readonly since: number };

/**
 * The resources of an earlier request with this key, as passed to `saveIdempotent`. Null for its first use
 * and without a key. Refuses with `idempotency_mismatch` when the key was used with another body.
 */
export function findIdempotent(
  connection: Connection,
  idempotencyKey: IdempotencyKey | null,
): readonly string[] | null {
  if (idempotencyKey === null) return null;
  // A key is kept for one rotation from its request, so its expiry gives the time of the request.
  const now = idempotencyKey.expiresAt - ROTATION_MS;
  const { current } = readRotation(connection);
  for (const table of [current, (current + TABLE_COUNT - 1) % TABLE_COUNT]) {
    const row = connection
      .sql(`SELECT bodyHash, resources, expiresAt FROM once${table} WHERE scope = ? AND key = ?`)
      .get(idempotencyKey.scope, idempotencyKey.key);
    if (row === undefined || (row["expiresAt"] as number) <= now) continue;
    if (row["bodyHash"] !== idempotencyKey.bodyHash) {
      throw new AppError(
        "idempotency_mismatch",
        "This Idempotency-Key was used before with another body; use a new key for a new request.",
      );
    }
    return JSON.parse(row["resources"] as string) as string[];
  }
  return null;
}

/** Saves the ids and positions of the created resources, never content. Does nothing without a key. */
export function saveIdempotent(
  connection: Connection,
  idempotencyKey: IdempotencyKey | null,
  resources: readonly string[],
): void {
  if (idempotencyKey === null) return;
  const { current } = readRotation(connection);
  connection
    .sql(
      `INSERT OR REPLACE INTO once${current} (scope, key, bodyHash, resources, expiresAt)
        VALUES (?, ?, ?, ?, ?)`,
    )
    .run(
      idempotencyKey.scope,
      idempotencyKey.key,
      idempotencyKey.bodyHash,
      JSON.stringify(resources),
      idempotencyKey.expiresAt,
    );
}

/** One slice of the rotation: true while the oldest table has rows. */
export function rotateIdempotency(
  connection: Connection,
  p: { now: number; limit: number },
): boolean {
  const rotation = readRotation(connection);
  const next = (rotation.current + 1) % TABLE_COUNT;
  const { changes } = connection
    .sql(
      `DELETE FROM once${next} WHERE (scope, key) IN
        (SELECT scope, key FROM once${next} ORDER BY scope, key LIMIT ?)`,
    )
    .run(p.limit);
  if (Number(changes) >= p.limit) return true;
  if (rotation.since === 0 || p.now - rotation.since >= ROTATION_MS) {
    const current = rotation.since === 0 ? rotation.current : next;
    writeSetting(connection, SETTING, JSON.stringify({ current, since: p.now }));
  }
  return false;
}

function readRotation(connection: Connection): Rotation {
  const text = readSetting(connection, SETTING);
  return text === null ? { current: 0, since: 0 } : (JSON.parse(text) as Rotation);
}
