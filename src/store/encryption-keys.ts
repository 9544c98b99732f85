/**
 * Which keys a store is encrypted with, as it remembers them, and what becomes of them: pure, for every
 * store. A store goes over to a new key in two steps: both are in use after the first (`registeredKeys`),
 * the new one alone after the second (`finishedKeys`).
 */
import { AppError } from "../core/error.ts";

export type EncryptionKeys = {
  readonly fingerprint: string;
  readonly keyId: number;
  /** Accepted, and perhaps in use already; null while nothing is being re-keyed. */
  readonly next: string | null;
  /** The last one that was given up, so that whoever still has it is told which one it was. */
  readonly retired: string | null;
};

export type KeyRegistration = {
  /** To be remembered when they are others than the known ones. */
  readonly keys: EncryptionKeys;
  readonly answer: { readonly keyId: number; readonly previousKeyId: number | null };
};

/** The number of the key that comes after the store's. One byte, and 0 is nobody's. */
export function nextKeyId({ keyId }: EncryptionKeys): number {
  return (keyId % 255) + 1;
}

/** Whether what is encrypted with the key of this number can be opened by whoever has the store's keys. */
export function isStoreKey(keys: EncryptionKeys, keyId: number): boolean {
  return keyId === keys.keyId || (keys.next !== null && keyId === nextKeyId(keys));
}

/** `isNextInUse`: something is encrypted with the next key. Refuses as `EncryptionStore.registerKeys` says. */
export function registeredKeys(
  known: EncryptionKeys | null,
  p: { fingerprint: string; previous: string | null; isNextInUse: boolean },
): KeyRegistration {
  const { fingerprint, previous } = p;
  if (known === null) {
    const keys = { fingerprint, keyId: 1, next: null, retired: null };
    return { keys, answer: { keyId: 1, previousKeyId: null } };
  }
  const { keyId, next } = known;
  // A next key that nothing was encrypted with yet may be given up for another, or for none.
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

/** To be remembered once nothing is encrypted otherwise; null when the key is the store's already. */
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

export function countStale(): AppError {
  return new AppError("conflict", "Some values are still encrypted with the old key.");
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
