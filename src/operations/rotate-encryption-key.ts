/**
 * Going over to a new encryption key while serving: what is encrypted with the old one is opened and encrypted
 * anew, a slice at a time, and only then does the store forget the old key. Each value is replaced
 * only if nobody changed it meanwhile (and who did has encrypted it with the new key already), so it may
 * be stopped anywhere and begun again.
 */
import { AppError } from "../core/error.ts";
import { encryptWith, decryptWith } from "../core/key-ring.ts";
import { keyFingerprint, ENCRYPTION_IV_BYTES } from "../core/encrypt.ts";
import type { OperationContext } from "./context.ts";

export type Rekeyed = {
  /** The fingerprint of the key that encrypts. */
  readonly key: string;
  readonly done: boolean;
  /** Values encrypted anew by this call, and those that are left. */
  readonly reencrypted: number;
  readonly left: number;
};

/** Holds the store's writer for some milliseconds. */
const SLICE = 250;

/**
 * One slice. `newKey` begins with a key made now unless a change is under way; it refuses with
 * `conflict` when the operator gives the key, who then has to give both and start again.
 */
export async function rekeyStore(
  context: OperationContext,
  p: { readonly newKey: boolean },
): Promise<Rekeyed> {
  const { keys, keyChange, store } = context;
  if (p.newKey && keys.isSettled) {
    if (keyChange.begin === null) throw givenKey(context);
    await keyChange.begin();
  }
  const { key, keyId } = keys.current;
  const fingerprint = keyFingerprint(key);
  if (keys.isSettled) return { key: fingerprint, done: true, reencrypted: 0, left: 0 };

  const { values, count } = await store.encryption.listStale({ keyId, limit: SLICE });
  if (count === 0) {
    await store.encryption.finishRotation({ fingerprint });
    keyChange.end();
    return { key: fingerprint, done: true, reencrypted: 0, left: 0 };
  }
  const reencrypted = values.map(({ ref, boundTo, encrypted }) => {
    const plaintext = decryptWith(keys, { encrypted, context: boundTo });
    const iv = context.randomBytes(ENCRYPTION_IV_BYTES);
    return {
      ref,
      before: encrypted,
      after: encryptWith(keys, { plaintext, context: boundTo, iv }),
    };
  });
  const { changed } = await store.encryption.reencrypt({ values: reencrypted });
  return { key: fingerprint, done: false, reencrypted: changed, left: count - changed };
}

function givenKey({ keys }: OperationContext): AppError {
  const fingerprint = keyFingerprint(keys.current.key);
  return new AppError(
    "conflict",
    `Everything is encrypted with the key ${fingerprint}, which HOOKLINE_SECRET_KEY gives. To change it, give the new key as HOOKLINE_SECRET_KEY and this one as HOOKLINE_SECRET_KEY_PREVIOUS, restart, and call this again.`,
  );
}
