/**
 * The keys that a store is encrypted with, as the store remembers them. The functions are pure and serve
 * every store. A rotation has two steps: after the first (`registeredKeys`) both keys are in use, after the
 * second (`finishedKeys`) the new one alone.
 */
import { AppError } from "../../core/error.ts";

export type EncryptionKeys = {
  readonly fingerprint: string;
  readonly keyId: number;
  /** Accepted key, possibly in use already; null without a rotation. */
  readonly next: string | null;
  /** The last key that was replaced; the refusal of an old key names it. */
  readonly retired: string | null;
};

export const FIRST_KEY = { keyId: 1, next: null, retired: null } as const;

export type KeyRegistration = {
  /** Saved when they differ from the known ones. */
  readonly keys: EncryptionKeys;
  readonly answer: { readonly keyId: number; readonly previousKeyId: number | null };
};

/** Number of the key after the store's key. One byte; 0 is never used. */
export function nextKeyId({ keyId }: EncryptionKeys): number {
  return (keyId % 255) + 1;
}

/** True when the store's keys can decrypt values of the key with this number. */
export function isStoreKey(keys: EncryptionKeys, keyId: number): boolean {
  return keyId === keys.keyId || (keys.next !== null && keyId === nextKeyId(keys));
}

/**
 * `isNextInUse`: a value is already encrypted with the next key. Refuses like `EncryptionStore.registerKeys`.
 */
export function registeredKeys(
  known: EncryptionKeys | null,
  p: { fingerprint: string; previous: string | null; isNextInUse: boolean },
): KeyRegistration {
  const { fingerprint, previous } = p;
  if (known === null) {
    const keys = { fingerprint, ...FIRST_KEY };
    return { keys, answer: { keyId: 1, previousKeyId: null } };
  }
  const { keyId, next } = known;
  // A next key can be replaced or dropped while no value is encrypted with it.
  if (next !== null && next !== fingerprint && p.isNextInUse) {
    throw new AppError(
      "internal",
      `The encryption key of this store is being rotated from ${known.fingerprint} to ${next}: until \`hookline rekey\` is done, set HOOKLINE_SECRET_KEY to the new key and HOOKLINE_SECRET_KEY_PREVIOUS to the old key.`,
    );
  }
  if (fingerprint === known.fingerprint) {
    const keys = next === null ? known : { ...known, next: null };
    return { keys, answer: { keyId, previousKeyId: null } };
  }
  if (previous === known.fingerprint) {
    const keys = next === fingerprint ? known : { ...known, next: fingerprint };
    return { keys, answer: { keyId: nextKeyId(known), previousKeyId: keyId } };
  }
  throw new AppError("internal", toRefusal(known, fingerprint));
}

/** Keys to save once every value is encrypted with the next key; null when the key is the store's already. */
export function finishedKeys(
  known: EncryptionKeys | null,
  fingerprint: string,
): EncryptionKeys | null {
  if (known === null || known.next !== fingerprint) {
    if (known?.fingerprint === fingerprint) return null;
    throw new AppError(
      "conflict",
      `The encryption key of this store is not being rotated to ${fingerprint}.`,
    );
  }
  return { fingerprint, keyId: nextKeyId(known), next: null, retired: known.fingerprint };
}

export function staleRefusal(): AppError {
  return new AppError("conflict", "Some values are still encrypted with the old key.");
}

/** Fingerprints of the keys that encrypt the values of a store; two during a rotation. */
export function listFingerprints(keys: EncryptionKeys | null): readonly string[] {
  if (keys === null) return [];
  return keys.next === null ? [keys.fingerprint] : [keys.fingerprint, keys.next];
}

function toRefusal(known: EncryptionKeys, fingerprint: string): string {
  if (known.next === fingerprint) {
    return `The rotation of this store's encryption key to ${fingerprint} is not finished: until \`hookline rekey\` is done, set HOOKLINE_SECRET_KEY_PREVIOUS to the old key, ${known.fingerprint}.`;
  }
  if (known.retired === fingerprint) {
    return `The encryption key of this store was rotated from ${fingerprint} to ${known.fingerprint}: set HOOKLINE_SECRET_KEY to the new key.`;
  }
  return `This store is encrypted with the key ${known.fingerprint}, but HOOKLINE_SECRET_KEY is the key ${fingerprint}: set it to the key of the store.`;
}
