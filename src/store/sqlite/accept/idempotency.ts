/** Idempotency keys in the file, in the transaction of their effect. */
import { AppError } from "../../../core/error.ts";
import { IDEMPOTENCY_TABLES, searchedTables } from "../../accept/rotation.ts";
import {
  IDEMPOTENCY_MS,
  readIdempotent,
  toRequestedAt,
  type ScopedKey,
} from "../../idempotency.ts";
import type { Connection } from "../connection.ts";
import { emptyNext, readCurrent, rotateTables } from "./rotating-tables.ts";

/**
 * The resources of an earlier request with this key, as passed to `saveIdempotent`. Null for its first use
 * and without a key. Refuses with `idempotency_mismatch` when the key was used with another body.
 */
export function findIdempotent(
  connection: Connection,
  idempotencyKey: ScopedKey | null,
): readonly string[] | null {
  const found = idempotencyKey === null ? null : findRepeated(connection, idempotencyKey);
  if (found instanceof AppError) throw found;
  return found;
}

/** Like `findIdempotent`, with the refusal as a value. */
export function findRepeated(
  connection: Connection,
  idempotencyKey: ScopedKey,
): readonly string[] | AppError | null {
  const requestedAt = toRequestedAt(idempotencyKey);
  const current = readCurrent(connection, IDEMPOTENCY_TABLES);
  for (const table of searchedTables(IDEMPOTENCY_TABLES, current)) {
    const row = connection
      .sql(`SELECT bodyHash, resources FROM ${table} WHERE scope = ? AND key = ? AND expiresAt > ?`)
      .get(idempotencyKey.scope, idempotencyKey.key, requestedAt);
    if (row !== undefined) return readIdempotent(idempotencyKey, row as Stored);
  }
  return null;
}

type Stored = Parameters<typeof readIdempotent>[1];

/** Saves the ids and positions of the created resources, never content. Does nothing without a key. */
export function saveIdempotent(
  connection: Connection,
  idempotencyKey: ScopedKey | null,
  resources: readonly string[],
): void {
  if (idempotencyKey === null) return;
  const { scope, key, bodyHash, expiresAt } = idempotencyKey;
  const { tables } = IDEMPOTENCY_TABLES;
  connection
    .sql(
      `INSERT OR REPLACE INTO ${tables[readCurrent(connection, IDEMPOTENCY_TABLES)]}
        (scope, key, bodyHash, resources, expiresAt) VALUES (?, ?, ?, ?, ?)`,
    )
    .run(scope, key, bodyHash, JSON.stringify(resources), expiresAt);
}

/** One slice of the rotation: true while the table that is no longer searched has rows. */
export function rotateIdempotency(
  connection: Connection,
  p: { now: number; limit: number },
): boolean {
  if (emptyNext(connection, IDEMPOTENCY_TABLES, { key: "scope, key", limit: p.limit })) return true;
  rotateTables(connection, IDEMPOTENCY_TABLES, { now: p.now, everyMs: IDEMPOTENCY_MS });
  return false;
}
