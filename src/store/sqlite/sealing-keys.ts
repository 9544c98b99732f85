/** The keys of this store, by their fingerprints: the one it is sealed with, and one that it goes over to. */
import type { SealingKeys } from "../sealing-keys.ts";
import type { Connection } from "./connection.ts";
import { readSetting, writeSetting } from "./setting.ts";

const FINGERPRINT = "key.fingerprint";
const CHANGES = "key.changes";

/** Null for a store that has never been told a key. */
export function readKeys(connection: Connection): SealingKeys | null {
  const fingerprint = readSetting(connection, FINGERPRINT);
  if (fingerprint === null) return null;
  const changes = readSetting(connection, CHANGES);
  const first = { keyId: 1, next: null, retired: null };
  return { ...(changes === null ? first : (JSON.parse(changes) as typeof first)), fingerprint };
}

export function writeKeys(connection: Connection, { fingerprint, ...changes }: SealingKeys): void {
  writeSetting(connection, FINGERPRINT, fingerprint);
  writeSetting(connection, CHANGES, JSON.stringify(changes));
}
