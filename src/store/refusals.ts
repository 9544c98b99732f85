/** Refusals that both databases give for the store as a whole. */
import { AppError } from "../core/error.ts";

export function closedStore(): AppError {
  return new AppError("store_unavailable", "The store is closed.");
}

export function readOnlyStore(): AppError {
  return new AppError("internal", "This store was opened for reading only.");
}

/** A query that exceeded its deadline. */
export function lateQuery(cause?: unknown): AppError {
  return new AppError(
    "overloaded",
    "The query took too long; ask for fewer rows or a shorter period.",
    { retryAfterSeconds: 1, cause },
  );
}

/** A query checks its deadline between two chunks of rows. `endsAt` is an instant of `performance.now()`. */
export function refuseLate(endsAt: number): void {
  if (performance.now() >= endsAt) throw lateQuery();
}

/** Only a server changes the schema; a program that reads beside it never does. */
export function olderSchema(): AppError {
  return new AppError(
    "store_unavailable",
    "The store's schema is older than this version of Hookline; start the server once to bring it up to date.",
  );
}

/** `migration` was applied by another program, and excludes this one. */
export function unsupportedSchema(migration: string): AppError {
  return new AppError(
    "store_unavailable",
    `The store's schema has the migration "${migration}", which this version of Hookline does not support; run the version that made it, or a newer one.`,
  );
}
