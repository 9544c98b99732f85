/**
 * Idempotency keys, in the transaction of their effect: body hash and resource ids, never a body.
 * Three tables turn like the dedupe windows: current, the one before, and one being emptied.
 */
import { AppError } from "../../core/error.ts";
import type { IdempotencyKey } from "../idempotency.ts";
import type { Connection } from "./connection.ts";
import { readSetting, writeSetting } from "./setting.ts";

const TABLE_COUNT = 3;
const TURN_MS = 24 * 3_600_000;
const SETTING = "once";
type Rotation = { readonly current: number; readonly since: number };

/**
 * The resources that this key made before, as `saveIdempotent` got them, or null for its first use and for
 * no key at all. Refuses with `idempotency_mismatch` when the key was used with another body.
 */
export function findIdempotent(
  connection: Connection,
  idempotencyKey: IdempotencyKey | null,
): readonly string[] | null {
  if (idempotencyKey === null) return null;
  // A key is kept for one turn from its request, so that tells when the request came.
  const now = idempotencyKey.expiresAt - TURN_MS;
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

/** Remembers what the key made: ids and positions, never content. Without a key, nothing. */
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

/** One slice of the turn: true while the oldest table still has rows. */
export function rotateIdempotency(
  connection: Connection,
  p: { now: number; limit: number },
): boolean {
  const turn = readRotation(connection);
  const next = (turn.current + 1) % TABLE_COUNT;
  const { changes } = connection
    .sql(
      `DELETE FROM once${next} WHERE (scope, key) IN
        (SELECT scope, key FROM once${next} ORDER BY scope, key LIMIT ?)`,
    )
    .run(p.limit);
  if (Number(changes) >= p.limit) return true;
  if (turn.since === 0 || p.now - turn.since >= TURN_MS) {
    const current = turn.since === 0 ? turn.current : next;
    writeSetting(connection, SETTING, JSON.stringify({ current, since: p.now }));
  }
  return false;
}

function readRotation(connection: Connection): Rotation {
  const text = readSetting(connection, SETTING);
  return text === null ? { current: 0, since: 0 } : (JSON.parse(text) as Rotation);
}
