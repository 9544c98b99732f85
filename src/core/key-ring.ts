/**
 * The keys that values at rest are encrypted with: one that encrypts, and while a store goes over from an
 * older one, that one too, which still opens. Which of them a value needs stands in its first byte.
 */
import { encrypt, encryptedKeyId, decrypt } from "./encrypt.ts";

export type EncryptionKey = {
  readonly key: Uint8Array;
  /** 1 to 255, given by the store; stored beside each encrypted value. */
  readonly keyId: number;
};

export type KeyRing = {
  readonly current: EncryptionKey;
  readonly previous: EncryptionKey | null;
  /** Everything in the store is encrypted with the current key; the previous one opens what was read before. */
  readonly isSettled: boolean;
};

/** A ring that whoever holds it sees change: keys can be changed while a server runs. */
export type ChangingKeyRing = KeyRing & { change(next: KeyRing): void };

export function createKeyRing(first: KeyRing): ChangingKeyRing {
  let ring = first;
  return {
    get current() {
      return ring.current;
    },
    get previous() {
      return ring.previous;
    },
    get isSettled() {
      return ring.isSettled;
    },
    change(next) {
      ring = next;
    },
  };
}

/** With the current key; `iv` as `encrypt` wants it. */
export function encryptWith(
  ring: KeyRing,
  p: { readonly plaintext: string; readonly context: string; readonly iv: Uint8Array },
): Uint8Array {
  return encrypt({ ...ring.current, ...p });
}

/** Throws as `decrypt` does, and when it needs a key that is not on the ring. */
export function decryptWith(
  ring: KeyRing,
  p: { readonly encrypted: Uint8Array; readonly context: string },
): string {
  const keyId = encryptedKeyId(p.encrypted);
  const needed = [ring.current, ring.previous].find((one) => one?.keyId === keyId);
  if (needed) return decrypt({ key: needed.key, ...p });
  throw new Error(`the encrypted value of ${p.context} needs key ${keyId}, which is not given`);
}
