/** The encryption keys of this store, as recorded in its settings. */
import { AppError } from "../../../core/error.ts";
import { encryptedKeyId } from "../../../core/crypto/encrypt.ts";
import { isStoreKey, type EncryptionKeys } from "../../maintenance/encryption-keys.ts";
import type { Connection } from "../connection.ts";
import { writeSetting } from "../server/setting.ts";

const FINGERPRINT = "key.fingerprint";
const CHANGES = "key.changes";

/**
 * Returns null for a store without a registered key. `UPDATE` is for a change of the keys, and waits for all
 * transactions that rely on them with `SHARE`.
 */
export async function lockKeys(
  connection: Connection,
  strength: "UPDATE" | "SHARE",
): Promise<EncryptionKeys | null> {
  const rows = await connection.sql<{ name: string; value: string }>(
    `SELECT name, value FROM setting WHERE name IN ($1, $2) ORDER BY name FOR ${strength}`,
    [CHANGES, FINGERPRINT],
  );
  const values = new Map(rows.map(({ name, value }) => [name, value]));
  const fingerprint = values.get(FINGERPRINT);
  const changes = values.get(CHANGES);
  if (fingerprint === undefined || changes === undefined) return null;
  return { ...(JSON.parse(changes) as Omit<EncryptionKeys, "fingerprint">), fingerprint };
}

/**
 * Call this before writing encrypted values. Until the transaction ends, no key that they need is retired. A
 * node that started before a rotation may still encrypt with the old key. Such a value could not be decrypted
 * any more, so it is refused.
 */
export async function registerKeysUsed(
  connection: Connection,
  encrypted: readonly (Uint8Array | null | undefined)[],
): Promise<void> {
  const values = encrypted.filter((value) => value !== null && value !== undefined);
  if (values.length === 0) return;
  const keys = await lockKeys(connection, "SHARE");
  if (keys === null || values.every((value) => isStoreKey(keys, encryptedKeyId(value)))) return;
  throw new AppError(
    "internal",
    `A value was encrypted with a key that the store no longer uses; set HOOKLINE_SECRET_KEY to the key with the fingerprint ${keys.next ?? keys.fingerprint} and start this node again.`,
  );
}

/** When two nodes register the first key at once, the second one conflicts with the rows of the first. */
export async function writeFirstKeys(
  connection: Connection,
  { fingerprint, ...changes }: EncryptionKeys,
): Promise<void> {
  await connection.run("INSERT INTO setting (name, value) VALUES ($1, $2), ($3, $4)", [
    CHANGES,
    JSON.stringify(changes),
    FINGERPRINT,
    fingerprint,
  ]);
}

/** The caller has locked the keys with `UPDATE`. */
export async function writeKeys(
  connection: Connection,
  { fingerprint, ...changes }: EncryptionKeys,
): Promise<void> {
  await writeSetting(connection, CHANGES, JSON.stringify(changes));
  await writeSetting(connection, FINGERPRINT, fingerprint);
}
