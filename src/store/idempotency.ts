/**
 * An `Idempotency-Key`, kept 24 h in the same transaction as the effect: body hash and resource ids, never a
 * body. `bodyHash` distinguishes a repeat from another request with the same key.
 */
import { AppError } from "../core/error.ts";
import type { Steps } from "./steps.ts";

export type IdempotencyKey = {
  /** Caller, method and path, in which `:app` stands for the application. */
  readonly scope: string;
  readonly key: string;
  readonly bodyHash: string;
  readonly expiresAt: number;
};

declare const scoped: unique symbol;
/** A key whose scope is complete. Only such a key is stored. */
export type ScopedKey = IdempotencyKey & { readonly [scoped]: true };

/** The key of a request about this application, under its id or its uid. Null without a key. */
export function scopeToApp<Key extends IdempotencyKey | null>(
  key: Key,
  appId: string,
): ScopedKey | (Key & null) {
  if (key === null) return key as Key & null;
  return { ...key, scope: `${appId} ${key.scope}` } as ScopedKey;
}

/** The scopes of all requests about an application: from `from` to before `before`, by octets. */
export function scopesOfApp(appId: string): { readonly from: string; readonly before: string } {
  // The character after the blank.
  return { from: `${appId} `, before: `${appId}!` };
}

/** The key of a request about the whole store. */
export function scopeToStore(key: IdempotencyKey | null): ScopedKey | null {
  return key as ScopedKey | null;
}

/** `repeated`: an earlier request with this key created these resources; `value` is their current state. */
export type Idempotent<T> = { readonly repeated: boolean; readonly value: T };

/** How long a key is kept; its tables rotate as often. */
export const IDEMPOTENCY_MS = 24 * 3_600_000;

/** The instant of the request, after which a stored key must not have expired. */
export function toRequestedAt({ expiresAt }: IdempotencyKey): number {
  return expiresAt - IDEMPOTENCY_MS;
}

/** The resources of the earlier request with this key, or the refusal of another body. */
export function readIdempotent(
  { bodyHash }: IdempotencyKey,
  stored: { readonly bodyHash: string; readonly resources: string },
): readonly string[] | AppError {
  if (stored.bodyHash === bodyHash) return JSON.parse(stored.resources) as string[];
  return new AppError(
    "idempotency_mismatch",
    "This Idempotency-Key was used before with another body; use a new key for a new request.",
  );
}

/** The keys of a database. */
export type IdempotentRows = {
  find(key: ScopedKey): Steps<readonly string[] | AppError | null>;
  /** Saves the ids and positions of the created resources, never content. */
  save(key: ScopedKey, resources: readonly string[]): Steps<void>;
};

export function idempotentSteps(rows: IdempotentRows) {
  return {
    /**
     * Resources that this key made before; null for its first use and without a key. Refuses with
     * `idempotency_mismatch` when the key was used with another body.
     */
    *findIdempotent(key: ScopedKey | null): Steps<readonly string[] | null> {
      const found = key === null ? null : yield* rows.find(key);
      if (found instanceof AppError) throw found;
      return found;
    },
    *saveIdempotent(key: ScopedKey | null, resources: readonly string[]): Steps<void> {
      if (key !== null) yield* rows.save(key, resources);
    },
  };
}
