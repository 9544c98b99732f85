/**
 * An `Idempotency-Key`, kept 24 h in the same transaction as the effect. `scope` is caller, method
 * and path; `bodyHash` tells a repeat from another request under the same key.
 */
export type IdempotencyKey = {
  readonly scope: string;
  readonly key: string;
  readonly bodyHash: string;
  readonly expiresAt: number;
};

/** `repeated`: this key did its work before, on these resources; `value` is theirs as they are now. */
export type Idempotent<T> = { readonly repeated: boolean; readonly value: T };
