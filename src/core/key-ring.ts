/**
 * The keys that values at rest are sealed with: one that seals, and while a store goes over from an
 * older one, that one too, which still opens. Which of them a value needs stands in its first byte.
 */
import { seal, sealedKeyId, unseal } from "./seal.ts";

export type SealingKey = {
  readonly key: Uint8Array;
  /** 1 to 255, given by the store; stored beside each sealed value. */
  readonly keyId: number;
};

export type KeyRing = {
  readonly current: SealingKey;
  readonly previous: SealingKey | null;
  /** Everything in the store is sealed with the current key; the previous one opens what was read before. */
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

/** With the current key; `iv` as `seal` wants it. */
export function sealWith(
  ring: KeyRing,
  p: { readonly plaintext: string; readonly boundTo: string; readonly iv: Uint8Array },
): Uint8Array {
  return seal({ ...ring.current, ...p });
}

/** Throws as `unseal` does, and when it needs a key that is not on the ring. */
export function unsealWith(
  ring: KeyRing,
  p: { readonly sealed: Uint8Array; readonly boundTo: string },
): string {
  const keyId = sealedKeyId(p.sealed);
  const needed = [ring.current, ring.previous].find((one) => one?.keyId === keyId);
  if (needed) return unseal({ key: needed.key, ...p });
  throw new Error(`the sealed value of ${p.boundTo} needs key ${keyId}, which is not given`);
}
