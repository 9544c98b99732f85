/**
 * What is encrypted in the store, and with which key: the store numbers its keys, knows them by their
 * fingerprints, and never sees one. While it goes over to a new key both are in use.
 */
export type EncryptedValue = {
  /** Names the value for `reencrypt`; means nothing to anybody else. */
  readonly ref: string;
  /** Row and field, as `core/encryption-context.ts` has them. */
  readonly boundTo: string;
  readonly encrypted: Uint8Array;
};

export interface EncryptionStore {
  /**
   * Tells the store the fingerprints of the key that encrypts and of the one before it, at start and
   * when a key is changed, and gets their numbers. `previousKeyId` is null when nothing needs the
   * previous one. The first key is remembered; a new one is accepted beside the one that the store is
   * encrypted with, and is remembered as the next one before anything is encrypted with it. Any other key
   * is refused with `internal` and a sentence that says which keys to give.
   */
  registerKeys(p: {
    fingerprint: string;
    previous: string | null;
  }): Promise<{ readonly keyId: number; readonly previousKeyId: number | null }>;
  /** Up to `limit` values that are encrypted with another key than this, and how many there are. */
  listStale(p: {
    keyId: number;
    limit: number;
  }): Promise<{ readonly values: readonly EncryptedValue[]; readonly count: number }>;
  /** Replaces each value that is still `before`; one that was changed meanwhile is left alone. */
  reencrypt(p: {
    values: readonly {
      readonly ref: string;
      readonly before: Uint8Array;
      readonly after: Uint8Array;
    }[];
  }): Promise<{ readonly changed: number }>;
  /**
   * The next key is the store's key from now on, and the one before is not accepted any more. Refuses
   * with `conflict` when it is not the next one, or a value is still encrypted otherwise.
   */
  finishRotation(p: { fingerprint: string }): Promise<void>;
}
