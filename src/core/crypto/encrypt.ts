/**
 * Encryption at rest: AES-256-GCM, bound to the row and field of the value, so that a copy in another row
 * does not decrypt. An encrypted value is
 *
 *     1 key id · 12 iv · 16 tag · ciphertext
 *
 * The key id names the key, so keys can be rotated one row at a time. The caller provides the iv, which must
 * be random for each call: with one iv used twice under one key, GCM protects nothing.
 */
import { createCipheriv, createDecipheriv, createHash } from "node:crypto";

const ENCRYPTION_KEY_BYTES = 32;
export const ENCRYPTION_IV_BYTES = 12;
const TAG_BYTES = 16;
const TAG_AT = 1 + ENCRYPTION_IV_BYTES;
const TEXT_AT = TAG_AT + TAG_BYTES;
const HEX_FORM = /^[0-9a-fA-F]{64}$/;
const BASE64_FORM = /^[A-Za-z0-9+/_-]{43}=?$/;

/** `context` names row and field, `endpoint:ep_…:secret`; `keyId` is 0 to 255. */
export function encrypt(given: {
  key: Uint8Array;
  keyId: number;
  plaintext: string;
  context: string;
  iv: Uint8Array;
}): Uint8Array {
  const { key, keyId, iv } = given;
  if (!Number.isInteger(keyId) || keyId < 0 || keyId > 255) {
    throw new RangeError(`the key id is ${keyId}; it must be one byte`);
  }
  if (iv.length !== ENCRYPTION_IV_BYTES)
    throw new RangeError(`the iv has ${iv.length} bytes; it must have 12`);
  const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(contextBytes(keyId, given.context));
  const ciphertext = Buffer.concat([cipher.update(given.plaintext, "utf8"), cipher.final()]);
  return Buffer.concat([Uint8Array.of(keyId), iv, cipher.getAuthTag(), ciphertext]);
}

/** Returns the id of the key that an encrypted value needs. Throws when the value is too short. */
export function encryptedKeyId(encrypted: Uint8Array): number {
  if (encrypted.length < TEXT_AT)
    throw new Error(`an encrypted value of ${encrypted.length} bytes is truncated`);
  return encrypted[0] as number;
}

/**
 * Returns the plaintext. Throws for the wrong key, a changed value, and a value of another row or field; the
 * three cases look the same. `encryptedKeyId` returns the key that the value needs.
 */
export function decrypt(given: {
  key: Uint8Array;
  encrypted: Uint8Array;
  context: string;
}): string {
  const { key, encrypted, context } = given;
  const keyId = encryptedKeyId(encrypted);
  const iv = encrypted.subarray(1, TAG_AT);
  const decipher = createDecipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(contextBytes(keyId, context));
  decipher.setAuthTag(encrypted.subarray(TAG_AT, TEXT_AT));
  const start = decipher.update(encrypted.subarray(TEXT_AT));
  try {
    return Buffer.concat([start, decipher.final()]).toString("utf8");
  } catch (cause) {
    throw new Error(`the encrypted value of ${context} cannot be decrypted with this key`, {
      cause,
    });
  }
}

/** Distinguishes keys without revealing them; the store keeps the fingerprint to recognise its key. */
export function keyFingerprint(key: Uint8Array): string {
  return createHash("sha256")
    .update("hookline encryption key\0")
    .update(key)
    .digest("hex")
    .slice(0, 32);
}

/**
 * Parses an encryption key as an operator writes it: 32 bytes in base64 (either alphabet) or as 64 hex
 * digits.
 */
export function parseSecretKey(
  text: string,
):
  | { readonly ok: true; readonly key: Uint8Array }
  | { readonly ok: false; readonly reason: string } {
  const trimmed = text.trim();
  if (HEX_FORM.test(trimmed)) return { ok: true, key: Buffer.from(trimmed, "hex") };
  // Node reads both alphabets of base64 under either name.
  if (BASE64_FORM.test(trimmed)) return { ok: true, key: Buffer.from(trimmed, "base64") };
  const what = trimmed === "" ? "is empty" : `has ${trimmed.length} characters`;
  return {
    ok: false,
    reason: `the secret key must be ${ENCRYPTION_KEY_BYTES} bytes in base64 or hex; the given text ${what}`,
  };
}

function contextBytes(keyId: number, context: string): Buffer {
  return Buffer.concat([Uint8Array.of(keyId), Buffer.from(context, "utf8")]);
}
