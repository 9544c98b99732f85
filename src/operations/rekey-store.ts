/**
 * Going over to a new sealing key while serving: what is sealed with the old one is opened and sealed
 * anew, a slice at a time, and only then does the store forget the old key. Each value is replaced
 * only if nobody changed it meanwhile (and who did has sealed it with the new key already), so it may
 * be stopped anywhere and begun again.
 */
import { AppError } from "../core/error.ts";
import { sealWith, unsealWith } from "../core/key-ring.ts";
import { keyFingerprint, SEALING_IV_BYTES } from "../core/seal.ts";
import type { OperationContext } from "./context.ts";

export type Rekeyed = {
  /** The fingerprint of the key that seals. */
  readonly key: string;
  readonly done: boolean;
  /** Values sealed anew by this call, and those that are left. */
  readonly resealed: number;
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
  if (keys.isSettled) return { key: fingerprint, done: true, resealed: 0, left: 0 };

  const { values, count } = await store.sealing.sealedOtherwise({ keyId, limit: SLICE });
  if (count === 0) {
    await store.sealing.settleKey({ fingerprint });
    keyChange.end();
    return { key: fingerprint, done: true, resealed: 0, left: 0 };
  }
  const resealed = values.map(({ ref, boundTo, sealed }) => {
    const plaintext = unsealWith(keys, { sealed, boundTo });
    const iv = context.randomBytes(SEALING_IV_BYTES);
    return { ref, before: sealed, after: sealWith(keys, { plaintext, boundTo, iv }) };
  });
  const { changed } = await store.sealing.reseal({ values: resealed });
  return { key: fingerprint, done: false, resealed: changed, left: count - changed };
}

function givenKey({ keys }: OperationContext): AppError {
  const fingerprint = keyFingerprint(keys.current.key);
  return new AppError(
    "conflict",
    `Everything is sealed with the key ${fingerprint}, which HOOKLINE_SECRET_KEY gives. To change it, give the new key as HOOKLINE_SECRET_KEY and this one as HOOKLINE_SECRET_KEY_PREVIOUS, restart, and call this again.`,
  );
}
