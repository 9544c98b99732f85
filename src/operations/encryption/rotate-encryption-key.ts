/**
 * Rotates the encryption key while the server runs. Values encrypted with the old key are decrypted and
 * encrypted with the new one, a slice at a time. Only then does the store forget the old key. A value is
 * replaced only if it has not changed meanwhile; a changed one already uses the new key. So the rotation may
 * be stopped anywhere and started again.
 */
import { AppError } from "../../core/error.ts";
import { encryptWith, decryptWith } from "../../core/crypto/key-ring.ts";
import { keyFingerprint, ENCRYPTION_IV_BYTES } from "../../core/crypto/encrypt.ts";
import type { OperationContext } from "../context.ts";

export type KeyRotation = {
  /** Fingerprint of the current key. */
  readonly key: string;
  readonly done: boolean;
  /** Values that this call encrypted again, and the number of remaining ones. */
  readonly reencrypted: number;
  readonly left: number;
};

/** Values per slice, which holds the store's writer for a few milliseconds. */
const SLICE = 250;

/**
 * Processes one slice. `newKey` starts with a newly made key unless a rotation is in progress. It refuses
 * with `conflict` when the operator configures the key: the operator then sets both keys and restarts.
 */
export async function rotateEncryptionKey(
  context: OperationContext,
  p: { readonly newKey: boolean },
): Promise<KeyRotation> {
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
    `Everything is encrypted with the key ${fingerprint} from HOOKLINE_SECRET_KEY. To change it, set HOOKLINE_SECRET_KEY to the new key and HOOKLINE_SECRET_KEY_PREVIOUS to this one, restart, and repeat this call.`,
  );
}
