/**
 * Locks that end with their transaction. They are in the server's memory and queue fairly. So a change of an
 * endpoint waits for the accepts before it and not for those after it. Several locks of one kind are taken in
 * one call, in the order of their numbers.
 */
import type { Connection } from "../connection.ts";

export const LOCKS = {
  /** Shared by accepts of the app; taken alone to change the app or one of its endpoints. */
  app: 1,
  /** Shared by transactions that rely on an owner's lease; taken alone to take over its shards. */
  owner: 2,
  /** Shared by transactions that read or fill the windows; taken alone to rotate them. */
  windows: 3,
  /** Taken alone by transactions that add to or remove from the order of one ordering key. */
  orderingKey: 4,
  /** Taken alone by the one sweeper, to create or drop days, and by the migration. */
  upkeep: 5,
} as const;
export type LockKind = keyof typeof LOCKS;

export async function lockShared(
  connection: Connection,
  kind: LockKind,
  keys: readonly (number | string)[],
): Promise<void> {
  if (keys.length === 0) return;
  await connection.sql("SELECT pg_advisory_xact_lock_shared($1, key) FROM unnest($2::int[]) key", [
    LOCKS[kind],
    toNumbers(keys),
  ]);
}

export async function lockAlone(
  connection: Connection,
  kind: LockKind,
  keys: readonly (number | string)[],
): Promise<void> {
  if (keys.length === 0) return;
  await connection.sql("SELECT pg_advisory_xact_lock($1, key) FROM unnest($2::int[]) key", [
    LOCKS[kind],
    toNumbers(keys),
  ]);
}

/** Two keys may share a number: one then waits for the other, without further effect. */
function toNumbers(keys: readonly (number | string)[]): readonly number[] {
  const numbers = keys.map((key) => (typeof key === "number" ? key % 2 ** 31 : toHash(key)));
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

/** FNV-1a in 31 bits. */
function toHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 1;
}
