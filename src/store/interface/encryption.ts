/**
 * The encrypted values of the store and the key of each. The store numbers its keys, identifies them by
 * fingerprint, and never sees a key. During a rotation both keys are in use.
 */
export type EncryptedValue = {
  /** Identifies the value for `reencrypt`; opaque to callers. */
  readonly ref: string;
  /** Row and field, in the form of `core/crypto/encryption-context.ts`. */
  readonly boundTo: string;
  readonly encrypted: Uint8Array;
};

export interface EncryptionStore {
  /**
   * Registers the fingerprints of the encrypting key and of the previous key, at start and when a key
   * changes, and returns their numbers. `previousKeyId` is null when no value needs the previous key.
   *
   * The first key is remembered. A new key is accepted together with the current key of the store. It is remembered as the next key before any value is encrypted with it. Any other key is refused
   * with `internal` and a sentence that says which keys to set.
   */
  registerKeys(p: {
    fingerprint: string;
    previous: string | null;
  }): Promise<{ readonly keyId: number; readonly previousKeyId: number | null }>;
  /** Up to `limit` values that are encrypted with another key than this, and their total number. */
  listStale(p: {
    keyId: number;
    limit: number;
  }): Promise<{ readonly values: readonly EncryptedValue[]; readonly count: number }>;
  /** Replaces each value that is still `before`; a value that changed meanwhile is left alone. */
  reencrypt(p: {
    values: readonly {
      readonly ref: string;
      readonly before: Uint8Array;
      readonly after: Uint8Array;
    }[];
  }): Promise<{ readonly changed: number }>;
  /**
   * Makes the next key the store's key; the previous key is not accepted any more. Refuses with `conflict`
   * when it is not the next key, or a value is still encrypted with another key.
   */
  finishRotation(p: { fingerprint: string }): Promise<void>;
}
