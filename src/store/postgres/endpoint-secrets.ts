/** Encrypted secrets of endpoints. The secret with the greatest ordinal is the current one. */
import { checkRotation } from "../../core/signing-secret.ts";
import type { SecretTerm } from "../../core/signing-secret.ts";
import type { EncryptedSecret } from "../endpoints.ts";
import { registerKeysUsed } from "./encryption-keys.ts";
import type { Tx } from "./types.ts";

type OwnSecrets = {
  readonly endpointSeq: number;
  /** The current one first. */
  readonly secrets: readonly EncryptedSecret[];
};

/** Inserts the secrets of endpoints that have none. */
export async function insertSecrets(tx: Tx, given: readonly OwnSecrets[]): Promise<void> {
  const rows = given.flatMap(({ endpointSeq, secrets }) =>
    secrets.map((secret, i) => ({ endpointSeq, ordinal: secrets.length - i, ...secret })),
  );
  if (rows.length === 0) return;
  await registerKeysUsed(
    tx,
    rows.map(({ encrypted }) => encrypted),
  );
  await tx.run(
    `INSERT INTO endpoint_secret (endpoint_seq, ordinal, created_at, encrypted, expires_at)
     SELECT * FROM unnest($1::bigint[], $2::integer[], $3::bigint[], $4::bytea[], $5::bigint[])`,
    [
      rows.map(({ endpointSeq }) => endpointSeq),
      rows.map(({ ordinal }) => ordinal),
      rows.map(({ createdAt }) => createdAt),
      rows.map(({ encrypted }) => encrypted),
      rows.map(({ expiresAt }) => expiresAt),
    ],
  );
}

/** Replaces all secrets of the endpoints. The caller bumps the versions with its change. */
export async function replaceSecrets(tx: Tx, given: readonly OwnSecrets[]): Promise<void> {
  if (given.length === 0) return;
  await tx.run("DELETE FROM endpoint_secret WHERE endpoint_seq = ANY ($1::bigint[])", [
    given.map(({ endpointSeq }) => endpointSeq),
  ]);
  await insertSecrets(tx, given);
}

/**
 * The new secret becomes current, and the older ones end at `overlapUntil`. Refuses as `checkRotation` does.
 */
export async function addSecret(
  tx: Tx,
  p: {
    endpointSeq: number;
    encrypted: Uint8Array;
    overlapUntil: number;
    now: number;
  },
): Promise<void> {
  const { endpointSeq, encrypted, now } = p;
  await registerKeysUsed(tx, [encrypted]);
  const terms = await tx.sql<SecretTerm>(
    "SELECT created_at, expires_at FROM endpoint_secret WHERE endpoint_seq = $1",
    [endpointSeq],
  );
  checkRotation(terms, p);
  // A secret that was rotated earlier keeps its end when that is sooner; `least` ignores NULL.
  await tx.run(
    `UPDATE endpoint_secret SET expires_at = least(expires_at, $1::bigint) WHERE endpoint_seq = $2`,
    [p.overlapUntil, endpointSeq],
  );
  await tx.run(
    `INSERT INTO endpoint_secret (endpoint_seq, ordinal, created_at, encrypted, expires_at)
     SELECT $1::bigint, coalesce(max(ordinal), 0) + 1, $2::bigint, $3::bytea, NULL
     FROM endpoint_secret WHERE endpoint_seq = $1::bigint`,
    [endpointSeq, now, encrypted],
  );
  await tx.run("DELETE FROM endpoint_secret WHERE endpoint_seq = $1 AND expires_at <= $2", [
    endpointSeq,
    now,
  ]);
}
