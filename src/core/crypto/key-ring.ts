/**
 * The keys for values at rest: the current key encrypts and decrypts; during a rotation the previous key
 * still decrypts. The first byte of a value names its key.
 */
import { encrypt, encryptedKeyId, decrypt } from "./encrypt.ts";

export type EncryptionKey = {
  readonly key: Uint8Array;
  /** 1 to 255, assigned by the store; stored with each encrypted value. */
  readonly keyId: number;
};

export type KeyRing = {
  readonly current: EncryptionKey;
  readonly previous: EncryptionKey | null;
  /**
   * True when everything in the store is encrypted with the current key. The previous key then decrypts only
   * values that were read before.
   */
  readonly isSettled: boolean;
};

/** A key ring that changes for all its users: keys can be rotated while a server runs. */
export type ChangingKeyRing = KeyRing & {
  change(next: KeyRing): void;
  /** Called with each later ring, before it encrypts anything. */
  onChange(listener: (next: KeyRing) => void): void;
};

export function createKeyRing(first: KeyRing): ChangingKeyRing {
  let ring = first;
  const listeners: ((next: KeyRing) => void)[] = [];
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
      for (const listener of listeners) listener(next);
    },
    onChange: (listener) => void listeners.push(listener),
  };
}

/** Encrypts with the current key; `iv` as `encrypt` requires it. */
export function encryptWith(
  ring: KeyRing,
  p: { readonly plaintext: string; readonly context: string; readonly iv: Uint8Array },
): Uint8Array {
  return encrypt({ ...ring.current, ...p });
}

/** Throws as `decrypt` does, and when the value needs a key that is not on the ring. */
export function decryptWith(
  ring: KeyRing,
  p: { readonly encrypted: Uint8Array; readonly context: string },
): string {
  const keyId = encryptedKeyId(p.encrypted);
  const needed = [ring.current, ring.previous].find((one) => one?.keyId === keyId);
  if (needed) return decrypt({ key: needed.key, ...p });
  throw new Error(`the encrypted value of ${p.context} needs key ${keyId}, which is not available`);
}
