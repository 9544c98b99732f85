/** The fingerprints of this store's keys: the current key, and the next one during a rotation. */
import type { EncryptionKeys } from "../../maintenance/encryption-keys.ts";
import type { Connection } from "../connection.ts";
import { readSetting, writeSetting } from "../file/setting.ts";

const FINGERPRINT = "key.fingerprint";
const CHANGES = "key.changes";

/** Null before the first key is registered. */
export function readKeys(connection: Connection): EncryptionKeys | null {
  const fingerprint = readSetting(connection, FINGERPRINT);
  if (fingerprint === null) return null;
  const changes = readSetting(connection, CHANGES);
  const first = { keyId: 1, next: null, retired: null };
  return { ...(changes === null ? first : (JSON.parse(changes) as typeof first)), fingerprint };
}

export function writeKeys(
  connection: Connection,
  { fingerprint, ...changes }: EncryptionKeys,
): void {
  writeSetting(connection, FINGERPRINT, fingerprint);
  writeSetting(connection, CHANGES, JSON.stringify(changes));
}
