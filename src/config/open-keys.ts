/**
 * The encryption keys of a server: read from the credentials, numbered by the store, and changed while it
 * runs. A key from the environment is rotated by a start with both keys. A key file beside the store is
 * rotated by the running server.
 */
import { randomBytes } from "node:crypto";
import { AppError } from "../core/error.ts";
import { createKeyRing } from "../core/crypto/key-ring.ts";
import type { ChangingKeyRing, KeyRing } from "../core/crypto/key-ring.ts";
import { keyFingerprint, parseSecretKey } from "../core/crypto/encrypt.ts";
import type { KeyChange } from "../operations/context.ts";
import type { EncryptionStore } from "../store/interface/encryption.ts";
import type { Credentials } from "./credentials.ts";
import { replaceKey, retireKey } from "./key-files.ts";

type Given = { readonly current: string; readonly previous: string | null };

/** Refuses a malformed key and a key that the store does not know. */
export async function openKeys(
  store: EncryptionStore,
  { secretKey, previousSecretKey, secretKeyFile }: Credentials,
): Promise<{ readonly keys: ChangingKeyRing; readonly keyChange: KeyChange }> {
  let given: Given = { current: secretKey, previous: previousSecretKey };
  const keys = createKeyRing(await loadKeyRing(store, given));
  if (keys.isSettled) retirePrevious();

  function retirePrevious(): void {
    const { current, previous } = given;
    if (secretKeyFile === null || previous === null || previous === current) return;
    retireKey(secretKeyFile, { fingerprint: toFingerprint(previous) });
    given = { current, previous: null };
  }

  async function begin(file: string): Promise<void> {
    const { current } = given;
    const next = randomBytes(32).toString("base64");
    replaceKey(file, { current, next });
    given = { current: next, previous: current };
    keys.change(await loadKeyRing(store, given));
  }

  let beginning: Promise<void> | null = null;
  return {
    keys,
    keyChange: {
      // Concurrent callers share one change.
      begin:
        secretKeyFile === null
          ? null
          : () => (beginning ??= begin(secretKeyFile).finally(() => (beginning = null))),
      end() {
        keys.change({ current: keys.current, previous: keys.previous, isSettled: true });
        retirePrevious();
      },
    },
  };
}

async function loadKeyRing(store: EncryptionStore, { current, previous }: Given): Promise<KeyRing> {
  const key = parse("HOOKLINE_SECRET_KEY", current);
  const older = previous === null ? null : parse("HOOKLINE_SECRET_KEY_PREVIOUS", previous);
  const { keyId, previousKeyId } = await store.registerKeys({
    fingerprint: keyFingerprint(key),
    previous: older === null ? null : keyFingerprint(older),
  });
  const isNeeded = older !== null && previousKeyId !== null;
  return {
    current: { key, keyId },
    previous: isNeeded ? { key: older, keyId: previousKeyId } : null,
    isSettled: !isNeeded,
  };
}

function parse(setting: string, text: string): Uint8Array {
  const parsed = parseSecretKey(text);
  if (parsed.ok) return parsed.key;
  throw new AppError("invalid_field", `${setting}: ${parsed.reason}.`);
}

function toFingerprint(text: string): string {
  return keyFingerprint(parse("HOOKLINE_SECRET_KEY_PREVIOUS", text));
}
