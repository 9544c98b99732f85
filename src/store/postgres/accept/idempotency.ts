/**
 * Idempotency keys, in the transaction of their effect. Of two equal requests at once the second is
 * overtaken, runs again, and finds the resources of the first.
 */
import type { AppError } from "../../../core/error.ts";
import { IDEMPOTENCY_TABLES, searchedTables } from "../../accept/rotation.ts";
import {
  IDEMPOTENCY_MS,
  readIdempotent,
  toRequestedAt,
  type IdempotentRows,
  type ScopedKey,
} from "../../idempotency.ts";
import type { Connection } from "../connection.ts";
import { Overtaken } from "../../session.ts";
import { wait } from "../session.ts";
import { keepRotation, readCurrent } from "./rotating-tables.ts";

const ROTATING = IDEMPOTENCY_TABLES;
const { tables: TABLES } = ROTATING;
/** Indexed by the number of the current table. */
const FINDS = TABLES.map((_, current) => findText(searchedTables(ROTATING, current)));
const KEEPS = TABLES.map(keepText);

export function idempotentRows(connection: Connection): IdempotentRows {
  return {
    find: (key) => wait(async () => (await findIdempotentMany(connection, [key])).get(key) ?? null),
    save: (idempotencyKey, resources) =>
      wait(() => saveIdempotentMany(connection, [{ idempotencyKey, resources }])),
  };
}

/** The keys that were used, with their resources or their refusal. */
export async function findIdempotentMany(
  connection: Connection,
  idempotencyKeys: readonly ScopedKey[],
): Promise<ReadonlyMap<ScopedKey, readonly string[] | AppError>> {
  if (idempotencyKeys.length === 0) return new Map();
  await keepRotation(connection, ROTATING);
  const current = await readCurrent(connection, ROTATING);
  const rows = await connection.sql<{ place: number; bodyHash: string; resources: string }>(
    FINDS[current] as string,
    [
      idempotencyKeys.map(({ scope }) => scope),
      idempotencyKeys.map(({ key }) => key),
      idempotencyKeys.map(toRequestedAt),
    ],
  );
  const found = new Map<ScopedKey, readonly string[] | AppError>();
  for (const row of rows) {
    const idempotencyKey = idempotencyKeys[row.place - 1] as ScopedKey;
    found.set(idempotencyKey, readIdempotent(idempotencyKey, row));
  }
  return found;
}

/**
 * Call this after `findIdempotentMany` in the same transaction, with each key once. Throws `Overtaken` when
 * another transaction has saved one of them since.
 */
export async function saveIdempotentMany(
  connection: Connection,
  made: readonly {
    readonly idempotencyKey: ScopedKey;
    readonly resources: readonly string[];
  }[],
): Promise<void> {
  if (made.length === 0) return;
  const current = await readCurrent(connection, ROTATING);
  const kept = await connection.run(KEEPS[current] as string, [
    made.map(({ idempotencyKey }) => idempotencyKey.scope),
    made.map(({ idempotencyKey }) => idempotencyKey.key),
    made.map(({ idempotencyKey }) => idempotencyKey.bodyHash),
    made.map(({ resources }) => JSON.stringify(resources)),
    made.map(({ idempotencyKey }) => idempotencyKey.expiresAt),
  ]);
  if (kept < made.length) throw new Overtaken("an idempotency key was used meanwhile");
}

function findText(tables: readonly string[]): string {
  const searches = tables.map(
    (table, age) =>
      `SELECT ${age} AS age, body_hash, resources FROM ${table}
       WHERE scope = asked.scope AND key = asked.key AND expires_at > asked.now`,
  );
  return `SELECT asked.place, found.body_hash, found.resources
    FROM unnest($1::text[], $2::text[], $3::bigint[])
      WITH ORDINALITY AS asked (scope, key, now, place)
    CROSS JOIN LATERAL (${searches.join(" UNION ALL ")} ORDER BY age LIMIT 1) AS found`;
}

/** An expired key is replaced; a valid one was saved by another transaction meanwhile. */
function keepText(table: string): string {
  return `INSERT INTO ${table} (scope, key, body_hash, resources, expires_at)
    SELECT scope, key, body_hash, resources, expires_at
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[])
      AS given (scope, key, body_hash, resources, expires_at)
    ORDER BY scope COLLATE "C", key COLLATE "C"
    ON CONFLICT (scope, key) DO UPDATE SET body_hash = excluded.body_hash,
      resources = excluded.resources, expires_at = excluded.expires_at
    WHERE ${table}.expires_at <= excluded.expires_at - ${IDEMPOTENCY_MS}`;
}
