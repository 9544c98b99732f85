/**
 * An `Idempotency-Key`, kept 24 h in the same transaction as the effect: body hash and resource ids, never a
 * body. `scope` is caller, method and path. `bodyHash` distinguishes a repeat from another request with the
 * same key.
 */
import { AppError } from "../core/error.ts";

export type IdempotencyKey = {
  readonly scope: string;
  readonly key: string;
  readonly bodyHash: string;
  readonly expiresAt: number;
};

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
