/**
 * All encrypted values of this store in one list, and their keys. Values of a column that is missing here
 * would be lost with the old key; `encryption.test.ts` compares the list with the schema.
 */
import {
  credentialsContext,
  dialectStateContext,
  headersContext,
  secretContext,
  tlsContext,
  userinfoContext,
} from "../../../core/crypto/encryption-context.ts";
import {
  registeredKeys,
  nextKeyId,
  finishedKeys,
  staleRefusal,
} from "../../maintenance/encryption-keys.ts";
import type { EncryptedValue, EncryptionStore } from "../../interface/encryption.ts";
import type { Connection } from "../connection.ts";
import { readKeys, writeKeys } from "./encryption-keys.ts";
import type { Reader, Writer } from "../thread/writer-types.ts";

type Place = {
  readonly table: string;
  readonly column: string;
  /** Columns that identify a row of the table. */
  readonly keys: readonly [string, string];
  /** The id that the value is bound to. */
  readonly owner: string;
  readonly boundTo: (owner: string, key: string) => string;
};

const OF_ENDPOINT = { table: "endpoint", keys: ["seq", "shard"], owner: "id" } as const;

export const ENCRYPTED_PLACES: readonly Place[] = [
  {
    table: "endpointSecret",
    column: "encrypted",
    keys: ["endpointSeq", "ordinal"],
    owner: "(SELECT id FROM endpoint WHERE seq = endpointSeq)",
    boundTo: secretContext,
  },
  { ...OF_ENDPOINT, column: "encryptedHeaders", boundTo: headersContext },
  { ...OF_ENDPOINT, column: "encryptedTls", boundTo: tlsContext },
  { ...OF_ENDPOINT, column: "encryptedUserinfo", boundTo: userinfoContext },
  {
    table: "dialectState",
    column: "encrypted",
    keys: ["appSeq", "dialect"],
    owner: "(SELECT id FROM app WHERE seq = appSeq)",
    boundTo: dialectStateContext,
  },
  {
    table: "source",
    column: "encryptedCredentials",
    keys: ["id", "appSeq"],
    owner: "id",
    boundTo: credentialsContext,
  },
];

export function registerKeys(
  writer: Writer,
  p: Parameters<EncryptionStore["registerKeys"]>[0],
): Awaited<ReturnType<EncryptionStore["registerKeys"]>> {
  const known = readKeys(writer);
  const isNextInUse = known !== null && known.next !== null && isInUse(writer, nextKeyId(known));
  const { keys, answer } = registeredKeys(known, { ...p, isNextInUse });
  if (keys !== known) writeKeys(writer, keys);
  return answer;
}

export function listStale(
  reader: Reader,
  p: Parameters<EncryptionStore["listStale"]>[0],
): Awaited<ReturnType<EncryptionStore["listStale"]>> {
  const values: EncryptedValue[] = [];
  let count = 0;
  const mark = Uint8Array.of(p.keyId);
  for (const [index, { table, column, keys, owner, boundTo }] of ENCRYPTED_PLACES.entries()) {
    const found = `FROM ${table} WHERE substr(${column}, 1, 1) <> ?`;
    const row = reader.sql(`SELECT count(*) AS count ${found}`).get(mark);
    count += row?.["count"] as number;
    reader.checkDeadline();
    const rows = reader
      .sql(
        `SELECT ${keys[0]} AS first, ${keys[1]} AS second, ${owner} AS owner, ${column} AS encrypted
         ${found} LIMIT ?`,
      )
      .all(mark, Math.max(0, p.limit - values.length)) as Row[];
    for (const { first, second, owner: id, encrypted } of rows) {
      values.push({
        ref: `${index} ${first} ${second}`,
        boundTo: boundTo(id, `${second}`),
        encrypted,
      });
    }
    reader.checkDeadline();
  }
  return { values, count };
}

type Row = {
  readonly first: number | string;
  readonly second: number | string;
  readonly owner: string;
  readonly encrypted: Uint8Array;
};

/** No version is incremented: the decrypted value is the same, and decrypted secrets in memory stay valid. */
export function reencrypt(
  writer: Writer,
  p: Parameters<EncryptionStore["reencrypt"]>[0],
): { readonly changed: number } {
  let changed = 0;
  for (const { ref, before, after } of p.values) {
    const [index, first, second] = ref.split(" ") as [string, string, string];
    const place = ENCRYPTED_PLACES[Number(index)];
    if (place === undefined) throw new TypeError(`"${ref}" names no encrypted value`);
    const { table, column, keys } = place;
    const done = writer
      .sql(
        `UPDATE ${table} SET ${column} = ? WHERE ${keys[0]} = ? AND ${keys[1]} = ? AND ${column} = ?`,
      )
      .run(after, first, second, before);
    changed += Number(done.changes);
  }
  return { changed };
}

/** Examines every value again in the writer, because the old key is deleted after this. */
export function finishRotation(writer: Writer, p: { fingerprint: string }): void {
  const keys = finishedKeys(readKeys(writer), p.fingerprint);
  if (keys === null) return;
  if (hasOther(writer, keys.keyId)) throw staleRefusal();
  writeKeys(writer, keys);
}

function isInUse({ sql }: Connection, keyId: number): boolean {
  return ENCRYPTED_PLACES.some(({ table, column }) => {
    const text = `SELECT 1 FROM ${table} WHERE substr(${column}, 1, 1) = ? LIMIT 1`;
    return sql(text).get(Uint8Array.of(keyId)) !== undefined;
  });
}

function hasOther({ sql }: Connection, keyId: number): boolean {
  return ENCRYPTED_PLACES.some(({ table, column }) => {
    const text = `SELECT 1 FROM ${table} WHERE substr(${column}, 1, 1) <> ? LIMIT 1`;
    return sql(text).get(Uint8Array.of(keyId)) !== undefined;
  });
}
