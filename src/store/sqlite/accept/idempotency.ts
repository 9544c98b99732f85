/** Idempotency keys in the file, in the transaction of their effect. */
import type { AppError } from "../../../core/error.ts";
import { IDEMPOTENCY_TABLES, searchedTables } from "../../accept/rotation.ts";
import {
  readIdempotent,
  toRequestedAt,
  type IdempotentRows,
  type ScopedKey,
} from "../../idempotency.ts";
import type { Connection } from "../connection.ts";
import { now } from "../session.ts";
import { readCurrent } from "./rotating-tables.ts";

export function idempotentRows(connection: Connection): IdempotentRows {
  return {
    find: (key) => now(() => findRepeated(connection, key)),
    save: (key, resources) => now(() => saveIdempotent(connection, key, resources)),
  };
}

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

export function saveIdempotent(
  connection: Connection,
  { scope, key, bodyHash, expiresAt }: ScopedKey,
  resources: readonly string[],
): void {
  const { tables } = IDEMPOTENCY_TABLES;
  connection
    .sql(
      `INSERT OR REPLACE INTO ${tables[readCurrent(connection, IDEMPOTENCY_TABLES)]}
        (scope, key, bodyHash, resources, expiresAt) VALUES (?, ?, ?, ?, ?)`,
    )
    .run(scope, key, bodyHash, JSON.stringify(resources), expiresAt);
}
