/**
 * An `Idempotency-Key`, kept 24 h in the same transaction as the effect. `scope` is caller, method and path.
 * `bodyHash` distinguishes a repeat from another request with the same key.
 */
export type IdempotencyKey = {
  readonly scope: string;
  readonly key: string;
  readonly bodyHash: string;
  readonly expiresAt: number;
};

/** `repeated`: an earlier request with this key created these resources; `value` is their current state. */
export type Idempotent<T> = { readonly repeated: boolean; readonly value: T };
