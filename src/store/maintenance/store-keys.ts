/** The fingerprints of the store's keys, as its settings have them. */
import { encryptedKeyId } from "../../core/crypto/encrypt.ts";
import { AppError } from "../../core/error.ts";
import type { Session, Steps } from "../session.ts";
import { FIRST_KEY, isStoreKey, type EncryptionKeys } from "./encryption-keys.ts";

const FINGERPRINT = "key.fingerprint";
const CHANGES = "key.changes";

/** `lock` is a lock of `Session.sql`. Null before the first key is registered. */
export function* readKeys(s: Session, lock = ""): Steps<EncryptionKeys | null> {
  const rows = yield* s.all<{ name: string; value: string }>(
    `SELECT name, value FROM setting WHERE name IN (?1, ?2) ORDER BY name ${lock}`,
    [CHANGES, FINGERPRINT],
  );
  const values = new Map(rows.map(({ name, value }) => [name, value]));
  const fingerprint = values.get(FINGERPRINT);
  if (fingerprint === undefined) return null;
  const changes = JSON.parse(values.get(CHANGES) ?? "{}") as Partial<EncryptionKeys>;
  return { ...FIRST_KEY, ...changes, fingerprint };
}

/** When two nodes register the first key at once, the second one conflicts with the rows of the first. */
export function* saveKeys(
  s: Session,
  { fingerprint, ...changes }: EncryptionKeys,
  p: { readonly isFirst: boolean },
): Steps<void> {
  const orReplace = p.isFirst ? "" : "ON CONFLICT (name) DO UPDATE SET value = excluded.value";
  yield* s.run(`INSERT INTO setting (name, value) VALUES (?1, ?2), (?3, ?4) ${orReplace}`, [
    CHANGES,
    JSON.stringify(changes),
    FINGERPRINT,
    fingerprint,
  ]);
}

/**
 * Call this before writing encrypted values. Until the transaction ends, no key that they need is retired.
 * A value may still be encrypted with the old key after a rotation. Such a value could not be decrypted any
 * more, so it is refused.
 */
export function* registerKeysUsed(
  s: Session,
  encrypted: readonly (Uint8Array | null | undefined)[],
): Steps<void> {
  const values = encrypted.filter((value) => value !== null && value !== undefined);
  if (values.length === 0) return;
  const keys = yield* readKeys(s, s.sql.forShare);
  if (keys === null || values.every((value) => isStoreKey(keys, encryptedKeyId(value)))) return;
  throw new AppError(
    "internal",
    `A value was encrypted with a key that the store no longer uses; set HOOKLINE_SECRET_KEY to the key with the fingerprint ${keys.next ?? keys.fingerprint} and start this node again.`,
  );
}
