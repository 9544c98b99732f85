/**
 * Locks that end with their transaction. They live in the server's memory and queue fairly, so a
 * change of an endpoint waits for the accepts before it and not for those after it. Whoever takes
 * several of one kind takes them in one call, in the order of their numbers.
 */
import type { Connection } from "./connection.ts";

export const LOCKS = {
  /** Shared by accepts of the app, taken alone by whoever changes the app or one of its endpoints. */
  app: 1,
  /** Shared by what an owner's lease speaks for, taken alone by whoever takes its shards over. */
  owner: 2,
  /** Shared by whoever reads or fills the windows, taken alone to turn them. */
  windows: 3,
  /** Taken alone by whoever adds to or takes from the order of one ordering key. */
  orderingKey: 4,
  /** Taken alone by the one sweeper, by whoever makes or drops days, by the migration. */
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

/** Two things may share a number; then one waits for the other and nothing else happens. */
function toNumbers(keys: readonly (number | string)[]): readonly number[] {
  const numbers = keys.map((key) => (typeof key === "number" ? key % 2 ** 31 : toHash(key)));
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

/** FNV-1a, to 31 bits. */
function toHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 1;
}
