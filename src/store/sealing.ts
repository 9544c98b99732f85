/**
 * What is sealed in the store, and with which key: the store numbers its keys, knows them by their
 * fingerprints, and never sees one. While it goes over to a new key both are in use.
 */
export type SealedValue = {
  /** Names the value for `reseal`; means nothing to anybody else. */
  readonly ref: string;
  /** Row and field, as `core/sealed-fields.ts` has them. */
  readonly boundTo: string;
  readonly sealed: Uint8Array;
};

export interface SealingStore {
  /**
   * Tells the store the fingerprints of the key that seals and of the one before it, at start and
   * when a key is changed, and gets their numbers. `previousKeyId` is null when nothing needs the
   * previous one. The first key is remembered; a new one is accepted beside the one that the store is
   * sealed with, and is remembered as the next one before anything is sealed with it. Any other key
   * is refused with `internal` and a sentence that says which keys to give.
   */
  adoptKeys(p: {
    fingerprint: string;
    previous: string | null;
  }): Promise<{ readonly keyId: number; readonly previousKeyId: number | null }>;
  /** Up to `limit` values that are sealed with another key than this, and how many there are. */
  sealedOtherwise(p: {
    keyId: number;
    limit: number;
  }): Promise<{ readonly values: readonly SealedValue[]; readonly count: number }>;
  /** Replaces each value that is still `before`; one that was changed meanwhile is left alone. */
  reseal(p: {
    values: readonly {
      readonly ref: string;
      readonly before: Uint8Array;
      readonly after: Uint8Array;
    }[];
  }): Promise<{ readonly changed: number }>;
  /**
   * The next key is the store's key from now on, and the one before is not accepted any more. Refuses
   * with `conflict` when it is not the next one, or a value is still sealed otherwise.
   */
  settleKey(p: { fingerprint: string }): Promise<void>;
}
