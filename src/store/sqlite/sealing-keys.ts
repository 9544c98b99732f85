/** The keys of this store, by their fingerprints: the one it is sealed with, and one that it goes over to. */
import type { Connection } from "./connection.ts";
import { readSetting, writeSetting } from "./setting.ts";

type Keys = {
  readonly fingerprint: string;
  readonly keyId: number;
  /** Accepted, and perhaps in use already; null while nothing is being re-keyed. */
  readonly next: string | null;
  /** The last one that was given up, so that whoever still has it is told which one it was. */
  readonly retired: string | null;
};

const FINGERPRINT = "key.fingerprint";
const CHANGES = "key.changes";

/** Null for a store that has never been told a key. */
export function readKeys(connection: Connection): Keys | null {
  const fingerprint = readSetting(connection, FINGERPRINT);
  if (fingerprint === null) return null;
  const changes = readSetting(connection, CHANGES);
  const first = { keyId: 1, next: null, retired: null };
  return { ...(changes === null ? first : (JSON.parse(changes) as typeof first)), fingerprint };
}

export function writeKeys(connection: Connection, { fingerprint, ...changes }: Keys): void {
  writeSetting(connection, FINGERPRINT, fingerprint);
  writeSetting(connection, CHANGES, JSON.stringify(changes));
}
