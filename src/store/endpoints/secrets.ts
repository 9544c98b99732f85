/** Encrypted secrets of endpoints. The secret with the greatest ordinal is the current one. */
import { checkRotation, type SecretTerm } from "../../core/crypto/signing-secret.ts";
import type { EncryptedSecret } from "../interface/endpoints.ts";
import { registerKeysUsed } from "../maintenance/store-keys.ts";
import type { Steps, WriteSession } from "../session.ts";

type OwnSecrets = {
  readonly endpointSeq: number;
  /** The current one first. */
  readonly secrets: readonly EncryptedSecret[];
};

/** Inserts the secrets of endpoints that have none. */
export function* insertSecrets(s: WriteSession, given: readonly OwnSecrets[]): Steps<void> {
  const rows = given.flatMap(({ endpointSeq, secrets }) =>
    secrets.map(({ encrypted, createdAt, expiresAt }, i) => ({
      endpointSeq,
      ordinal: secrets.length - i,
      createdAt,
      encrypted,
      expiresAt,
    })),
  );
  yield* registerKeysUsed(
    s,
    rows.map(({ encrypted }) => encrypted),
  );
  yield* s.insert("endpoint_secret", rows);
}

/** Replaces all secrets of the endpoints. The caller bumps the versions with its change. */
export function* replaceSecrets(s: WriteSession, given: readonly OwnSecrets[]): Steps<void> {
  if (given.length === 0) return;
  yield* s.run(`DELETE FROM endpoint_secret WHERE ${s.sql.oneOf("endpoint_seq", "?1", "bigint")}`, [
    given.map(({ endpointSeq }) => endpointSeq),
  ]);
  yield* insertSecrets(s, given);
}

/**
 * The new secret becomes current, and the older ones end at `overlapUntil`. Refuses as `checkRotation` does.
 */
export function* addSecret(
  s: WriteSession,
  p: {
    readonly endpointSeq: number;
    readonly encrypted: Uint8Array;
    readonly overlapUntil: number;
    readonly now: number;
  },
): Steps<void> {
  const { endpointSeq, encrypted, now } = p;
  const terms = yield* s.all<SecretTerm & { readonly ordinal: number }>(
    `SELECT ordinal, created_at, expires_at FROM endpoint_secret WHERE endpoint_seq = ?1
     ORDER BY ordinal`,
    [endpointSeq],
  );
  checkRotation(terms, p);
  // A secret that was rotated earlier keeps its end when that is sooner.
  yield* s.run(
    `UPDATE endpoint_secret SET expires_at = ?1
     WHERE endpoint_seq = ?2 AND (expires_at IS NULL OR expires_at > ?1)`,
    [p.overlapUntil, endpointSeq],
  );
  const ordinal = (terms.at(-1)?.ordinal ?? 0) + 1;
  yield* registerKeysUsed(s, [encrypted]);
  yield* s.insert("endpoint_secret", [
    { endpointSeq, ordinal, createdAt: now, encrypted, expiresAt: null },
  ]);
  yield* s.run("DELETE FROM endpoint_secret WHERE endpoint_seq = ?1 AND expires_at <= ?2", [
    endpointSeq,
    now,
  ]);
}
